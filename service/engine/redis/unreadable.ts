import { LRUCache } from 'lru-cache';
import type { Log } from '../../platform/index.js';
import { StoredDataError } from './codec.js';

/** Runs of which it is remembered that it was told of them. */
const TOLD_RUNS = 10_000;

/**
 * Makes of a run that can not be read, e.g. as a newer version wrote it, the word `unreadable`, so that it hides no other
 * run, and logs it once.
 */
export function createUnreadable(
  log: Log,
): <Result>(id: string, reading: Promise<Result>) => Promise<Result | 'unreadable'> {
  const told = new LRUCache<string, true>({ max: TOLD_RUNS });
  return async (id, reading) => {
    try {
      return await reading;
    } catch (error) {
      if (!(error instanceof StoredDataError)) throw error;
      if (!told.has(id))
        log.error({ err: error, run: id }, 'a run is left out: another version may have written it');
      told.set(id, true);
      return 'unreadable';
    }
  };
}
