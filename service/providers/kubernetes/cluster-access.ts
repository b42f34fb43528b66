import { elapsedMs } from '../../platform/index.js';
import { type ClusterCredentials, loadKubeConfig } from './kube-config.js';
import type { ClusterAccess } from './kubernetes-api.js';
import { serviceAccountAccess } from './service-account.js';

/**
 * Access with these credentials. Those of a kubeconfig are read and renewed by the client library.
 * @throws KubernetesError (`invalidSpec`) when they can not be used.
 */
export async function openClusterAccess(credentials: ClusterCredentials): Promise<ClusterAccess> {
  if (credentials.kind === 'serviceAccount') return serviceAccountAccess(credentials, elapsedMs);
  const config = await loadKubeConfig(credentials);
  const cluster = config.getCurrentCluster();
  return {
    server: (cluster?.server ?? '').replace(/\/$/, ''),
    isProxied: cluster?.proxyUrl !== undefined,
    authorize: (options) => config.applyToHTTPSOptions(options),
  };
}
