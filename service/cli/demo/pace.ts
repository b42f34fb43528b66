import { InvalidArgumentError } from 'commander';

/** The times of the demo, in ms. */
export interface Pace {
  /** Between two scrapes of Prometheus. */
  readonly scrapeMs: number;
  /** What a measurement looks back on. */
  readonly windowMs: number;
  /** From a new weight to the first measurement: a canary has to have been used before it can be judged. */
  readonly delayMs: number;
  /** Between two measurements. */
  readonly intervalMs: number;
  /** After which a verdict that does not come is given up on. */
  readonly deadlineMs: number;
}

/** Slower is nothing to watch, and faster than this Prometheus can not scrape. */
const SLOWEST = 0.1;
const FASTEST = 4;

/** How many times as fast as usual the demo may go, for people. */
export const PACES = `${SLOWEST} to ${FASTEST}`;

/** Reads how many times as fast as usual it goes. @throws InvalidArgumentError, which the library tells with the option. */
export function parsePace(text: string): number {
  const factor = Number(text);
  if (!(factor >= SLOWEST && factor <= FASTEST))
    throw new InvalidArgumentError(`It must be a number from ${PACES}.`);
  return factor;
}

/** The times when all goes `factor` times as fast. How often something happens does not change. */
export function paced(factor: number): Pace {
  const scaled = (ms: number): number => Math.round(ms / factor);
  return {
    scrapeMs: scaled(1_000),
    windowMs: scaled(4_000),
    delayMs: scaled(3_000),
    intervalMs: scaled(1_000),
    deadlineMs: Math.max(30_000, scaled(30_000)),
  };
}
