/** When a server counts as down. Its requests are then refused at once, but for one in `openMs` that looks whether it is back. */
export interface BreakerLimits {
  /** Failures one after another, without any answer between them. */
  readonly failures: number;
  /** And for at least this long, in ms: a restart must not be taken for an outage. */
  readonly forMs: number;
  /** Time between two looks at a server that is down, in ms. */
  readonly openMs: number;
}

/** What one server (scheme, host and port) is asked at most. */
export interface HostLimits {
  /** Requests at once. */
  readonly concurrency: number;
  /** Requests a second, with a burst of one second's worth; absent: any number. */
  readonly requestsPerSecond?: number;
  readonly breaker: BreakerLimits;
}

/** The limits of a server; `origin` is e.g. `https://prometheus:9090`. */
export type LimitsPolicy = (origin: string) => HostLimits;

/**
 * Careful on purpose: a wrong limit makes an Error of what would have been a good measurement. Half of a worker's
 * measurements may wait for one server. The breaker needs 10 failures in a row over 10 s, and lets a look through every
 * 5 s: sooner than a series tries again after an Error (10 s), so a server that is back is found by it.
 */
export const DEFAULT_LIMITS: HostLimits = {
  concurrency: 50,
  breaker: { failures: 10, forMs: 10_000, openMs: 5_000 },
};
