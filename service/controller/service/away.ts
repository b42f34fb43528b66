import type { IncomingHttpHeaders } from 'node:http';
import { retryAfterMs } from '../../providers/index.js';

/** The service could not be asked, or could not answer: the same request may succeed later. */
export class ServiceAwayError extends Error {
  override readonly name = 'ServiceAwayError';
  /** When it wants to be asked again, epoch ms; undefined: it did not say. */
  readonly retryAtMs: number | undefined;
  /** It took the request and did not answer: whoever asks waits for all of the time that there is. */
  readonly isSilent: boolean;

  constructor(
    message: string,
    options?: ErrorOptions & { readonly retryAtMs?: number | undefined; readonly isSilent?: boolean },
  ) {
    super(message, options);
    this.retryAtMs = options?.retryAtMs;
    this.isSilent = options?.isSilent ?? false;
  }
}

/** A service that is not there, or answers what can not be used. */
export const away = (message: string, cause?: unknown): ServiceAwayError =>
  new ServiceAwayError(message, cause === undefined ? undefined : { cause });

/** A service that takes what is asked and does not answer in time. */
export const silent = (url: string, cause: unknown): ServiceAwayError =>
  new ServiceAwayError(`${url} did not answer in time`, { cause, isSilent: true });

/** A service, or a proxy before it, may ask for much; runs wait no longer for it, ms. */
const LONGEST_RETRY_AFTER_MS = 60_000;

/** When an answer asks to be asked again (`Retry-After`), epoch ms; undefined: it does not. */
export function askedRetryAtMs(
  status: number,
  headers: IncomingHttpHeaders,
  nowMs: number,
): number | undefined {
  if (status !== 429 && status !== 503) return undefined;
  const atMs = retryAfterMs(headers['retry-after'], nowMs);
  return atMs === undefined ? undefined : Math.min(atMs, nowMs + LONGEST_RETRY_AFTER_MS);
}

/**
 * What of a reason has to be told again when it is another: of a server that can not be reached the system's code, as its
 * addresses may take turns; of one that answers all that it says.
 */
export const kindOfReason = (reason: string): string =>
  reason.replace(/ can not be reached: (?:.*?\b(E[A-Z_]{3,})\b)?.*$/s, ' can not be reached: $1');

/** What is wrong. Where a name has several addresses, what is wrong with the first: the error of all of them says nothing. */
export function detailOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return detailOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}
