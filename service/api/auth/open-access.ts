import {
  type Clock,
  type Config,
  type Log,
  type Metrics,
  readCaFile,
  type Timers,
} from '../../platform/index.js';
import {
  createHttpClient,
  type HttpClient,
  isLoopbackHost,
  type ReviewToken,
  thisMachineOnly,
} from '../../providers/index.js';
import { createAuthenticate } from './authenticate.js';
import type { Authenticate } from './authenticator.js';
import { watchAccess } from './watched-access.js';

/** What {@link openAccess} needs. */
export interface OpenAccessDeps {
  /** For the keys of issuers elsewhere: the client whose egress rules hold for what specs name. */
  readonly http: Pick<HttpClient, 'request'>;
  readonly reviewToken?: ReviewToken;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  readonly metrics: Pick<Metrics, 'accessRead'>;
}

/** Who may ask, as the settings have it. */
export interface OpenedAccess {
  /** What the API takes of it. */
  readonly surface: {
    readonly authenticate?: Authenticate;
    readonly publicMetrics: boolean;
    readonly trustedProxies: readonly string[];
  };
  /** Ends the watching of the file. */
  close(): void;
}

/**
 * Begins to watch the file of tokens, if the settings name one.
 * @throws ConfigError when it can not be used.
 */
export async function openAccess(
  config: Config,
  { http, reviewToken, clock, timers, log, metrics }: OpenAccessDeps,
): Promise<OpenedAccess> {
  const { tokensFile, publicMetrics, trustedProxies } = config;
  if (tokensFile === undefined) return { surface: { publicMetrics, trustedProxies }, close: () => undefined };
  const watched = await watchAccess({ path: tokensFile, timers, log, metrics });
  const keys = keysClient(config, http);
  const authenticate = createAuthenticate({
    ...{ http: keys, access: () => watched.current(), nowMs: () => clock.nowMs() },
    ...(reviewToken === undefined ? {} : { review: reviewToken }),
  });
  return {
    surface: { authenticate, publicMetrics, trustedProxies },
    close() {
      watched.close();
      keys.close();
    },
  };
}

/**
 * The client for the keys of issuers. Specs may not reach this machine once requests are authenticated; the operator, who
 * names where the keys are, may keep them here, in a sidecar say.
 */
function keysClient(
  { egressDeny, caFile }: Config,
  elsewhere: Pick<HttpClient, 'request'>,
): Pick<HttpClient, 'request' | 'close'> {
  const thisMachine = createHttpClient({
    egress: thisMachineOnly(egressDeny),
    ...(caFile === undefined ? {} : { ca: readCaFile(caFile) }),
  });
  return {
    request: (request) =>
      (isLoopbackHost(new URL(request.url).hostname) ? thisMachine : elsewhere).request(request),
    close() {
      thisMachine.close();
    },
  };
}
