import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { createFileArchive, type FileArchiveOptions } from '../../service/archive/index.js';
import type { RunArchive } from '../../service/engine/index.js';
import { createLog } from '../../service/platform/index.js';
import { temporaryDirectories } from './fixtures.js';

export const HOUR_MS = 3_600_000;
/** When the archives of a test begin. */
export const START_MS = Date.UTC(2026, 0, 2);

/** Archives of one test, in directories of its own: closed and removed after it. */
export function fileArchives() {
  const newDirectory = temporaryDirectories();
  const opened: RunArchive[] = [];
  afterEach(async () => {
    for (const archive of opened.splice(0)) await archive.close();
  });
  const begin = (directory: string, options: Partial<FileArchiveOptions> = {}) => {
    const warned: string[] = [];
    const log = createLog({ level: 'warn', destination: { write: (line) => void warned.push(line) } });
    const time = { nowMs: START_MS };
    const archive = createFileArchive({
      ...{ directory, log, maxBytes: 1_000_000, maxAgeMs: 24 * HOUR_MS },
      clock: { nowMs: () => time.nowMs },
      ...options,
    });
    opened.push(archive);
    return { archive, warned, time };
  };
  return { newDirectory, begin };
}

/** The names of the files with runs in a directory. */
export const filesOf = async (directory: string) =>
  (await readdir(directory)).filter((name) => name.endsWith('.jsonl'));

/** The names of the indexes of such files. */
export const indexesOf = async (directory: string) =>
  (await readdir(directory)).filter((name) => name.endsWith('.index'));

/** What stands in the files of a directory, line by line. */
export const linesOf = async (directory: string): Promise<string[]> => {
  const texts = await Promise.all(
    (await filesOf(directory)).map((name) => readFile(join(directory, name), 'utf8')),
  );
  return texts.join('').split('\n').slice(0, -1);
};
