import { type Callback, callbackHeaders, CLUSTER_LABEL } from '../../schemas/index.js';
import type { Delivery } from '../engine/index.js';
import type { Clock } from '../platform/index.js';
import { type HttpClient, ProviderError, type SecretReader } from '../providers/index.js';
import { EVENT_MEDIA_TYPE, eventOf } from './event.js';
import { type Attempted, post, type Post } from './post.js';
import { SigningSecretError, signingKeys } from './signature.js';

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

/**
 * Sends a webhook once.
 * @returns undefined when `signal` was aborted before there was an answer.
 */
export function attemptDelivery(
  delivery: Delivery,
  signal: AbortSignal,
  deps: AttemptDeps,
): Promise<Attempted | undefined> {
  const { http, clock, traceParent } = deps;
  const { webhookId, callback, run } = delivery;
  const client = http.within?.(run.metadata?.namespace ?? '') ?? http;
  const prepare = async (): Promise<Post> => {
    const keys = await keysOf(delivery, deps);
    return {
      ...{ url: callback.url, keys, body: JSON.stringify(eventOf(delivery)) },
      headers: {
        ...headersOf(callback, traceParent),
        'Content-Type': EVENT_MEDIA_TYPE,
      },
    };
  };
  return post({ http: client, clock }, webhookId, prepare, signal);
}

/** The callback's own, and the place in the trace: a header has one value, whatever the case of its name. */
function headersOf(callback: Callback, traceParent: string | undefined): Record<string, string> {
  const own = callbackHeaders(callback)
    .filter(({ key }) => traceParent === undefined || key.toLowerCase() !== 'traceparent')
    .map(({ key, value }) => [key, value] as const);
  return {
    ...Object.fromEntries(own),
    ...(traceParent === undefined ? {} : { traceparent: traceParent }),
  };
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
