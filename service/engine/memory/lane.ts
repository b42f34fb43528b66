import type { Cancel, Clock, Timers } from '../../platform/index.js';
import type { Tick } from '../timetable-port.js';
import { TimerHeap } from './timer-heap.js';

/** What a {@link Lane} is made of. */
interface LaneOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  /** Ticks run at once. */
  readonly concurrency: number;
  /** Runs a tick; never rejects. Undefined while nothing is to be run. */
  readonly runner: () => ((tick: Tick) => Promise<void>) | undefined;
}

/** Ticks that wait for nobody but each other: a heap, one timer for the first of them, and those that run. */
export class Lane {
  readonly #options: LaneOptions;
  readonly #heap = new TimerHeap<Tick>();
  readonly #running = new Set<Promise<void>>();
  #cancelTimer: Cancel | undefined;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  get running(): ReadonlySet<Promise<void>> {
    return this.#running;
  }

  get size(): number {
    return this.#heap.size;
  }

  /** Ticks that are due and do not run yet. */
  get waiting(): number {
    return this.#heap.countDue(this.#options.clock.nowMs());
  }

  /** How late the first tick is, ms; zero while every place is taken: the provider is slow then and not the lane. */
  get lateMs(): number {
    const { nextDueAtMs } = this.#heap;
    if (nextDueAtMs === undefined || this.#running.size >= this.#options.concurrency) return 0;
    return Math.max(0, this.#options.clock.nowMs() - nextDueAtMs);
  }

  add(tick: Tick, dueAtMs: number): void {
    this.#heap.add(tick, dueAtMs);
    this.pump();
  }

  /** Runs what is due as far as concurrency allows, and sets the timer for what comes next. */
  pump(): void {
    const { clock, timers, concurrency, runner } = this.#options;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const run = runner();
    if (run === undefined) return;
    while (this.#running.size < concurrency) {
      const tick = this.#heap.takeDue(clock.nowMs());
      if (tick === undefined) break;
      const work = run(tick).finally(() => {
        this.#running.delete(work);
        this.pump();
      });
      this.#running.add(work);
    }
    const dueAtMs = this.#heap.nextDueAtMs;
    if (dueAtMs !== undefined && this.#running.size < concurrency)
      this.#cancelTimer = timers.set(() => {
        this.pump();
      }, dueAtMs - clock.nowMs());
  }
}
