import type { Cancel, Clock, Log, Timers } from '../platform/index.js';
import type { RunStore, StoredRun } from './ports.js';
import type { Timetable } from './timetable-port.js';

/** How often what is held is held again, in the time that it is held for. */
const RENEWALS = 3;

/** What holding a series needs. */
interface HoldingOptions {
  readonly store: Pick<RunStore, 'hold'>;
  readonly timetable: Pick<Timetable, 'heldMs'>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
}

/**
 * Does `work`, the first look at a series of a run that this process has stored, of which no job tells, and holds the series
 * as long as that takes: a sweeper takes it for lost once nobody holds it any more.
 */
export async function whileHeld(
  { store, timetable, clock, timers, log }: HoldingOptions,
  run: StoredRun,
  metric: string,
  work: () => Promise<void>,
): Promise<void> {
  let cancel: Cancel | undefined;
  const everyMs = timetable.heldMs / RENEWALS;
  const renewAfter = (delayMs: number): void => {
    cancel = timers.set(() => {
      renewAfter(everyMs);
      store.hold(run, metric, clock.nowMs() + timetable.heldMs).catch((error: unknown) => {
        // The worst that comes of it is that another process asks the same once more.
        log.debug({ err: error, run: run.id, metric }, 'a series could not be held');
      });
    }, delayMs);
  };
  // It is held since it was asked for, and to store it may have taken most of that time.
  renewAfter(Math.min(everyMs, run.createdAtMs + everyMs - clock.nowMs()));
  try {
    await work();
  } finally {
    cancel?.();
  }
}
