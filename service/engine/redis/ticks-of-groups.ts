import type { Job, Queue } from 'bullmq';
import { tickId } from '../tick-id.js';
import { isOfSeveral, type JobData } from './job.js';

/** Most jobs of a state that are read. The oldest come first, as do the series that are overdue. */
const MOST = 1_000;
const PAGE = 100;

/**
 * Identities of the ticks that a queue has in jobs of several, as far as they are due: whoever adds one of them again adds a second one, as
 * it is not found by its id.
 */
export async function ticksOfGroups(queue: Queue<JobData>, nowMs: number): Promise<readonly string[]> {
  // One that ended while they were read is none, whatever the type says.
  const jobs: (Job<JobData> | undefined)[] = [];
  // In the order in which jobs move, so that one that does meanwhile is not missed.
  for (let from = 0; from < MOST; from += PAGE) {
    const page: readonly (Job<JobData> | undefined)[] = await queue.getDelayed(from, from + PAGE - 1);
    const due = page.filter(isPresent).filter(({ timestamp, delay }) => timestamp + delay <= nowMs);
    jobs.push(...due);
    if (due.length < PAGE) break;
  }
  jobs.push(...(await queue.getWaiting(0, MOST - 1)));
  jobs.push(...(await queue.getActive(0, MOST - 1)));
  return jobs.flatMap((job) =>
    job !== undefined && isOfSeveral(job.data) ? job.data.ticks.map(tickId) : [],
  );
}

const isPresent = (job: Job<JobData> | undefined): job is Job<JobData> => job !== undefined;
