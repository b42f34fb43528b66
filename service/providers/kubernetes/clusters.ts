import type { Clock, Config, Log } from '../../platform/index.js';
import type { JobProviderOptions } from '../job/job.js';
import type { FileSecrets } from '../file-secrets.js';
import { HOME_CLUSTER } from '../../../schemas/index.js';
import { noSecrets, type SecretReader } from '../secrets.js';
import { type Cluster, createCluster } from './cluster.js';
import { createOtherClusters } from './other-clusters.js';
import { clusterCredentials } from './kube-config.js';
import type { ReviewToken } from './token-review.js';

/** The Kubernetes clusters that a process has access to: none, one, or one for Jobs and one for all else. */
export interface Clusters {
  /** Tells whose token it is, at the cluster of the runs; absent: there is none. */
  readonly reviewToken?: ReviewToken;
  /** Where Jobs are run. */
  readonly job: JobProviderOptions;
  /** Secrets of the cluster of the runs, and of `files` where it has none. */
  secrets(files: SecretReader): SecretReader;
  /** The same for what authors of metrics name: they could send anywhere what is not meant for them. */
  secretsOfMetrics(files: FileSecrets): SecretReader;
  /** The same for what providers read, mostly in the namespace of the service. */
  secretsOfStores(files: FileSecrets): SecretReader;
  /**
   * Lets the engine look at a Job's measurement as soon as a watch has news of the Job. A wake-up that fails is only
   * late: the measurement has a time at which it is looked at anyway.
   */
  wake(engine: Wakeable, log: Log): void;
  /**
   * Secrets of the cluster that a run is of; undefined: of the service's own, for which the other readers are.
   * @throws ProviderError (`secret`) when there are no credentials for it.
   */
  secretsOfCluster(cluster: string | undefined): SecretReader | undefined;
  close(): Promise<void>;
}

/** What news of a Job are told to: the engine, which looks at the measurement at once. */
interface Wakeable {
  wake(runId: string, metricName: string): Promise<void>;
}

/** What {@link openClusters} needs. */
interface ClustersDeps {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly log: Log;
}

/** The clusters of the settings and of the pod that this process may run in. Nothing is asked of them yet. */
export function openClusters(
  { kubeconfig, jobKubeconfig, jobNamespace, clusterName, clustersDir }: Config,
  { env, ...deps }: ClustersDeps,
): Clusters {
  const others = createOtherClusters({ folder: clustersDir, home: [HOME_CLUSTER, clusterName] }, deps);
  const credentials = clusterCredentials(kubeconfig, env);
  const home = credentials === undefined ? undefined : createCluster(credentials, deps);
  const other =
    jobKubeconfig === undefined
      ? undefined
      : createCluster({ kind: 'kubeconfig', path: jobKubeconfig }, deps);
  const jobs = (other ?? home)?.jobs;
  return {
    ...(home === undefined ? {} : { reviewToken: home.reviewToken }),
    job: {
      ...(jobs === undefined ? {} : { jobs }),
      ...(jobNamespace === undefined ? {} : { namespace: jobNamespace }),
      isOtherCluster: other !== undefined,
      jobsOfCluster: (cluster) => others.of(cluster)?.jobs,
    },
    secretsOfCluster: (cluster) => others.of(cluster)?.secrets(noSecrets),
    secrets: (files) => home?.secrets(files) ?? files,
    secretsOfMetrics: (files) => home?.secrets(files.besideCluster) ?? files.ofMetrics,
    secretsOfStores: (files) => home?.secrets(files.besideCluster) ?? files,
    wake(engine, log) {
      const onNews = (run: string, metric: string): void => {
        engine.wake(run, metric).catch((error: unknown) => {
          log.warn({ err: error, run, metric }, 'a measurement with news was not woken');
        });
      };
      jobs?.listen(onNews);
      others.listen(onNews);
    },
    async close() {
      const open = [other, home].filter((cluster): cluster is Cluster => cluster !== undefined);
      await Promise.all([others.close(), ...open.map((cluster) => cluster.close())]);
    },
  };
}
