import { type Config, ConfigError, type Log, type Timers } from '../../platform/index.js';
import { clusterCredentials, createKubernetesApi, ownNamespace } from '../../providers/kubernetes/index.js';
import { type ClusterTemplates, openClusterTemplates } from './cluster-templates.js';
import { type KnownTemplates, templatesTogether } from './known-templates.js';
import { openTemplateDirectory } from './template-directory.js';

/** What {@link openTemplates} needs. */
export interface OpenTemplatesDeps {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly timers: Timers;
  readonly log: Log;
}

/** The templates that runs may name: those of a directory, and those of a cluster. */
export interface OpenTemplates extends KnownTemplates {
  /** Ends what watches them. */
  close(): Promise<void>;
}

/**
 * The templates of the settings `templatesDir` and `kubernetesTemplates`; of two with one name, that of the directory.
 * @throws ConfigError when the directory can not be read, or there is no cluster.
 */
export async function openTemplates(
  { templatesDir, kubernetesTemplates, kubeconfig, role }: Config,
  { env, timers, log }: OpenTemplatesDeps,
): Promise<OpenTemplates> {
  const directory =
    templatesDir === undefined ? [] : [await openTemplateDirectory({ path: templatesDir, log })];
  const cluster: ClusterTemplates[] = [];
  const apis: { close(): void }[] = [];
  // A process that only measures is not asked for them.
  if (kubernetesTemplates !== 'none' && role.includes('api')) {
    const credentials = clusterCredentials(kubeconfig, env);
    if (credentials === undefined)
      throw new ConfigError([
        'kubernetesTemplates: there is no cluster: set KUBECONFIG, or run the service in one',
      ]);
    const api = createKubernetesApi(credentials);
    apis.push(api);
    const scope = kubernetesTemplates === 'namespace' ? { namespace: ownNamespace(env) } : {};
    cluster.push(await openClusterTemplates({ api, ...scope, timers, log }));
  }
  return {
    ...templatesTogether([...directory, ...cluster]),
    async close() {
      for (const each of cluster) await each.close();
      for (const api of apis) api.close();
    },
  };
}
