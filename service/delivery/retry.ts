import type { DeliveryOutcome } from '../engine/index.js';

const SECOND_MS = 1_000;
const HOUR_MS = 3_600 * SECOND_MS;
/** How long after its first attempt a delivery is tried, ms. */
export const RETRY_FOR_MS = 24 * HOUR_MS;
/** The longest wait between two attempts, ms; also the most that a receiver may ask for. */
export const MAX_WAIT_MS = HOUR_MS;
/** The longest first wait, ms: with full jitter it is half of that on average. It doubles with each attempt. */
const FIRST_WAIT_MS = 10 * SECOND_MS;
/** The shortest wait, ms: jitter must not hammer a receiver that is in trouble. */
const MIN_WAIT_MS = SECOND_MS;

/** An attempt that was made, as far as the next step depends on it. Times in epoch ms. */
export interface Tried {
  /** HTTP status; absent: there was no answer. */
  readonly status?: number;
  /** The header `Retry-After` of the answer. */
  readonly retryAfter?: string;
  /** Attempts before this one. */
  readonly tries: number;
  readonly firstTryAtMs: number;
  /** When it ended. */
  readonly nowMs: number;
}

/**
 * What follows from an attempt: 2xx is delivered and 410 Gone ends it; everything else is tried again with exponential
 * backoff and full jitter, and a last time 24 hours after the first attempt.
 * @param random from 0 to below 1.
 */
export function nextStep(
  { status, retryAfter, tries, firstTryAtMs, nowMs }: Tried,
  random: number,
): Extract<DeliveryOutcome, { kind: 'tried' }>['next'] {
  if (status !== undefined && status >= 200 && status < 300) return { kind: 'delivered' };
  const lastTryAtMs = firstTryAtMs + RETRY_FOR_MS;
  if (status === 410 || nowMs >= lastTryAtMs) return { kind: 'failed' };
  const longestMs = Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** tries);
  const waitMs = Math.max(MIN_WAIT_MS, random * longestMs, retryAfterMs(retryAfter, nowMs));
  return { kind: 'retry', atMs: Math.min(Math.round(nowMs + waitMs), lastTryAtMs) };
}

/** What `Retry-After` asks for, in ms: seconds or a date (RFC 9110), at most {@link MAX_WAIT_MS}; 0 for anything else. */
function retryAfterMs(header: string | undefined, nowMs: number): number {
  if (header === undefined) return 0;
  const ms = /^\d+$/.test(header) ? Number(header) * SECOND_MS : Date.parse(header) - nowMs;
  return Number.isNaN(ms) ? 0 : Math.min(Math.max(0, ms), MAX_WAIT_MS);
}
