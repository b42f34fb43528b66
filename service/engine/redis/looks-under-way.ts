import type { Job, Queue } from 'bullmq';
import { lookId } from '../tick-id.js';
import { type JobData, ticksOf } from './job.js';
import { FAILED_AGAIN_MS } from './tick-runner.js';

/** Most jobs of a state that are read. */
const MOST = 1_000;
/** Few at once: they are read in one script, which nobody else gets past. */
const PAGE = 100;

/** A job; undefined: it has ended while it was read, whatever BullMQ's types say. */
type Found = Job<JobData> | undefined;

/**
 * What the ticks are for that a queue has in its jobs, as far as they are due, or come again in a moment because they failed:
 * whoever adds one of them again adds a second one where it shares a job, or comes for another reason, as it is not found by
 * its id then.
 */
export async function looksUnderWay(queue: Queue<JobData>, nowMs: number): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  const note = (job: Found): void => {
    if (job !== undefined) for (const tick of ticksOf(job.data)) found.add(lookId(tick));
  };
  const isDue = (job: Found): boolean =>
    job === undefined || job.timestamp + job.delay <= nowMs + FAILED_AGAIN_MS;
  // In the order in which jobs move, so that one that does meanwhile is not missed.
  for (let from = 0; from < MOST; from += PAGE) {
    const page: readonly Found[] = await queue.getDelayed(from, from + PAGE - 1);
    for (const job of page) if (isDue(job)) note(job);
    if (page.length < PAGE || !page.every(isDue)) break;
  }
  // Twice: what runs may meanwhile become a job of its own, that waits and is taken by another process.
  for (let pass = 0; pass < 2; pass++) {
    await backwards(await queue.getWaitingCount(), async (from, to) => {
      (await queue.getWaiting(from, to)).forEach(note);
    });
    await backwards(await queue.getActiveCount(), async (from, to) => {
      (await queue.getActive(from, to)).forEach(note);
    });
  }
  return found;
}

/** Reads pages from the far end: jobs leave at the near one, and one that moves is rather read twice than never. */
async function backwards(count: number, read: (from: number, to: number) => Promise<void>): Promise<void> {
  const pages = Math.ceil(Math.min(count, MOST) / PAGE);
  for (let page = pages - 1; page >= 0; page--) await read(page * PAGE, (page + 1) * PAGE - 1);
}
