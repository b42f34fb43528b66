import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ProviderError } from '../provider-error.js';
import { type Cluster, createCluster } from './cluster.js';
import type { ClusterDeps, OnJobNews } from './cluster-jobs.js';

/** The clusters whose controllers hand runs to this service, beside its own. */
export interface OtherClusters {
  /**
   * The cluster of this name; undefined: it is the service's own.
   * @throws ProviderError (`secret`) when there are no credentials for it.
   */
  of(name: string | undefined): Cluster | undefined;
  /** From now on tells of Jobs of all of them. */
  listen(onNews: OnJobNews): void;
  close(): Promise<void>;
}

/** Where credentials of clusters are. */
interface OtherClustersSettings {
  /** Kubeconfigs by the name of the cluster. Undefined: there are none. */
  readonly folder: string | undefined;
  /** Names of the service's own cluster. */
  readonly home: readonly string[];
}

/** A name that is one part of a path. */
const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;

/** Clusters of a folder, each opened when a run of it first needs it, so that a kubeconfig may be added at any time. */
export function createOtherClusters(
  { folder, home }: OtherClustersSettings,
  deps: ClusterDeps,
): OtherClusters {
  const open = new Map<string, Cluster>();
  let tell: OnJobNews = () => undefined;
  return {
    of(name) {
      if (name === undefined || home.includes(name)) return undefined;
      const known = open.get(name);
      if (known !== undefined) return known;
      const path = folder === undefined || !NAME.test(name) ? undefined : join(folder, name);
      if (path === undefined || !existsSync(path))
        throw new ProviderError(
          'secret',
          `the run is of the cluster ${JSON.stringify(name)}, and the service has no credentials for it: ` +
            'put a kubeconfig of that name into ASSAY_CLUSTERS_DIR',
        );
      const cluster = createCluster({ kind: 'kubeconfig', path }, deps);
      cluster.jobs.listen((run, metric) => {
        tell(run, metric);
      });
      open.set(name, cluster);
      return cluster;
    },
    listen(onNews) {
      tell = onNews;
    },
    async close() {
      await Promise.all([...open.values()].map((cluster) => cluster.close()));
    },
  };
}
