import { type Clock, type Log, pause, type Timers } from '../../platform/index.js';
import { LAST_RETRY_MS } from '../retry.js';

/** When runs that nobody has an object of are looked for first, ms. */
const FIRST_SWEEP_MS = 500;
/** How often runs that nobody has an object of are looked for, ms. */
export const ORPHANS_EVERY_MS = 5 * 60_000;
/** A run of which nothing was heard for so long, and several times its turn, is asked for: a change may have got lost, ms. */
const REFRESH_AFTER_MS = 60_000;
const TURNS_MISSED = 3;

/** What {@link lookAgain} needs. */
interface LookAgainDeps {
  readonly clock: Clock;
  readonly timers: Timers;
  /** Time between two changes of a run that are told, ms. */
  readonly progressEveryMs: () => number;
  /** Asks for the runs that nothing was heard of since, epoch ms. */
  readonly refreshSilentSince: (ms: number) => void;
}

/** Has runs asked for that nothing was heard of, once in a while, until `signal` is aborted. */
export async function lookAgain(
  { clock, timers, progressEveryMs, refreshSilentSince }: LookAgainDeps,
  signal: AbortSignal,
): Promise<void> {
  while ((await pause(timers, REFRESH_AFTER_MS / 6, signal)) === 'late') {
    const silentMs = Math.max(REFRESH_AFTER_MS, TURNS_MISSED * progressEveryMs());
    refreshSilentSince(clock.nowMs() - silentMs);
  }
}

/** What {@link sweepOrphans} needs. */
interface SweepDeps {
  readonly timers: Timers;
  readonly log: Log;
  /** Whether the objects are known, and the service can be asked. */
  readonly isReady: () => boolean;
  /** Looks for the runs and ends them. */
  readonly sweep: () => Promise<void>;
}

/** Ends runs whose objects were deleted, or given a verdict, while no controller looked: now, and again once in a while. */
export async function sweepOrphans(
  { timers, log, isReady, sweep }: SweepDeps,
  signal: AbortSignal,
): Promise<void> {
  let pauseMs = FIRST_SWEEP_MS;
  while ((await pause(timers, pauseMs, signal)) === 'late') {
    if (!isReady()) {
      pauseMs = Math.min(pauseMs * 2, LAST_RETRY_MS);
      continue;
    }
    try {
      await sweep();
      pauseMs = ORPHANS_EVERY_MS;
    } catch (error) {
      // It was given up: whoever goes on looks for them.
      if (signal.aborted) return;
      log.warn({ err: error }, 'runs without an object could not be looked for');
      pauseMs = LAST_RETRY_MS;
    }
  }
}
