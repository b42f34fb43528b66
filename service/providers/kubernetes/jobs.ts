import type { StoredJob, StoredPod } from './objects.js';

/** A Job as it is sent. */
export interface NewJob {
  readonly apiVersion: 'batch/v1';
  readonly kind: 'Job';
  readonly metadata: Readonly<Record<string, unknown>> & {
    readonly name: string;
    readonly namespace: string;
  };
  readonly spec: Readonly<Record<string, unknown>>;
}

/** The Jobs of a cluster. Every method rejects with `KubernetesError`, whose message is the API server's. */
export interface Jobs {
  /** Rejects with the status 409 when there is one of that name. */
  create(job: NewJob, signal: AbortSignal): Promise<void>;
  /** The Job as the API server has it now; undefined: there is none. */
  get(namespace: string, name: string, signal: AbortSignal): Promise<StoredJob | undefined>;
  /** The Job as it was seen last, which costs no request while a watch runs; undefined: there is none. */
  find(namespace: string, name: string, signal: AbortSignal): Promise<StoredJob | undefined>;
  /** The pods of a Job. */
  pods(job: StoredJob, signal: AbortSignal): Promise<readonly StoredPod[]>;
  /** Every Job of a run. */
  ofRun(namespace: string, runId: string, signal: AbortSignal): Promise<readonly StoredJob[]>;
  /** Deletes the Job once its pods are gone. One that is not there is as good as deleted. */
  delete(namespace: string, name: string, signal: AbortSignal): Promise<void>;
}
