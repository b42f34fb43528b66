import type { DeliveryAttempt } from '../../schemas/index.js';
import { toMoment } from '../analysis/index.js';
import type { Clock } from '../platform/index.js';
import { type HttpClient, type HttpResponse, ProviderError } from '../providers/index.js';
import { webhookHeaders } from './signature.js';

/** How long a receiver has for its answer, ms. */
const TIMEOUT_MS = 15_000;
/** Bytes of an answer that is looked at: Slack's repeats the message, twice and escaped. More is no answer, and it is sent again. */
const MAX_ANSWER_BYTES = 1024 * 1024;

/** What is sent, once it is known where and with what. */
export interface Post {
  readonly url: string;
  /** Beside those of Standard Webhooks. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Signs it; none: it is sent unsigned. */
  readonly keys: readonly Uint8Array[];
  /**
   * Why an answer of 2xx is a refusal all the same; undefined: it is none. Absent: the body is not read, as whoever can see the
   * attempts must not be able to read internal pages through them.
   */
  readonly refusalIn?: (answer: HttpResponse) => string | undefined;
}

/** What it is sent with. */
export interface PostDeps {
  readonly http: Pick<HttpClient, 'request'>;
  readonly clock: Clock;
}

/** An attempt, and what its answer asked for. */
export interface Attempted {
  readonly attempt: DeliveryAttempt;
  /** Header `Retry-After` of the answer. */
  readonly retryAfter?: string;
}

/**
 * Sends something once, with the headers of Standard Webhooks.
 * @param id the same for every attempt.
 * @param prepare what is sent; rejects with a ProviderError when something that it needs can not be had.
 * @returns undefined when `signal` was aborted before there was an answer.
 */
export async function post(
  { http, clock }: PostDeps,
  id: string,
  prepare: () => Promise<Post>,
  signal: AbortSignal,
): Promise<Attempted | undefined> {
  const beganMs = clock.nowMs();
  const attempt = (what: Pick<DeliveryAttempt, 'outcome' | 'status' | 'error'>): DeliveryAttempt => ({
    at: toMoment(beganMs),
    ...what,
    durationMs: Math.max(0, clock.nowMs() - beganMs),
  });
  try {
    const { url, headers, body, keys, refusalIn } = await prepare();
    const timestampS = Math.floor(beganMs / 1_000);
    const answer = await http.request({
      ...{ method: 'POST', url, body, timeoutMs: TIMEOUT_MS, signal },
      headers: { ...headers, ...webhookHeaders({ id, timestampS, body }, keys) },
      ...(refusalIn === undefined ? { statusOnly: true } : { noRedirects: true, maxBytes: MAX_ANSWER_BYTES }),
    });
    const { status, statusText } = answer;
    const isGood = status >= 200 && status < 300;
    const error = isGood ? refusalIn?.(answer) : refusal(status, statusText);
    if (error === undefined) return { attempt: attempt({ outcome: 'delivered', status }) };
    const retryAfter = answer.headers['retry-after'];
    return {
      attempt: attempt({ outcome: 'rejected', status, error }),
      ...(retryAfter === undefined ? {} : { retryAfter }),
    };
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    if (error.code === 'canceled') return undefined;
    return { attempt: attempt({ outcome: outcomeOf(error), error: error.message }) };
  }
}

function outcomeOf({ code }: ProviderError): DeliveryAttempt['outcome'] {
  switch (code) {
    case 'timeout':
      return 'timeout';
    case 'egressDenied':
      return 'denied';
    case 'secret':
      return 'secret';
    default:
      return 'unreachable';
  }
}

function refusal(status: number, statusText: string): string {
  const answer = `the receiver answered ${status} ${statusText}`.trim();
  if (status === 410) return `${answer}: it wants no more`;
  return status >= 300 && status < 400 ? `${answer}: redirects are not followed` : answer;
}
