/** The door of `providers/`: metric stores, the client they share, and the taking of one measurement. */
export { type AwsChainDeps, chainCredentials } from './auth/aws-chain.js';
export {
  type AwsCredentials,
  type AwsCredentialsSource,
  type AwsIdentity,
  environmentCredentials,
} from './auth/aws-credentials.js';
export { type BuiltInOptions, builtInProviders } from './built-in.js';
export { checkProviderSettings } from './check-settings.js';
export { takeExplainedMeasurement } from './explained-measurement.js';
export { signAws } from './auth/sigv4.js';
export { createEgressPolicy, type EgressPolicy, type EgressRules, thisMachineOnly } from './http/egress.js';
export type { HttpClient, HttpRequest, HttpResponse, TlsOptions } from './http/http.js';
export { createHttpClient, type HttpClientOptions } from './http/http-client.js';
export { isLoopbackHost } from './http/loopback.js';
export { createNamespaceClients } from './http/namespace-clients.js';
export { hasBadUserinfo, parseRequestUrl } from './http/request-url.js';
export { createProxyRules, type ProxyRules, type ProxySettings } from './http/proxy.js';
export { createResilientClient, type ResilientClientOptions } from './http/resilience/resilient-client.js';
export { DEFAULT_LIMITS, type HostLimits, type LimitsPolicy } from './http/resilience/limits.js';
export { createFileSecrets, type FileSecrets, noFileSecrets } from './file-secrets.js';
export { adviceFor, type FailureCode, type MeasurementFailure } from './failure.js';
export type { JobProviderOptions } from './job/job.js';
export { createCluster } from './kubernetes/cluster.js';
export { type Clusters, openClusters } from './kubernetes/clusters.js';
export type { Jobs, NewJob } from './kubernetes/jobs.js';
export { KubernetesError } from './kubernetes/kubernetes-error.js';
export { retryAfterMs } from './http/resilience/retry-after.js';
export { ownNamespace } from './kubernetes/own-namespace.js';
export { readJob, readPod, type StoredJob, type StoredPod } from './kubernetes/objects.js';
export type { ReviewedToken, ReviewToken } from './kubernetes/token-review.js';
export { createNamedClient, type NamedClientOptions } from './named/named-client.js';
export { ownSecretsOf } from './named/own-secrets.js';
export { readProviderFile } from './named/provider-file.js';
export { type NamedServers, readServers } from './named/read-servers.js';
export { limitsOf } from './named/server-limits.js';
export type { Plugin, PluginCall } from './plugin/plugin.js';
export { closePlugins, type Plugins, readPlugins, startPlugins } from './plugin/read-plugins.js';
export * from './provider.js';
export { ProviderError, type ProviderErrorCode } from './provider-error.js';
export { redactUrl } from './redact.js';
export { createRegistry, type ProviderOf, type ProviderRegistry, type ProviderSet } from './registry.js';
export { MissingKeyError, noSecrets, type SecretReader } from './secrets.js';
export { collectGarbage, describeMetric, type MeasurementTask, takeMeasurement } from './take-measurement.js';
