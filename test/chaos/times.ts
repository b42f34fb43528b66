/** Times of the workers of the chaos suite, ms: a tenth of what a service has, so that repairs are seen soon. */
export const WORKER_TIMES = {
  /** How long what a dead worker had stays with it. */
  lockMs: 3_000,
  heartbeatMs: 1_000,
  sweepMs: 500,
  overdueAfterMs: 1_000,
  leaseMs: 3_000,
} as const;
