import type { ProviderConfigs } from '../../../schemas/index.js';
import { type Clock, type Config, type Log, readCaFile, traceField } from '../../platform/index.js';
import {
  builtInProviders,
  chainCredentials,
  type Clusters,
  createEgressPolicy,
  createFileSecrets,
  createHttpClient,
  createNamedClient,
  createNamespaceClients,
  createProxyRules,
  createRegistry,
  createResilientClient,
  type HttpClient,
  limitsOf,
  type NamedServers,
  noFileSecrets,
  openClusters,
  ownNamespace,
  ownSecretsOf,
  type Plugins,
  type ProxyRules,
  readPlugins,
  readProviderFile,
  readServers,
  type SecretReader,
  thisMachineOnly,
} from '../../providers/index.js';
import { createMeasuring, type Measuring } from './measuring.js';

/** How measurements are taken, and the connections to let go of in the end. */
export interface MeasuringParts {
  readonly measuring: Measuring;
  /** The client without the limits for metric stores: for what has a retry policy of its own. */
  readonly http: HttpClient;
  /** What authors of metrics and callbacks may name, which is not all that the service has. */
  readonly secrets: SecretReader;
  readonly clusters: Clusters;
  /** Not started yet. */
  readonly plugins: Plugins;
  /** What metrics may name of the configuration; without a file of it nothing. */
  readonly names: ProviderConfigs;
  /** Lets go of the connections of every client. */
  readonly closeConnections: () => void;
}

/** Where measurements are taken. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly log: Log;
  /** Whether specs may name addresses of this machine: only where nobody else can send them. */
  readonly loopback: boolean;
  /** Whether all metrics are of the one whose files the secrets are, so that they may use them in any namespace. */
  readonly ownMetricsOnly: boolean;
}

/**
 * Everything that measurements need.
 * @throws ConfigError when a file that a setting names can not be used.
 */
export function createMeasuringParts(
  config: Config,
  { env, clock, log, loopback, ownMetricsOnly }: Surroundings,
): MeasuringParts {
  const { egressDeny, egressAllow, secretsDir, prometheusAddress, caFile, providersFile } = config;
  const allow = egressAllow === undefined ? {} : { allow: egressAllow };
  const trusted = caFile === undefined ? {} : { ca: readCaFile(caFile) };
  const names: ProviderConfigs = providersFile === undefined ? {} : readProviderFile(providersFile);
  const servers: NamedServers = providersFile === undefined ? new Map() : readServers(providersFile);
  const plugins: Plugins = providersFile === undefined ? new Map() : readPlugins(providersFile, servers);
  const http = createNamespaceClients(
    {
      egress: createEgressPolicy({ deny: egressDeny, ...allow, loopback }),
      proxy: proxyRules(config),
      ...trusted,
    },
    names.egress ?? [],
  );
  const thisMachine = createHttpClient({
    egress: thisMachineOnly(egressDeny),
    ...trusted,
  });
  const limits = limitsOf(servers);
  const clusters = openClusters(config, { env, clock, log });
  const own = ownNamespace(env);
  const files =
    secretsDir === undefined
      ? noFileSecrets
      : createFileSecrets(secretsDir, { own, ...ownSecretsOf(config, names, env) });
  const ownSecrets = clusters.secrets(files);
  const secrets = ownMetricsOnly ? ownSecrets : clusters.secretsOfMetrics(files);
  const named = createNamedClient({
    http: createResilientClient({ http, clock, limits }),
    loopback: createResilientClient({ http: thisMachine, clock, limits }),
    servers,
    secrets: ownSecrets,
    clock,
    ...(names.namedServersOnly === undefined ? {} : { namedServersOnly: names.namedServersOnly }),
  });
  const measuring = createMeasuring({
    registry: createRegistry(builtInProviders({ job: clusters.job, plugins })),
    http: named,
    clock,
    secrets,
    secretsOfCluster: (cluster) => clusters.secretsOfCluster(cluster),
    storeSecrets: ownMetricsOnly ? ownSecrets : clusters.secretsOfStores(files),
    defaults: {
      ...(prometheusAddress === undefined ? {} : { prometheusAddress }),
      awsCredentials: chainCredentials({ env, http, clock }),
      ownNamespace: own,
      environment: env,
    },
    onFailure(failure, { id, namespace, traceParent }) {
      log.info({ run: id, namespace, ...failure, ...traceField(traceParent) }, 'a measurement is an Error');
    },
  });
  // Closes all that is below it.
  const closeConnections = (): void => {
    named.close();
  };
  return { measuring, http, secrets, clusters, plugins, names, closeConnections };
}

function proxyRules({ httpsProxy, httpProxy, noProxy }: Config): ProxyRules {
  return createProxyRules({
    noProxy,
    ...(httpsProxy === undefined ? {} : { https: httpsProxy.reveal() }),
    ...(httpProxy === undefined ? {} : { http: httpProxy.reveal() }),
  });
}
