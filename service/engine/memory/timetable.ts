import { setMaxListeners } from 'node:events';
import type { Clock, Log } from '../../platform/index.js';
import type { Tick, TickHandler, Timetable } from '../ports.js';
import { tickId } from '../tick-id.js';
import { type Cancel, pause, type Timers } from '../timers.js';
import { TimerHeap } from './timer-heap.js';

/** What a {@link createMemoryTimetable} is made of. Times in ms. */
interface MemoryTimetableOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  /** Ticks run at once. */
  readonly concurrency: number;
  /** How long running ticks may go on after stop. */
  readonly stopGraceMs: number;
}

/** Ticks in a heap and one timer for the first of them, in this process. */
export function createMemoryTimetable({
  clock,
  timers,
  log,
  concurrency,
  stopGraceMs,
}: MemoryTimetableOptions): Timetable {
  const heap = new TimerHeap<Tick>();
  /** Identities of ticks that wait or run. */
  const known = new Set<string>();
  const running = new Set<Promise<void>>();
  const abort = new AbortController();
  // Each running measurement listens; Node would take more than ten for a leak.
  setMaxListeners(0, abort.signal);
  let handler: TickHandler | undefined;
  let cancelTimer: Cancel | undefined;
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

  /** Runs what is due as far as concurrency allows, and sets the timer for what comes next. */
  const pump = (): void => {
    cancelTimer?.();
    cancelTimer = undefined;
    if (handler === undefined) return;
    while (running.size < concurrency) {
      const tick = heap.takeDue(clock.nowMs());
      if (tick === undefined) break;
      const work = run(tick, handler).finally(() => {
        running.delete(work);
        pump();
      });
      running.add(work);
    }
    const dueAtMs = heap.nextDueAtMs;
    if (dueAtMs !== undefined && running.size < concurrency)
      cancelTimer = timers.set(pump, dueAtMs - clock.nowMs());
  };

  return {
    schedule(tick, dueAtMs) {
      const id = tickId(tick);
      if (!known.has(id)) {
        known.add(id);
        heap.add(tick, dueAtMs);
        pump();
      }
      return Promise.resolve();
    },
    work(newHandler) {
      handler = newHandler;
      lastRunAtMs = clock.nowMs();
      pump();
      return Promise.resolve();
    },
    async stop() {
      handler = undefined;
      cancelTimer?.();
      if (running.size === 0) return;
      const done = new AbortController();
      await Promise.race([Promise.all(running), pause(timers, stopGraceMs, done.signal)]);
      done.abort();
      abort.abort();
      await Promise.all(running);
    },
    health() {
      // The timer of an idle process has nothing to prove; one that is behind by a minute is stuck.
      const lateMs = heap.nextDueAtMs === undefined ? 0 : clock.nowMs() - heap.nextDueAtMs;
      const busy = running.size >= concurrency;
      return Promise.resolve({
        reasons: lateMs > 60_000 && !busy ? ['due measurements are not being taken'] : [],
        lastTickAgeMs: heap.size === 0 ? 0 : Math.max(0, Math.min(lateMs, clock.nowMs() - lastRunAtMs)),
      });
    },
    depth() {
      const waiting = heap.countDue(clock.nowMs());
      return Promise.resolve({ waiting, delayed: heap.size - waiting, active: running.size });
    },
  };
}
