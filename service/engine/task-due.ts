import { type Cadence, MIN_INTERVAL_MS, type Task } from '../analysis/index.js';
import type { MetricResult } from '../../schemas/index.js';

/** Production measures at fixed times; a late measurement does not shift the next one. */
export const CADENCE: Cadence = 'fixed';

/** When a task is to be done, epoch ms; undefined: there is nothing more to do. */
export function taskDueAtMs(task: Task, nowMs: number): number | undefined {
  switch (task.kind) {
    case 'measure':
    case 'resume':
    case 'terminate':
      return nowMs;
    case 'wait':
      return task.untilMs;
    case 'none':
      return undefined;
  }
}

/**
 * The same after a look at a series, which left `result`. Between two looks at a measurement that goes on there is as much
 * time as between two measurements at least: a plugin whose `resumeAtMs` is past, in seconds say, must not keep a worker
 * and itself busy with nothing else.
 */
export function nextLookAtMs(task: Task, result: MetricResult, nowMs: number): number | undefined {
  const last = result.measurements?.at(-1);
  const goesOn = last !== undefined && last.finishedAt === undefined && task.kind !== 'terminate';
  const dueAtMs = taskDueAtMs(task, nowMs);
  return goesOn && dueAtMs !== undefined ? Math.max(dueAtMs, nowMs + MIN_INTERVAL_MS) : dueAtMs;
}
