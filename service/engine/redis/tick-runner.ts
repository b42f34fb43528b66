import { type Clock, type Log, pause, type Timers } from '../../platform/index.js';
import type { Place, Tick, TickHandler } from '../timetable-port.js';
import { LeftOfJob } from './left-of-job.js';
import { type Leave, Places } from './places.js';

/** When a tick is handed over again that could not be, ms: Redis is away. */
const RETRY_MS = 500;
/** When a tick that failed comes again, ms. Its job can not tell the sweeper of it as long as others of it go on. */
export const FAILED_AGAIN_MS = 5_000;
/** A job that goes on for so long, ms, says which of its ticks are done. */
const LONG_MS = 5_000;

/** What a {@link TickRunner} needs. */
interface TickRunnerOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  /** Ticks that are run at once. */
  readonly places: number;
  readonly handler: TickHandler;
  /** Breaks off what runs. */
  readonly signal: AbortSignal;
  /** Makes a tick a job of its own. */
  readonly schedule: (tick: Tick, dueAtMs: number) => Promise<void>;
}

/**
 * Runs the ticks of a queue's jobs, each for itself: one that hangs or fails is nothing to the others of its job. BullMQ counts
 * jobs, of which each may have many ticks, so they wait for places here once more; those that wait in vain become jobs
 * of their own, for another process to take.
 */
export class TickRunner {
  readonly #options: TickRunnerOptions;
  readonly #places: Places;
  readonly #interrupted: Tick[] = [];
  readonly #runningHere = new Set<Promise<void>>();
  #isStopped = false;

  constructor(options: TickRunnerOptions) {
    this.#options = options;
    this.#places = new Places(options.places, options.timers);
  }

  /**
   * Runs the ticks of one job and resolves when nothing is left to do of it, and there is room for another job.
   * @param reduce makes the job one of only those ticks that are left: what became a job of its own is not looked for in it.
   * @throws what the handler throws, of a job with one tick.
   */
  async run(ticks: readonly Tick[], reduce: (left: readonly Tick[]) => Promise<void>): Promise<void> {
    const { timers, log, signal } = this.#options;
    const left = new LeftOfJob(ticks, { log, reduce });
    const takesLong = (): void => {
      left.takesLong();
    };
    const cancel = ticks.length > 1 ? timers.set(takesLong, LONG_MS) : undefined;
    const failures: unknown[] = [];
    const crowded: Tick[] = [];
    const runOne = async (tick: Tick): Promise<void> => {
      const outcome = await this.#runOne(tick);
      if (outcome === 'done') {
        left.done(tick);
        return;
      }
      if (outcome === 'crowded') crowded.push(tick);
      else {
        failures.push(outcome.error);
        if (ticks.length === 1 || signal.aborted) return;
        if (failures.length === 1) this.#tellFailed(tick, outcome.error);
      }
      const afterMs = outcome === 'crowded' ? 0 : FAILED_AGAIN_MS;
      if (await this.#handOver(tick, afterMs)) left.handedOver(tick);
    };
    await Promise.all(ticks.map(runOne));
    cancel?.();
    if (ticks.length === 1 && failures.length > 0) throw failures[0];
    if (crowded.length === 0) return;
    // Whoever has no room takes no further jobs: they, and what was handed over, are for others.
    await left.told();
    await this.#places.givenBack();
  }

  /** A place for a tick that has no job, if one is free now. */
  reserve(): Place | undefined {
    const leave = this.#places.enterNow();
    if (leave === undefined) return undefined;
    return {
      run: (tick, handler) => {
        if (!this.#isStopped) this.#runHere(leave, tick, handler);
        else {
          leave();
          void this.#handOver(tick, 0);
        }
      },
      giveBack: leave,
    };
  }

  /** One that fails becomes a job. */
  #runHere(leave: Leave, tick: Tick, handler: TickHandler): void {
    const running = this.#runIn(leave, tick, handler)
      .then(async (outcome) => {
        if (outcome === 'done' || this.#options.signal.aborted) return;
        this.#tellFailed(tick, outcome.error);
        await this.#handOver(tick, FAILED_AGAIN_MS);
      })
      .finally(() => {
        this.#runningHere.delete(running);
      });
    this.#runningHere.add(running);
  }

  /** Resolves when nothing runs any more in places that {@link reserve} gave. */
  async hereEnded(): Promise<void> {
    while (this.#runningHere.size > 0) await Promise.all(this.#runningHere);
  }

  /** Begins no further ticks: those that wait, or come for a place that was reserved, become jobs of their own. */
  stop(): void {
    this.#isStopped = true;
    this.#places.end();
  }

  /** Ticks that were broken off and are in no job any more, each told once. */
  takeInterrupted(): readonly Tick[] {
    return this.#interrupted.splice(0);
  }

  async #runOne(tick: Tick): Promise<'done' | 'crowded' | { readonly error: unknown }> {
    const place = this.#places.enter();
    const leave = place instanceof Promise ? await place : place;
    return leave === undefined ? 'crowded' : this.#runIn(leave, tick, this.#options.handler);
  }

  async #runIn(
    leave: Leave,
    tick: Tick,
    handler: TickHandler,
  ): Promise<'done' | { readonly error: unknown }> {
    const { signal } = this.#options;
    try {
      await handler(tick, signal);
      return 'done';
    } catch (error) {
      if (signal.aborted) this.#interrupted.push(tick);
      return { error };
    } finally {
      leave();
    }
  }

  #tellFailed({ run, metric }: Tick, error: unknown): void {
    this.#options.log.error({ err: error, run, metric }, 'tick failed; it is repeated');
  }

  /**
   * Makes a tick a job of its own, with an id that none has. Until that is stored its old job goes on, so that it is not lost.
   * False: it was interrupted.
   */
  async #handOver(tick: Tick, afterMs: number): Promise<boolean> {
    const { clock, schedule, signal, timers, log } = this.#options;
    const dueAtMs = clock.nowMs() + afterMs;
    // It may have been handed over in this very moment.
    const own = { ...tick, againAtMs: Math.max(dueAtMs, (tick.againAtMs ?? 0) + 1) };
    for (;;) {
      try {
        await schedule(own, dueAtMs);
        return true;
      } catch (error) {
        if (signal.aborted) {
          this.#interrupted.push(tick);
          return false;
        }
        log.debug({ err: error, run: tick.run, metric: tick.metric }, 'a tick could not be handed over yet');
        await pause(timers, RETRY_MS, signal);
      }
    }
  }
}
