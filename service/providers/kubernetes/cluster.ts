import type { SecretReader } from '../secrets.js';
import { type ClusterDeps, type ClusterJobs, createClusterJobs } from './cluster-jobs.js';
import { createClusterSecrets } from './cluster-secrets.js';
import { createKubernetesApi } from './connection.js';
import type { ClusterCredentials } from './kube-config.js';
import { createTokenReview, type ReviewToken } from './token-review.js';

/** What Assay uses of a Kubernetes cluster. */
export interface Cluster {
  readonly jobs: ClusterJobs;
  /** Secrets of the cluster, and of `files` where it has none. */
  secrets(files: SecretReader): SecretReader;
  /** Tells whose token it is. */
  readonly reviewToken: ReviewToken;
  /** Ends watches and connections. */
  close(): Promise<void>;
}

/** The cluster of these credentials. It is first asked when something needs it. */
export function createCluster(credentials: ClusterCredentials, deps: ClusterDeps): Cluster {
  const api = createKubernetesApi(credentials);
  const jobs = createClusterJobs(api, deps);
  return {
    jobs,
    secrets: (files) => createClusterSecrets(api, files),
    reviewToken: createTokenReview(api),
    async close() {
      await jobs.close();
      api.close();
    },
  };
}
