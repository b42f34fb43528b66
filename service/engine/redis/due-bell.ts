import type { Cancel, Clock, Timers } from '../../platform/index.js';

/** Due times so near to each other ring once. */
const GRAIN_MS = 4;
/** What is due later than this is not rung for: a tenth of a second is nothing to it, and timers cost memory. */
const FORESIGHT_MS = 60_000;

/**
 * Makes Redis look at its clock when a job is due. A worker waits with a blocking command that ends when the next job is due, but
 * Redis ends it in its event loop only: on a server that has nothing else to do, at the next turn of its own timer,
 * which is up to 100 ms later (`hz 10`, the default). Any command wakes the loop.
 */
export class DueBell {
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #ring: () => void;
  readonly #pending = new Map<number, Cancel>();

  /** @param ring sends Redis any command; must not throw. */
  constructor({ clock, timers }: { readonly clock: Clock; readonly timers: Timers }, ring: () => void) {
    this.#clock = clock;
    this.#timers = timers;
    this.#ring = ring;
  }

  /** Rings when the job that is due at `dueAtMs` can be taken. */
  set(dueAtMs: number): void {
    const moment = Math.ceil((dueAtMs + 1) / GRAIN_MS) * GRAIN_MS;
    const delayMs = moment - this.#clock.nowMs();
    // What is due already wakes its worker by being added.
    if (delayMs <= 0 || delayMs > FORESIGHT_MS || this.#pending.has(moment)) return;
    const cancel = this.#timers.set(() => {
      this.#pending.delete(moment);
      this.#ring();
    }, delayMs);
    this.#pending.set(moment, cancel);
  }

  /** Calls off all that was set. */
  close(): void {
    for (const cancel of this.#pending.values()) cancel();
    this.#pending.clear();
  }
}
