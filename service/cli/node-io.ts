import { readdir, readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { Writable } from 'node:stream';
import { processEnvironment } from '../platform/environment.js';
import type { CliIo, OutputStream } from './io.js';

/** Width of what is not a terminal. */
const DEFAULT_COLUMNS = 80;

/** Signals within this time, in ms, are one: under `npm run` both the terminal and npm send each Ctrl-C. */
const ONE_SIGNAL_MS = 500;

/**
 * The streams, files and signals of this process. The first SIGINT or SIGTERM interrupts the command, which then ends in
 * order; the second one ends the process, as it would have without us.
 */
export function nodeIo(): CliIo {
  return {
    out: outputStream(process.stdout),
    err: outputStream(process.stderr),
    readText: (path) => (path === '-' ? text(process.stdin) : readFile(path, 'utf8')),
    namesIn,
    env: processEnvironment(),
    interrupt: interruption(),
    exit: (code) => process.exit(code),
  };
}

async function namesIn(path: string): Promise<readonly string[] | undefined> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    return entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
  } catch {
    // Whatever it is, if anything: whoever reads it is told.
    return undefined;
  }
}

function interruption(): AbortSignal {
  const interrupting = new AbortController();
  const { signal } = interrupting;
  const signals = ['SIGINT', 'SIGTERM'] as const;
  const interrupt = (): void => {
    if (signal.aborted) return;
    setTimeout(() => {
      for (const each of signals) process.off(each, interrupt);
    }, ONE_SIGNAL_MS).unref();
    interrupting.abort();
  };
  for (const each of signals) process.on(each, interrupt);
  return signal;
}

/** What Node says of a terminal; it says nothing of other streams. */
interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

function outputStream(stream: Writable & Terminal): OutputStream {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // The reader of a pipe has gone, as `head` does: there is nobody to tell anything any more.
    if (error.code !== 'EPIPE') throw error;
  });
  return {
    write(output) {
      stream.write(output);
    },
    isTty: stream.isTTY ?? false,
    get columns() {
      return stream.columns ?? DEFAULT_COLUMNS;
    },
  };
}
