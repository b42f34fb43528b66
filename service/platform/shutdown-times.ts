/** How the time for the end of a process is spent, ms. */
export interface ShutdownTimes {
  /** What is closed in order is closed by then, or left. */
  readonly totalMs: number;
  /** A process that is still there has to be ended by force. */
  readonly lastResortMs: number;
  /** Requests that are being answered have so much of it. */
  readonly requestsMs: number;
  /**
   * Measurements in flight have so much of it after the requests; then they are broken off, which is never recorded:
   * they are taken again, by another process or after the next start.
   */
  readonly measurementsMs: number;
  /** The engine has so much of it after the requests, its measurements included; then nothing waits for the store any more. */
  readonly engineMs: number;
}

/** Clients may be waiting minutes for a verdict, and ask again: no more than this is spent on them, ms. */
const MAX_REQUESTS_MS = 3_000;

/**
 * Shares `ASSAY_SHUTDOWN_GRACE` out, so that all stages together end within it. What is left to the engine after measurements is for
 * storing them; what is left after the engine is for closing connections, which must not begin while a measurement still
 * uses one: it would fail by it.
 */
export const shutdownTimes = (graceMs: number): ShutdownTimes => ({
  totalMs: graceMs * 0.9,
  lastResortMs: graceMs * 0.95,
  requestsMs: Math.min(MAX_REQUESTS_MS, graceMs / 8),
  measurementsMs: graceMs / 2,
  engineMs: graceMs * 0.7,
});
