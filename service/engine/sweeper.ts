import type { Cancel, Clock, Log, Timers } from '../platform/index.js';
import type { RunStore } from './ports.js';
import type { Timetable } from './timetable-port.js';
import { StoreRefusalError } from './store-errors.js';

/** Series and runs looked at in one round, so that a backlog of any size is worked off in bounded steps. */
const BATCH = 1_000;

/** What a sweeper is made of. Times in ms. */
interface SweeperOptions {
  readonly store: Pick<RunStore, 'expired' | 'removeExpired' | 'overdue'>;
  readonly timetable: Pick<Timetable, 'repair'>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  readonly intervalMs: number;
  readonly overdueAfterMs: number;
}

/**
 * Repairs: wakes every series that is overdue, whatever became of its tick (a lost job, a restored Redis, a worker
 * that died between two steps), and forgets runs whose time is up. Any number of processes may sweep.
 */
export function createSweeper({
  store,
  timetable,
  clock,
  timers,
  log,
  intervalMs,
  overdueAfterMs,
}: SweeperOptions): {
  start(): void;
  stop(): Promise<void>;
} {
  let cancel: Cancel | undefined;
  let sweeping: Promise<void> = Promise.resolve();
  let stopped = true;

  const sweep = async (): Promise<void> => {
    const nowMs = clock.nowMs();
    // Before anything is added: it makes room in a store that is full.
    // A run that has something to tell is kept until it was told, or until its deliveries were given up.
    let refusal: StoreRefusalError | undefined;
    for (const id of await store.expired(nowMs, BATCH)) {
      try {
        await store.removeExpired(id, nowMs + intervalMs, nowMs);
      } catch (error) {
        // A store that is full takes no new time for a run that is kept; the next one may make room.
        if (!(error instanceof StoreRefusalError)) throw error;
        refusal ??= error;
      }
    }
    if (refusal !== undefined) throw refusal;
    const overdue = await store.overdue(nowMs - overdueAfterMs, BATCH);
    if (overdue.length === 0) return;
    await timetable.repair(overdue);
    log.warn({ count: overdue.length }, 'overdue series were looked after');
  };
  const plan = (delayMs: number): void => {
    cancel = timers.set(() => {
      sweeping = sweep()
        .catch((error: unknown) => {
          log.warn({ err: error }, 'sweep failed; the next one tries again');
        })
        .then(() => {
          if (!stopped) plan(intervalMs);
        });
    }, delayMs);
  };

  return {
    start() {
      if (!stopped) return;
      stopped = false;
      plan(0);
    },
    async stop() {
      stopped = true;
      cancel?.();
      await sweeping;
    },
  };
}
