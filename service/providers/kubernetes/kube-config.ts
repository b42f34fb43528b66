import { existsSync } from 'node:fs';
import { delimiter } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node';
import { errorText } from '../provider-error.js';
import { KubernetesError } from './kubernetes-error.js';

/** Where the cluster is and who we are there. */
export type ClusterCredentials =
  | {
      readonly kind: 'kubeconfig';
      readonly path: string;
      /** Name of a context of it. Default: its current one. */
      readonly context?: string;
    }
  /** The service account of the pod that this process runs in. */
  | { readonly kind: 'serviceAccount' };

const TOKEN_FILE = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/**
 * The credentials there are: those of `kubeconfig` (files with the path separator between, as kubectl takes them), else
 * the service account of the pod. Undefined: no cluster. Nothing is asked of it here.
 */
export function clusterCredentials(
  kubeconfig: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): ClusterCredentials | undefined {
  if (kubeconfig !== undefined) return { kind: 'kubeconfig', path: kubeconfig };
  const inCluster = (env['KUBERNETES_SERVICE_HOST'] ?? '') !== '' && existsSync(TOKEN_FILE);
  return inCluster ? { kind: 'serviceAccount' } : undefined;
}

/**
 * Reads the credentials. The client library takes half a second to load, so that only a process that asks a cluster
 * for something pays for it.
 * @throws KubernetesError (`invalidSpec`) when they can not be used.
 */
export async function loadKubeConfig(credentials: ClusterCredentials): Promise<KubeConfig> {
  const library = await import('@kubernetes/client-node');
  const config = new library.KubeConfig();
  try {
    if (credentials.kind === 'serviceAccount') config.loadFromCluster();
    else {
      const [first = '', ...others] = credentials.path.split(delimiter).filter((path) => path !== '');
      config.loadFromFile(first);
      for (const path of others) {
        const more = new library.KubeConfig();
        more.loadFromFile(path);
        config.mergeConfig(more);
      }
    }
  } catch (error) {
    throw unusable(credentials, errorText(error), error);
  }
  if (credentials.kind === 'kubeconfig' && credentials.context !== undefined) {
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

function unusable(credentials: ClusterCredentials, reason: string, cause?: unknown): KubernetesError {
  const what = credentials.kind === 'kubeconfig' ? `kubeconfig ${credentials.path}` : 'service account';
  return new KubernetesError('invalidSpec', `the ${what} can not be used: ${reason}`, undefined, { cause });
}
