import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Log } from '../../platform/index.js';
import { begunAtMs } from './file-names.js';

/** A file of the archive, its index, or one that was not finished. */
const OF_A_FILE = /^(.*\.jsonl)(?:\.index(?:\.\d+\.tmp)?)?$/;
/** Time between looks, ms: whoever else writes to the directory looks as well. */
const LOOK_AGAIN_MS = 3_600_000;

/** What {@link oldFiles} needs. */
interface OldFilesOptions {
  readonly directory: string;
  /** Time after its beginning for which a file is kept, ms. Absent: for good. */
  readonly keptMs: number | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Deletes files of the archive whose time is up, each with its index, whichever process wrote them. Anything else in the
 * directory stays. A call does so in the background, once an hour at most; what can not be deleted is told and tried again.
 */
export function oldFiles({ directory, keptMs, clock, log }: OldFilesOptions) {
  let lookedAtMs = -Infinity;
  let looking: Promise<void> | undefined;
  const look = async (kept: number): Promise<void> => {
    const beforeMs = clock.nowMs() - kept;
    // An index may have been left, or be made of a file at this moment.
    const names = (await readdir(directory)).filter(
      (name) => (begunAtMs(OF_A_FILE.exec(name)?.[1] ?? '') ?? Infinity) < beforeMs,
    );
    for (const name of names) await rm(join(directory, name), { force: true });
    if (names.length > 0)
      log.info({ directory, files: names }, 'files of the archive were deleted: their time is up');
  };
  return {
    /** Has old files deleted. */
    sweep(): void {
      if (keptMs === undefined || looking !== undefined || clock.nowMs() - lookedAtMs < LOOK_AGAIN_MS) return;
      lookedAtMs = clock.nowMs();
      looking = look(keptMs)
        .catch((error: unknown) => {
          log.warn({ err: error, directory }, 'old files of the archive can not be deleted');
        })
        .finally(() => {
          looking = undefined;
        });
    },
    /** Until nothing is being deleted. */
    async settled(): Promise<void> {
      await looking;
    },
  };
}
