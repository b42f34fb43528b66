import type { Cluster } from '../../cluster/cluster.js';
import type { ProcessUsage } from './process-usage.js';

/** What a system uses. */
export interface SystemUsage {
  readonly controller: ProcessUsage;
  /** All processes together that a user has to run for it. */
  readonly all: ProcessUsage;
}

/** A controller of AnalysisRuns that works on a cluster, with all that it needs beside the API server. */
export interface AnalysisSystem {
  usage(): Promise<SystemUsage>;
  /** Where it tells how late measurements began for its own due times: the buckets, as `latenessOf` has them. */
  lateness?(): Promise<ReadonlyMap<number, number>>;
  stop(): Promise<void>;
}

/** One of the systems that a bench measures, each on a control plane of its own. */
export interface Contender {
  readonly name: string;
  /** Texts of the definitions that it needs. */
  readonly definitions: readonly string[];
  /** Ready when it resolves. */
  readonly start: (cluster: Cluster) => Promise<AnalysisSystem>;
}
