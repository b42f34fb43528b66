import { createHash } from 'node:crypto';
import type { Tick } from '../timetable-port.js';
import { tickId } from '../tick-id.js';

/** Several ticks that are due together. */
interface TicksTogether {
  readonly ticks: readonly Tick[];
}

/** Data of a job: which series to look at, and nothing that could be old. A heartbeat has none. */
export type JobData = Tick | TicksTogether | Record<string, never>;

const isOfSeveral = (data: JobData): data is TicksTogether => 'ticks' in data;
const isTick = (data: JobData): data is Tick => 'run' in data;

/** The ticks that a job is to run. */
export function ticksOf(data: JobData): readonly Tick[] {
  if (isOfSeveral(data)) return data.ticks;
  return isTick(data) ? [data] : [];
}

/** The job of ticks that are due together: that of the only one, which makes no second one, or one of all. */
export function jobOf(ticks: readonly Tick[]): { readonly id: string; readonly data: JobData } {
  const [first] = ticks;
  if (first !== undefined && ticks.length === 1) return { id: tickId(first), data: first };
  // Of all of them: a command that is sent twice makes one job, and no two groups are taken for one.
  const digest = createHash('sha1').update(ticks.map(tickId).join('\n')).digest('base64url');
  return { id: `group/${digest}`, data: { ticks } };
}
