/** Where code that lives in time takes it from, so that tests can move it. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  nowMs(): number;
}

/** The clock of the machine. */
export const systemClock: Clock = { nowMs: () => Date.now() };

/** Reads a clock that only goes on, in ms since some moment: for how long something takes, whatever is done to the date. */
export type ElapsedMs = () => number;

/** The clock of the machine that only goes on. */
export const elapsedMs: ElapsedMs = () => performance.now();

/**
 * A clock that goes on evenly, whatever is done to that of the machine, and can be put right by a time that several processes share:
 * set back or forward by an administrator, the machine's would make a process do things minutes too early or too late.
 */
export class SharedClock implements Clock {
  readonly #elapsedMs: ElapsedMs;
  #zeroMs: number;

  constructor(machine: Clock = systemClock, elapsed: ElapsedMs = elapsedMs) {
    this.#elapsedMs = elapsed;
    this.#zeroMs = machine.nowMs() - elapsed();
  }

  nowMs(): number {
    return Math.floor(this.#zeroMs + this.#elapsedMs());
  }

  /** Makes it `epochMs` now. */
  putRight(epochMs: number): void {
    this.#zeroMs = epochMs - this.#elapsedMs();
  }
}
