import type { Clock, Config, Log, Metrics, Timers } from '../../platform/index.js';
import type { HttpClient, ReviewToken } from '../../providers/index.js';
import { createAuthenticate } from './authenticate.js';
import type { Authenticate } from './authenticator.js';
import { watchAccess } from './watched-access.js';

/** What {@link openAccess} needs. */
export interface OpenAccessDeps {
  /** For the keys of issuers: the client whose egress rules hold for what specs name. */
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
  { tokensFile, publicMetrics, trustedProxies }: Config,
  { http, reviewToken, clock, timers, log, metrics }: OpenAccessDeps,
): Promise<OpenedAccess> {
  if (tokensFile === undefined) return { surface: { publicMetrics, trustedProxies }, close: () => undefined };
  const watched = await watchAccess({ path: tokensFile, timers, log, metrics });
  const authenticate = createAuthenticate({
    ...{ http, access: () => watched.current(), nowMs: () => clock.nowMs() },
    ...(reviewToken === undefined ? {} : { review: reviewToken }),
  });
  return {
    surface: { authenticate, publicMetrics, trustedProxies },
    close() {
      watched.close();
    },
  };
}
