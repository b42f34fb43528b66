import { callbackHeaders, CLUSTER_LABEL, type DeliveryAttempt } from '../../schemas/index.js';
import { toMoment } from '../analysis/index.js';
import type { Delivery } from '../engine/index.js';
import type { Clock } from '../platform/index.js';
import { type HttpClient, ProviderError, type SecretReader } from '../providers/index.js';
import { EVENT_MEDIA_TYPE, eventOf } from './event.js';
import { SigningSecretError, signingKeys, webhookHeaders } from './signature.js';

/** How long a receiver has for its answer, ms. */
const TIMEOUT_MS = 15_000;
/** Key of a secret when the callback names none. */
const DEFAULT_KEY = 'secret';

/** What an attempt is made with. */
export interface AttemptDeps {
  readonly http: HttpClient;
  readonly secrets: SecretReader;
  /** Secrets of the cluster that a run is of; undefined: of the service's own. Default: every run is of that. */
  readonly secretsOfCluster?: (cluster: string | undefined) => SecretReader | undefined;
  /** Keys for callbacks without a secretRef; none: those are sent unsigned. */
  readonly defaultKeys: readonly Uint8Array[];
  readonly clock: Clock;
  /** Header `traceparent` of the request. */
  readonly traceParent?: string | undefined;
}

/** An attempt, and what its answer asked for. */
export interface Attempted {
  readonly attempt: DeliveryAttempt;
  /** Header `Retry-After` of the answer. */
  readonly retryAfter?: string;
}

/**
 * Sends a webhook once. What the receiver says in its body is not read: whoever can see the attempts must not be able to
 * read internal pages through them.
 * @returns undefined when `signal` was aborted before there was an answer.
 */
export async function attemptDelivery(
  delivery: Delivery,
  signal: AbortSignal,
  deps: AttemptDeps,
): Promise<Attempted | undefined> {
  const { http, clock, traceParent } = deps;
  const { webhookId, callback, run } = delivery;
  const beganMs = clock.nowMs();
  const attempt = (what: Pick<DeliveryAttempt, 'outcome' | 'status' | 'error'>): DeliveryAttempt => ({
    at: toMoment(beganMs),
    ...what,
    durationMs: Math.max(0, clock.nowMs() - beganMs),
  });
  try {
    const keys = await keysOf(delivery, deps);
    const body = JSON.stringify(eventOf(delivery));
    const client = http.within?.(run.metadata?.namespace ?? '') ?? http;
    const { status, statusText, headers } = await client.request({
      method: 'POST',
      url: callback.url,
      headers: {
        ...Object.fromEntries(callbackHeaders(callback).map(({ key, value }) => [key, value])),
        'Content-Type': EVENT_MEDIA_TYPE,
        ...(traceParent === undefined ? {} : { traceparent: traceParent }),
        ...webhookHeaders({ id: webhookId, timestampS: Math.floor(beganMs / 1_000), body }, keys),
      },
      body,
      timeoutMs: TIMEOUT_MS,
      signal,
      statusOnly: true,
    });
    if (status >= 200 && status < 300) return { attempt: attempt({ outcome: 'delivered', status }) };
    const retryAfter = headers['retry-after'];
    return {
      attempt: attempt({ outcome: 'rejected', status, error: refusal(status, statusText) }),
      ...(retryAfter === undefined ? {} : { retryAfter }),
    };
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    if (error.code === 'canceled') return undefined;
    return { attempt: attempt({ outcome: outcomeOf(error), error: error.message }) };
  }
}

async function keysOf(
  { callback, run }: Delivery,
  { secrets, secretsOfCluster = () => undefined, defaultKeys }: AttemptDeps,
): Promise<readonly Uint8Array[]> {
  const { secretRef } = callback;
  if (secretRef === undefined) return defaultKeys;
  const { name, key = DEFAULT_KEY } = secretRef;
  // Namespaces of other clusters may have the names of ours.
  const reader = secretsOfCluster(run.metadata?.labels?.[CLUSTER_LABEL]) ?? secrets;
  const secret = await reader.read(run.metadata?.namespace ?? '', name, key);
  try {
    return signingKeys(secret);
  } catch (error) {
    if (!(error instanceof SigningSecretError)) throw error;
    throw new ProviderError('secret', `key '${key}' of secret '${name}' ${error.message}`, { cause: error });
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
