import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { ArchiveError, type RunArchive } from '../../engine/index.js';
import type { Clock, Log } from '../../platform/index.js';
import { type ArchiveEntry, newest } from '../newest.js';
import { redactRun } from '../redact-run.js';
import { begunAtMs } from './file-names.js';
import { createFileWriter } from './file-writer.js';
import { indexOf, placesIn, writeIndex } from './index-file.js';
import { KnownIndexes } from './known-indexes.js';
import { hashOf, readLine } from './lines.js';
import { oldFiles } from './old-files.js';
import { OpenFiles } from './open-files.js';

/** What {@link createFileArchive} needs. */
export interface FileArchiveOptions {
  /** Made when it is not there. Any number of processes may share it, also over machines. */
  readonly directory: string;
  /** Bytes and time in ms after which a process begins another file. */
  readonly maxBytes: number;
  readonly maxAgeMs: number;
  /** Time for which a run is found, and a file is kept after it was left, ms. Absent: for good. */
  readonly keptMs?: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** Clocks of machines may differ by this, ms, when one tells that another writes to a file no more. */
const CLOCKS_DIFFER_MS = 3_600_000;

/**
 * An archive of JSON Lines files: a line for each run that is kept, flushed to disk before it counts as kept. Each process
 * writes files of its own; one that it has left gets an index, by which a run is found without reading the file.
 */
export function createFileArchive(options: FileArchiveOptions): RunArchive {
  const { directory, maxAgeMs, keptMs, clock, log } = options;
  const old = oldFiles({
    ...{ directory, clock, log },
    // It may be written to until then.
    keptMs: keptMs === undefined ? undefined : keptMs + maxAgeMs + CLOCKS_DIFFER_MS,
  });
  const onOther = (path: string, offset: number): void => {
    log.warn({ path, offset }, 'a line of the archive is none of a run');
  };
  const openFiles = new OpenFiles(onOther);
  const indexes = new KnownIndexes(directory);
  const seal = async (path: string): Promise<boolean> => {
    try {
      await writeIndex(path, (offset) => {
        onOther(path, offset);
      });
      return true;
    } catch (error) {
      // Runs are found without it, only slower; whoever looks next tries again.
      log.warn({ err: error, path }, 'a file of the archive has no index yet');
      return false;
    }
  };
  const writer = createFileWriter({
    ...options,
    owner: () => `${hostname()}-${process.pid}-${randomBytes(4).toString('hex')}`,
    onClosed: async (path) => {
      await seal(path);
    },
  });
  let made: Promise<unknown> | undefined;

  const append = async (what: string, entry: ArchiveEntry): Promise<void> => {
    const { id, ...rest } = entry;
    try {
      made ??= mkdir(directory, { recursive: true, mode: 0o700 });
      await made;
      await writer.append(JSON.stringify({ id, ...rest }));
      old.sweep();
    } catch (error) {
      made = undefined;
      throw new ArchiveError(`${what} in ${directory}: ${reasonOf(error)}`, { cause: error });
    }
  };
  /** Files of other processes that ended without leaving them get their index from whoever looks. */
  const isLeft = (name: string): boolean =>
    clock.nowMs() - (begunAtMs(name) ?? clock.nowMs()) > maxAgeMs + CLOCKS_DIFFER_MS;
  const entriesIn = async (
    name: string,
    { id, hash }: { readonly id: string; readonly hash: bigint },
    hasIndex: boolean,
  ): Promise<ArchiveEntry[]> => {
    try {
      if (hasIndex && !(await indexes.mayHave(name, hash))) return [];
      const path = join(directory, name);
      const places = hasIndex ? await indexed(path, id) : await openFiles.places(path, id);
      if (places.length === 0) return [];
      const file = await open(path, 'r');
      try {
        const texts = await Promise.all(places.map((place) => readLine(file, place)));
        return texts.map((text) => JSON.parse(text) as ArchiveEntry).filter((entry) => entry.id === id);
      } finally {
        await file.close();
      }
    } catch (error) {
      // Operators may take old files away at any time.
      if (codeOf(error) === 'ENOENT') return [];
      throw error;
    }
  };
  /**
   * A run is found no longer than its time, though its file may be there: the mark that it was forgotten may be in an older
   * file, which goes first.
   */
  const isOver = (entry: ArchiveEntry): boolean =>
    keptMs !== undefined && 'run' in entry && Date.parse(entry.archivedAt) + keptMs < clock.nowMs();
  const namesOfFiles = async (): Promise<Set<string>> => {
    try {
      return new Set(await readdir(directory));
    } catch (error) {
      // Nothing was kept yet.
      if (codeOf(error) === 'ENOENT') return new Set();
      throw error;
    }
  };

  return {
    keep: (run) => append('a run can not be kept', redactRun(run)),
    forget: (id, incarnation) =>
      append('a run can not be forgotten', {
        ...{ id, incarnation },
        forgottenAt: new Date(clock.nowMs()).toISOString(),
      }),
    async find(id) {
      try {
        const names = await namesOfFiles();
        const files = [...names].filter((name) => begunAtMs(name) !== undefined);
        for (const name of files)
          if (!names.has(indexOf(name)) && isLeft(name) && (await seal(join(directory, name))))
            names.add(indexOf(name));
        const unindexed = files.filter((name) => !names.has(indexOf(name)));
        openFiles.keepOnly(new Set(unindexed.map((name) => join(directory, name))));
        indexes.keepOnly(names);
        const found: ArchiveEntry[] = [];
        const wanted = { id, hash: hashOf(id) };
        for (const name of files) found.push(...(await entriesIn(name, wanted, names.has(indexOf(name)))));
        return newest(found.filter((entry) => !isOver(entry)));
      } catch (error) {
        throw new ArchiveError(`runs can not be read in ${directory}: ${reasonOf(error)}`, { cause: error });
      }
    },
    async close() {
      await Promise.all([writer.close(), old.settled()]);
    },
  };
}

async function indexed(path: string, id: string) {
  const index = await open(indexOf(path), 'r');
  try {
    return await placesIn(index, id);
  } finally {
    await index.close();
  }
}

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

const reasonOf = (error: unknown): string =>
  codeOf(error) ?? (error instanceof Error ? error.message : String(error));
