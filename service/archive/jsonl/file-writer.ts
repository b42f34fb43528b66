import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../platform/index.js';
import { fileName } from './file-names.js';

/** What {@link createFileWriter} needs. */
interface FileWriterOptions {
  readonly directory: string;
  /** Bytes after which another file is begun. A line is never divided. */
  readonly maxBytes: number;
  /** Time after which another file is begun, ms. */
  readonly maxAgeMs: number;
  readonly clock: Clock;
  /** Tells the files of this process from those of others: another text for each file. */
  readonly owner: () => string;
  /** Called for a file that nothing will be written to any more. */
  readonly onClosed: (path: string) => Promise<void>;
}

/** Appends lines to files of this process's own. */
interface FileWriter {
  /** Resolves once the line is on disk. Lines of one moment share the flush. */
  append(line: string): Promise<void>;
  close(): Promise<void>;
}

interface OpenFile {
  readonly path: string;
  readonly handle: FileHandle;
  readonly begunAtMs: number;
  /** Of lines that count as kept. */
  bytes: number;
}

interface Waiting {
  readonly line: string;
  readonly done: (error?: Error) => void;
}

/**
 * See {@link FileWriter}. A file that could not be written to is left as it is: what is torn stays the last line of one. When
 * nothing in it counts as kept it is removed: a disk that stays full would get one more with every attempt.
 */
export function createFileWriter(options: FileWriterOptions): FileWriter {
  const { directory, maxBytes, maxAgeMs, clock, owner, onClosed } = options;
  let waiting: Waiting[] = [];
  let current: OpenFile | undefined;
  let writing: Promise<void> | undefined;

  const leave = async (): Promise<void> => {
    const left = current;
    current = undefined;
    if (left === undefined) return;
    await left.handle.close();
    await onClosed(left.path);
  };
  const begin = async (): Promise<OpenFile> => {
    const begunAtMs = clock.nowMs();
    const path = join(directory, fileName(begunAtMs, owner()));
    // Never an existing one: its last line may be torn.
    const handle = await open(path, 'ax', 0o600);
    current = { path, handle, begunAtMs, bytes: 0 };
    await syncDirectory(directory);
    return current;
  };
  const abandon = async (): Promise<void> => {
    const broken = current;
    current = undefined;
    if (broken === undefined) return;
    try {
      await broken.handle.close();
    } finally {
      if (broken.bytes === 0) await rm(broken.path, { force: true });
    }
  };
  const write = async (lines: Buffer): Promise<void> => {
    if (current !== undefined) {
      const tooOld = clock.nowMs() - current.begunAtMs >= maxAgeMs;
      if (tooOld || current.bytes + lines.byteLength > maxBytes) await leave();
    }
    const file = current ?? (await begin());
    let done = 0;
    while (done < lines.byteLength) done += (await file.handle.write(lines, done)).bytesWritten;
    await file.handle.datasync();
    file.bytes += lines.byteLength;
  };
  const writeAll = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      try {
        await write(Buffer.from(batch.map(({ line }) => `${line}\n`).join('')));
        for (const { done } of batch) done();
      } catch (error) {
        await abandon().catch(() => undefined); // the first error is the one to tell
        const told = error instanceof Error ? error : new Error('unknown', { cause: error });
        for (const { done } of batch) done(told);
      }
    }
    writing = undefined;
  };

  return {
    append(line) {
      return new Promise((resolve, reject) => {
        waiting.push({
          line,
          done: (error) => {
            if (error === undefined) resolve();
            else reject(error);
          },
        });
        writing ??= Promise.resolve().then(writeAll);
      });
    },
    async close() {
      await writing;
      await leave();
    },
  };
}

/** A new file is there after a crash only if its directory was flushed too. */
async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
