import type { Cadence, Task } from '../analysis/index.js';

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
