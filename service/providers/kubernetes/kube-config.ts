import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node';
import { errorText } from '../provider-error.js';
import { KubernetesError } from './kubernetes-error.js';
import { SERVICE_ACCOUNT_FOLDER, type ServiceAccount } from './service-account.js';

/** Where the cluster is and who we are there. */
export type ClusterCredentials =
  | {
      readonly kind: 'kubeconfig';
      readonly path: string;
      /** Name of a context of it. Default: its current one. */
      readonly context?: string;
    }
  /** The service account of the pod that this process runs in. */
  | ({ readonly kind: 'serviceAccount' } & ServiceAccount);

/**
 * The credentials there are: those of `kubeconfig` (files with the path separator between, as kubectl takes them), else
 * the service account of the pod. Undefined: no cluster. Nothing is asked of it here.
 * @param folder of the service account.
 */
export function clusterCredentials(
  kubeconfig: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
  folder = SERVICE_ACCOUNT_FOLDER,
): ClusterCredentials | undefined {
  if (kubeconfig !== undefined) return { kind: 'kubeconfig', path: kubeconfig };
  const [host, port] = [env['KUBERNETES_SERVICE_HOST'] || '', env['KUBERNETES_SERVICE_PORT'] || '443'];
  if (host === '' || !existsSync(join(folder, 'token'))) return undefined;
  return { kind: 'serviceAccount', host, port, folder };
}

/**
 * Reads a kubeconfig. The client library takes half a second to load, so that only a process that asks a cluster
 * for something pays for it.
 * @throws KubernetesError (`invalidSpec`) when they can not be used.
 */
export async function loadKubeConfig(
  credentials: Extract<ClusterCredentials, { kind: 'kubeconfig' }>,
): Promise<KubeConfig> {
  const library = await import('@kubernetes/client-node');
  const config = new library.KubeConfig();
  try {
    const [first = '', ...others] = credentials.path.split(delimiter).filter((path) => path !== '');
    config.loadFromFile(first);
    for (const path of others) {
      const more = new library.KubeConfig();
      more.loadFromFile(path);
      config.mergeConfig(more);
    }
  } catch (error) {
    throw unusable(credentials, errorText(error), error);
  }
  if (credentials.context !== undefined) {
    const names = config.getContexts().map(({ name }) => name);
    if (!names.includes(credentials.context))
      throw unusable(
        credentials,
        `it has no context ${credentials.context}, only ${names.join(', ') || 'none'}`,
      );
    config.setCurrentContext(credentials.context);
  }
  if (config.getCurrentCluster() === null) throw unusable(credentials, 'it has no current context');
  return config;
}

/**
 * The namespace that the current context of a kubeconfig names, else `default`, as for kubectl.
 * @throws KubernetesError (`invalidSpec`) when it can not be used.
 */
export async function contextNamespace(
  credentials: Extract<ClusterCredentials, { kind: 'kubeconfig' }>,
): Promise<string> {
  const config = await loadKubeConfig(credentials);
  return config.getContextObject(config.getCurrentContext())?.namespace || 'default';
}

function unusable({ path }: { readonly path: string }, reason: string, cause?: unknown): KubernetesError {
  const message = `the kubeconfig ${path} can not be used: ${reason}`;
  return new KubernetesError('invalidSpec', message, undefined, { cause });
}
