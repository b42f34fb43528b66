import { type Fault, FaultError } from './fault.js';
import type { Change } from './world.js';

/** Changes in the order in which they are to be made, and what stands in the way of others. */
export interface TrafficPlan {
  readonly changes: readonly Change[];
  /** Empty: after the changes all is as wanted. What can be changed is changed all the same: an abort goes as far as it can. */
  readonly faults: readonly Fault[];
}

/** Does each part of the work, also after another has met a fault. */
export function planOf(parts: readonly (() => readonly Change[])[]): TrafficPlan {
  const changes: Change[] = [];
  const faults: Fault[] = [];
  for (const part of parts) {
    try {
      changes.push(...part());
    } catch (error) {
      if (!(error instanceof FaultError)) throw error;
      faults.push(error.fault);
    }
  }
  return { changes, faults };
}
