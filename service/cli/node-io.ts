import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { Writable } from 'node:stream';
import { processEnvironment } from '../platform/index.js';
import type { CliIo, OutputStream } from './io.js';

/** Width of what is not a terminal. */
const DEFAULT_COLUMNS = 80;

/**
 * The streams, files and signals of this process. The first SIGINT or SIGTERM interrupts the command, which then ends in
 * order; the second one ends the process, as it would have without us.
 */
export function nodeIo(): CliIo {
  const interrupting = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      interrupting.abort();
    });
  }
  return {
    out: outputStream(process.stdout),
    err: outputStream(process.stderr),
    readText: (path) => (path === '-' ? text(process.stdin) : readFile(path, 'utf8')),
    env: processEnvironment(),
    interrupt: interrupting.signal,
  };
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
