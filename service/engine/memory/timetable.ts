import { setMaxListeners } from 'node:events';
import { type Clock, type Log, pause, type Timers } from '../../platform/index.js';
import type { Tick, TickHandler, Timetable } from '../timetable-port.js';
import { tickId } from '../tick-id.js';
import { Lane } from './lane.js';

/** A lane whose first tick is this late while places are free is stuck, ms. */
const STUCK_AFTER_MS = 60_000;

/** What a {@link createMemoryTimetable} is made of. Times in ms. */
interface MemoryTimetableOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  /** Ticks run at once in each lane. */
  readonly concurrency: number;
  /** How long running ticks may go on after stop. */
  readonly stopGraceMs: number;
}

/** Ticks in this process: a heap and a timer for each lane. */
export function createMemoryTimetable(options: MemoryTimetableOptions): Timetable {
  const { clock, timers, log, stopGraceMs } = options;
  const lanes = new Map<string, Lane>();
  /** Identities of ticks that wait or run. */
  const known = new Set<string>();
  const abort = new AbortController();
  // Each running measurement listens; Node would take more than ten for a leak.
  setMaxListeners(0, abort.signal);
  let handler: TickHandler | undefined;
  let lastRunAtMs = clock.nowMs();

  const run = async (tick: Tick, handle: TickHandler): Promise<void> => {
    try {
      await handle(tick, abort.signal);
    } catch (error) {
      // A tick that is broken off by a stop is no fault: nothing was committed, and nothing lives on in this process.
      if (!abort.signal.aborted)
        log.error(
          { err: error, run: tick.run, metric: tick.metric },
          'tick failed; the sweeper will repeat it',
        );
    }
    known.delete(tickId(tick));
    lastRunAtMs = clock.nowMs();
  };
  const runner = (): ((tick: Tick) => Promise<void>) | undefined => {
    const handle = handler;
    return handle && ((tick) => run(tick, handle));
  };
  const laneAt = (name: string): Lane => {
    const lane = lanes.get(name) ?? new Lane({ ...options, runner });
    lanes.set(name, lane);
    return lane;
  };
  const pumpAll = (): void => {
    for (const lane of lanes.values()) lane.pump();
  };
  const sum = (read: (lane: Lane) => number): number =>
    [...lanes.values()].reduce((total, lane) => total + read(lane), 0);
  const running = (): readonly Promise<void>[] => [...lanes.values()].flatMap((lane) => [...lane.running]);

  const add = (tick: Tick, dueAtMs: number): Promise<void> => {
    const id = tickId(tick);
    if (!known.has(id)) {
      known.add(id);
      laneAt(tick.lane).add(tick, dueAtMs);
    }
    return Promise.resolve();
  };

  return {
    schedule: add,
    async scheduleNext(tick, dueAtMs, also) {
      await add(tick, dueAtMs);
      return also();
    },
    // Its own queue is as near.
    heldMs: 0,
    reserve: () => undefined,
    async repair(ticks) {
      for (const tick of ticks) await add(tick, clock.nowMs());
    },
    placesOf: ({ lane }) => ({ queue: lane, places: options.concurrency }),
    work(newHandler) {
      handler = newHandler;
      lastRunAtMs = clock.nowMs();
      pumpAll();
      return Promise.resolve();
    },
    async stop() {
      handler = undefined;
      pumpAll();
      if (running().length === 0) return;
      const done = new AbortController();
      await Promise.race([Promise.all(running()), pause(timers, stopGraceMs, done.signal)]);
      done.abort();
      abort.abort();
      await Promise.all(running());
    },
    health() {
      // The timer of an idle process has nothing to prove; one that is behind by a minute is stuck.
      const lateMs = Math.max(0, ...[...lanes.values()].map((lane) => lane.lateMs));
      return Promise.resolve({
        reasons: lateMs > STUCK_AFTER_MS ? ['due measurements are not being taken'] : [],
        lastTickAgeMs: Math.min(lateMs, clock.nowMs() - lastRunAtMs),
      });
    },
    depth() {
      const waiting = sum((lane) => lane.waiting);
      return Promise.resolve({
        waiting,
        delayed: sum((lane) => lane.size) - waiting,
        active: sum((lane) => lane.running.size),
      });
    },
  };
}
