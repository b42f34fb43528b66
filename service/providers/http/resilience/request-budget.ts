/**
 * So many requests a second, with a burst of one second's worth (one at least). Each request takes the next free
 * moment, so that those that wait keep their order. Time is an argument.
 */
export class RequestBudget {
  readonly #spacingMs: number;
  readonly #burstMs: number;
  #nextMs = Number.NEGATIVE_INFINITY;

  constructor(requestsPerSecond: number) {
    this.#spacingMs = 1_000 / requestsPerSecond;
    this.#burstMs = Math.max(0, 1_000 - this.#spacingMs);
  }

  /** Takes the next free moment and says how long it is until then, in ms; undefined: longer than `patienceMs`, none is taken. */
  take(nowMs: number, patienceMs: number): number | undefined {
    const momentMs = Math.max(this.#nextMs, nowMs);
    const waitMs = Math.max(0, momentMs - this.#burstMs - nowMs);
    if (waitMs > patienceMs) return undefined;
    this.#nextMs = momentMs + this.#spacingMs;
    return waitMs;
  }
}
