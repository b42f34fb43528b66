import type { Job, Queue } from 'bullmq';
import { lookId } from '../tick-id.js';
import { type JobData, ticksOf } from './job.js';

/** Most jobs of a state that are read. The oldest come first, as do the series that are overdue. */
const MOST = 1_000;
/** Few at once: they are read in one script, which nobody else gets past. */
const PAGE = 100;

/** A job; undefined: it has ended while it was read, whatever BullMQ's types say. */
type Found = Job<JobData> | undefined;

/**
 * What the ticks are for that a queue has in its jobs, as far as they are due: whoever adds one of them again adds a second
 * one where it shares a job, or comes for another reason, as it is not found by its id then.
 */
export async function looksUnderWay(queue: Queue<JobData>, nowMs: number): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  const note = (job: Found): void => {
    if (job !== undefined) for (const tick of ticksOf(job.data)) found.add(lookId(tick));
  };
  const isDue = (job: Found): boolean => job === undefined || job.timestamp + job.delay <= nowMs;
  // In the order in which jobs move, so that one that does meanwhile is not missed.
  await eachPage(
    (from, to) => queue.getDelayed(from, to),
    (page) => {
      for (const job of page) if (isDue(job)) note(job);
      return page.every(isDue);
    },
  );
  const noteAll = (page: readonly Found[]): boolean => {
    for (const job of page) note(job);
    return true;
  };
  await eachPage((from, to) => queue.getWaiting(from, to), noteAll);
  await eachPage((from, to) => queue.getActive(from, to), noteAll);
  return found;
}

/** Reads page after page, until there are no more or `read` says that it is enough. */
async function eachPage(
  ask: (from: number, to: number) => Promise<readonly Found[]>,
  read: (page: readonly Found[]) => boolean,
): Promise<void> {
  for (let from = 0; from < MOST; from += PAGE) {
    const page = await ask(from, from + PAGE - 1);
    if (!read(page) || page.length < PAGE) return;
  }
}
