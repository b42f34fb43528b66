/** How the time for the end of a process is spent, ms. */
export interface ShutdownTimes {
  /** All of it. */
  readonly totalMs: number;
  /** Requests that are being answered have so much of it. */
  readonly requestsMs: number;
  /**
   * Measurements in flight have so much of it after the requests; then they are broken off, which is never recorded:
   * they are taken again, by another process or after the next start.
   */
  readonly measurementsMs: number;
}

/** Clients may be waiting minutes for a verdict, and ask again: no more than this is spent on them, ms. */
const MAX_REQUESTS_MS = 3_000;

/**
 * Shares `ASSAY_SHUTDOWN_GRACE` out. What is left after both is for storing what was measured and for closing
 * connections, which must not begin while a measurement still uses one: it would fail by it.
 */
export const shutdownTimes = (graceMs: number): ShutdownTimes => ({
  totalMs: graceMs,
  requestsMs: Math.min(MAX_REQUESTS_MS, graceMs / 8),
  measurementsMs: graceMs / 2,
});
