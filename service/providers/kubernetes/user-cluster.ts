import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createKubernetesApi } from './connection.js';
import { type ClusterCredentials, clusterCredentials, contextNamespace } from './kube-config.js';
import type { KubernetesApi } from './kubernetes-api.js';
import { KubernetesError } from './kubernetes-error.js';
import { ownNamespace } from './own-namespace.js';

/** A cluster as its user sees it. */
export interface UserCluster {
  readonly api: KubernetesApi;
  /** Namespace that is meant when none is named. */
  readonly namespace: string;
}

/**
 * The cluster that kubectl would use: of `KUBECONFIG`, else `~/.kube/config`, else the service account of the pod. Only
 * the files are read here; the cluster is not asked.
 * @param context of the kubeconfig; undefined: its current one.
 * @throws KubernetesError (`invalidSpec`) when there is no such cluster, or its credentials can not be used.
 */
export async function openUserCluster(
  env: Readonly<Record<string, string | undefined>>,
  context: string | undefined,
): Promise<UserCluster> {
  const credentials = userCredentials(env, context);
  const api = createKubernetesApi(credentials);
  if (credentials.kind === 'serviceAccount') return { api, namespace: ownNamespace(env) };
  return { api, namespace: await contextNamespace(credentials) };
}

function userCredentials(
  env: Readonly<Record<string, string | undefined>>,
  context: string | undefined,
): ClusterCredentials {
  const home = join(env['HOME'] || homedir(), '.kube', 'config');
  const path = env['KUBECONFIG'] || (existsSync(home) ? home : undefined);
  const credentials = clusterCredentials(path, env);
  if (credentials === undefined)
    throw new KubernetesError(
      'invalidSpec',
      'there is no cluster to ask: KUBECONFIG is not set, and there is no ~/.kube/config',
    );
  if (context === undefined || credentials.kind !== 'kubeconfig') return credentials;
  return { ...credentials, context };
}
