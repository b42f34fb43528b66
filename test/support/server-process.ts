import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** A server program that a test started. */
export interface ServerProcess {
  readonly pid: number;
  /** The last of what it printed, for the message of a failure. */
  output(): string;
  /** Throws when it has ended already: no use waiting for it then. */
  check(): void;
  /** What it ended with; null: it goes on, or was ended by a signal. */
  exitCode(): number | null;
  /** Ends it and waits until it is gone. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

const OUTPUT_KEPT = 4_000;

/** Starts a program, with `env` added to this process' environment. Whatever happens to the test, the program ends with it. */
export async function startServer(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<ServerProcess> {
  const child = spawn(program, [...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  let output = '';
  const keep = (chunk: Buffer): void => {
    output = `${output}${chunk.toString('utf8')}`.slice(-OUTPUT_KEPT);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  await once(child, 'spawn');
  const { pid } = child;
  if (pid === undefined) throw new Error(`${program} has no process id`);
  return {
    pid,
    output: () => output,
    exitCode: () => child.exitCode,
    check() {
      if (hasEnded(child)) throw new Error(`${program} ended at once:\n${output}`);
    },
    async stop(signal = 'SIGTERM') {
      process.removeListener('exit', kill);
      if (hasEnded(child)) return;
      const ended = once(child, 'exit');
      child.kill(signal);
      await ended;
    },
  };
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean =>
  exitCode !== null || signalCode !== null;
