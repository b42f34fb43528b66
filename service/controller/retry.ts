const FIRST_MS = 500;
/** Longest time after which what failed is tried again, ms. */
export const LAST_RETRY_MS = 15_000;
/** The same while the API server can not be reached, which may be back at any moment, ms. */
export const LAST_RETRY_AWAY_MS = 3_000;

/** Time after which what failed so often before is tried again, at most about `lastMs`, ms; spread, so that many do not come at once. */
export const retryMs = (failures: number, lastMs = LAST_RETRY_MS): number =>
  Math.min(FIRST_MS * 2 ** failures, lastMs) * (0.75 + Math.random() / 2);

/** When the service is asked again: not before it wants to be (`askedMs`), and then not for all runs at one moment. */
export const nextAskMs = (nowMs: number, failures: number, askedMs = nowMs): number =>
  Math.max(nowMs + retryMs(failures), nowMs + (askedMs - nowMs) * (1 + Math.random() / 4));
