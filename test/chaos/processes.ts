import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { eventually } from '../support/eventually.js';

const OUTPUT_KEPT = 20_000;
const START_MS = 90_000;
const PAGE_BYTES = 4_096;

const fileOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** What has to end with this process, whatever becomes of it. */
const children = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

/** A process of the service, which can be killed and started again. */
export class ServiceProcess {
  readonly #args: readonly string[];
  readonly #env: Readonly<Record<string, string>>;
  readonly #isReady: RegExp;
  #child: ChildProcess | undefined;
  #output = '';

  private constructor(args: readonly string[], env: Readonly<Record<string, string>>, isReady: RegExp) {
    this.#args = args;
    this.#env = env;
    this.#isReady = isReady;
  }

  /** A worker with the short times of this suite. */
  static worker(redisUrl: string, shards: number): ServiceProcess {
    return new ServiceProcess([fileOf('chaos-worker-process.ts'), redisUrl, String(shards)], {}, /ready/);
  }

  /** The same, that answers requests as well and measures what it is asked for first itself. */
  static whole(redisUrl: string, shards: number, port: number): ServiceProcess {
    const args = [fileOf('chaos-worker-process.ts'), redisUrl, String(shards), String(port)];
    return new ServiceProcess(args, {}, /listens on (\S+)/);
  }

  /** `assay serve` as users have it, for requests only. */
  static api(redisUrl: string, shards: number, port: number): ServiceProcess {
    return new ServiceProcess(
      [fileOf('../../service/main.ts'), 'serve', '--role', 'api', '--port', String(port)],
      { ASSAY_REDIS_URL: redisUrl, ASSAY_QUEUE_SHARDS: String(shards), ASSAY_LOG_LEVEL: 'warn' },
      /listens on (\S+)/,
    );
  }

  /** Starts it and waits until it is ready: while Redis is away it may end at once, and is started again. */
  async start(): Promise<void> {
    await eventually(
      'a process of the service is ready',
      async () => {
        if (this.#child?.exitCode !== null || this.#child.signalCode !== null) await this.#launch();
        return this.#isReady.test(this.#output) ? true : undefined;
      },
      START_MS,
    ).catch((error: unknown) => {
      throw new Error(`a process did not start:\n${this.#output.slice(-2_000)}`, { cause: error });
    });
  }

  /** SIGKILL: nothing is said good-bye to. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  /** Makes its clock jump, if it runs. */
  jump(jumpMs: number): void {
    if (this.#child?.connected === true) this.#child.send(jumpMs);
  }

  /** Memory that it has in use, as the system counts. */
  rssBytes(): number {
    const [, pages] = readFileSync(`/proc/${this.#child?.pid ?? 0}/statm`, 'utf8').split(' ');
    return Number(pages) * PAGE_BYTES;
  }

  /** Why it ended when nobody had killed it; undefined: it runs, or was killed. */
  crash(): string | undefined {
    const code = this.#child?.exitCode;
    return typeof code === 'number'
      ? `a process ended with ${code}:\n${this.#output.slice(-2_000)}`
      : undefined;
  }

  async #launch(): Promise<void> {
    this.#output = '';
    const child = spawn(process.execPath, ['--import', 'tsx', ...this.#args], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { ...process.env, ...this.#env },
    });
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => {
        this.#output = `${this.#output}${chunk.toString('utf8')}`.slice(-OUTPUT_KEPT);
      });
    this.#child = child;
    children.add(child);
    child.once('exit', () => children.delete(child));
    await once(child, 'spawn');
  }
}
