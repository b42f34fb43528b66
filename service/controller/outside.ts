import { type Config, ConfigError, loadConfig, readCaFile } from '../platform/index.js';
import {
  createEgressPolicy,
  createHttpClient,
  createProxyRules,
  type HttpClient,
} from '../providers/index.js';
import { configReference } from '../../schemas/index.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** Settings of the service that a controller has as well, with the same variables. */
const SHARED = [
  ...(['egressDeny', 'egressAllow', 'caFile', 'httpsProxy', 'httpProxy', 'noProxy'] as const),
  'webhookSecret',
] as const;

/** How whatever is neither the API server nor the service is reached, and webhooks are signed. */
export type Outside = Pick<Config, (typeof SHARED)[number]> & {
  /** Whether loopback may be reached where the rules do not say who may be. */
  readonly loopback: boolean;
};

/**
 * Reads `ASSAY_EGRESS_DENY`, `ASSAY_EGRESS_ALLOW`, `ASSAY_CA_FILE`, `ASSAY_WEBHOOK_SECRET` and those of proxies. A controller without a token may
 * reach loopback, as a service without tokens may.
 * @param problems is given all that is wrong with them.
 */
export function readOutside(env: Environment, problems: string[]): Outside {
  const shared: ReadonlySet<string> = new Set(SHARED);
  const variables = configReference()
    .filter(({ key }) => shared.has(key))
    .flatMap((field) => [...field.env, ...field.env.map((name) => `${name}_FILE`)]);
  const loopback = ['ASSAY_TOKEN', 'ASSAY_TOKEN_FILE'].every((name) => (env[name] ?? '') === '');
  try {
    const { config } = loadConfig({ env: Object.fromEntries(variables.map((name) => [name, env[name]])) });
    return { ...config, loopback };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    problems.push(...error.problems);
    return { egressDeny: [], noProxy: [], loopback: false };
  }
}

/**
 * The client for it.
 * @throws ConfigError when the file of certificate authorities can not be used.
 */
export function outsideClient(outside: Outside): HttpClient {
  const { egressDeny, egressAllow, caFile, httpsProxy, httpProxy, noProxy, loopback } = outside;
  return createHttpClient({
    egress: createEgressPolicy({
      ...{ deny: egressDeny, loopback },
      ...(egressAllow === undefined ? {} : { allow: egressAllow }),
    }),
    proxy: createProxyRules({
      noProxy,
      ...(httpsProxy === undefined ? {} : { https: httpsProxy.reveal() }),
      ...(httpProxy === undefined ? {} : { http: httpProxy.reveal() }),
    }),
    ...(caFile === undefined ? {} : { ca: readCaFile(caFile) }),
  });
}
