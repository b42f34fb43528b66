/**
 * The door to a cluster for what measures nothing: requests and watches with the credentials of a kubeconfig or a service
 * account, without the metric providers.
 */
export { createKubernetesApi } from './connection.js';
export { type ClusterCredentials, clusterCredentials, contextNamespace } from './kube-config.js';
export type { KubernetesApi } from './kubernetes-api.js';
export { isPassing, KubernetesError, retryAfterOf } from './kubernetes-error.js';
export { fields, type ObjectMeta, readMeta, text } from './objects.js';
export { DEFAULT_OWN_NAMESPACE, ownNamespace, podNamespace } from './own-namespace.js';
export { openUserCluster, type UserCluster } from './user-cluster.js';
export { WatchedList } from './watched-list.js';
