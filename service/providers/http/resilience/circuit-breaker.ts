import type { BreakerLimits } from './limits.js';

/** Why a request is not sent. */
export interface Refusal {
  /** Failures in a row. */
  readonly failures: number;
  /** When the first and the last of them was, epoch ms. */
  readonly sinceMs: number;
  readonly lastReason: string;
  /** When the next request is let through, epoch ms. */
  readonly retryAtMs: number;
}

/** Remembers how a server's requests ended, and refuses more while it is down. Time is an argument. */
export class CircuitBreaker {
  readonly #limits: BreakerLimits;
  #failures = 0;
  #sinceMs = 0;
  #lastReason = '';
  /** When the next look is due, epoch ms; undefined: the server is not down. */
  #lookAtMs: number | undefined;

  constructor(limits: BreakerLimits) {
    this.#limits = limits;
  }

  /** Undefined: send it. While the server is down that is said once in `openMs`, whatever comes of the look. */
  refuses(nowMs: number): Refusal | undefined {
    if (this.#lookAtMs === undefined) return undefined;
    if (nowMs >= this.#lookAtMs) {
      this.#lookAtMs = nowMs + this.#limits.openMs;
      return undefined;
    }
    return {
      failures: this.#failures,
      sinceMs: this.#sinceMs,
      lastReason: this.#lastReason,
      retryAtMs: this.#lookAtMs,
    };
  }

  /** The server answered. */
  succeeded(): void {
    this.#failures = 0;
    this.#lookAtMs = undefined;
  }

  /** The server did not answer, or not as one that works. */
  failed(nowMs: number, reason: string): void {
    if (this.#failures === 0) this.#sinceMs = nowMs;
    this.#failures += 1;
    this.#lastReason = reason;
    const { failures, forMs, openMs } = this.#limits;
    if (this.#failures >= failures && nowMs - this.#sinceMs >= forMs) this.#lookAtMs = nowMs + openMs;
  }
}
