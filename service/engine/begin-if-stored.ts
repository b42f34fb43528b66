import { type Clock, pause, type Timers } from '../platform/index.js';
import type { NewRun, RunStore, StoredRun } from './ports.js';
import type { Timetable } from './timetable-port.js';

/** When a store that is away is asked again, ms. */
const AGAIN_MS = 500;

/** What {@link beginIfStored} needs. */
interface BeginIfStoredOptions {
  readonly store: Pick<RunStore, 'load'>;
  readonly timetable: Pick<Timetable, 'heldMs'>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly begin: (run: StoredRun) => Promise<void>;
}

/**
 * Begins a run that may have been stored, as the store was lost before its answer: it holds looks then that nobody takes, so
 * that a repetition of the request takes none either. Once that is over, sweepers and repetitions see to it.
 */
export async function beginIfStored(
  { id, incarnation, createdAtMs }: NewRun,
  { store, timetable, clock, timers, begin }: BeginIfStoredOptions,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted && clock.nowMs() < createdAtMs + timetable.heldMs) {
    try {
      const run = await store.load(id);
      if (run?.incarnation === incarnation) await begin(run);
      return;
    } catch {
      // It is still away, which each request tells.
      await pause(timers, AGAIN_MS, signal);
    }
  }
}
