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
