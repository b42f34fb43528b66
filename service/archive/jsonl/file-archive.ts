import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { ArchiveError, type RunArchive } from '../../engine/index.js';
import type { Clock, Log } from '../../platform/index.js';
import { type Damage, damaged, mayBeOfLater, tellOnce } from '../damage.js';
import { type ArchiveEntry, newest } from '../newest.js';
import { redactRun } from '../redact-run.js';
import { begunAtMs } from './file-names.js';
import { createFileWriter } from './file-writer.js';
import { indexOf, placesIn, writeIndex } from './index-file.js';
import { KnownIndexes } from './known-indexes.js';
import { hashOf } from './lines.js';
import { oldFiles } from './old-files.js';
import { OpenFiles } from './open-files.js';
import { type Found, readEntries } from './read-entries.js';

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
  const onDamage = tellOnce(log, 'what the archive kept of a run is damaged');
  const onOtherLine = tellOnce(log, 'a line of the archive is none of a run');
  const onOther = (path: string, offset: number): void => {
    onOtherLine({ path, offset });
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
  ): Promise<Found> => {
    try {
      if (hasIndex && !(await indexes.mayHave(name, hash))) return NOTHING;
      const path = join(directory, name);
      const places = hasIndex ? await indexed(path, id) : await openFiles.places(path, id);
      return places.length === 0 ? NOTHING : await readEntries(path, id, places);
    } catch (error) {
      // Operators may take old files away at any time.
      if (codeOf(error) === 'ENOENT') return NOTHING;
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
        const entries: ArchiveEntry[] = [];
        const damages: Damage[] = [];
        const wanted = { id, hash: hashOf(id) };
        for (const name of files) {
          const found = await entriesIn(name, wanted, names.has(indexOf(name)));
          entries.push(...found.entries);
          damages.push(...found.damages);
        }
        damages.forEach(onDamage);
        const run = newest(entries.filter((entry) => !isOver(entry)));
        const lost = damages.filter(
          (damage) => !isForgotten(damage, entries) && (run === undefined || mayBeOfLater(damage, run)),
        );
        if (lost.length > 0) throw damaged(id, lost);
        return run;
      } catch (error) {
        if (error instanceof ArchiveError) throw error;
        throw new ArchiveError(`runs can not be read in ${directory}: ${reasonOf(error)}`, { cause: error });
      }
    },
    async close() {
      await Promise.all([writer.close(), old.settled()]);
    },
  };
}

const NOTHING: Found = { entries: [], damages: [] };

/** Whether it is of a run that nobody is to find: that it is damaged as well is nobody's concern. */
const isForgotten = ({ incarnation }: Damage, entries: readonly ArchiveEntry[]): boolean =>
  entries.some((entry) => 'forgottenAt' in entry && entry.incarnation === incarnation);

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
