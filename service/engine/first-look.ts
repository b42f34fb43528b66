import type { Cancel, Clock, Log, Timers } from '../platform/index.js';
import type { RunStore, StoredRun } from './ports.js';

/**
 * How long a series is held for its first look, ms, and how often that is renewed: a process that dies during the look leaves
 * it to the sweeper of another one no later than a job whose worker has died.
 */
export const HOLD_MS = 10_000;
const RENEW_MS = 3_000;

/** What holding a series needs. */
interface HoldingOptions {
  readonly store: Pick<RunStore, 'hold'>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
}

/** Does `work`, the first look at a series that the process has made itself and that no tick tells of, and holds the series as long as that takes. */
export async function whileHeld(
  { store, clock, timers, log }: HoldingOptions,
  run: StoredRun,
  metric: string,
  work: () => Promise<void>,
): Promise<void> {
  let cancel: Cancel | undefined;
  const renewLater = (): void => {
    cancel = timers.set(() => {
      renewLater();
      store.hold(run, metric, clock.nowMs() + HOLD_MS).catch((error: unknown) => {
        // The worst that comes of it is that another process asks the same once more.
        log.debug({ err: error, run: run.id, metric }, 'a series could not be held');
      });
    }, RENEW_MS);
  };
  renewLater();
  try {
    await work();
  } finally {
    cancel?.();
  }
}
