import { setTimeout as delay } from 'node:timers/promises';
import type { JobMetric, Measurement } from '../../../schemas/index.js';
import type { Jobs } from '../kubernetes/jobs.js';
import { KubernetesError, isPassing } from '../kubernetes/kubernetes-error.js';
import type { StoredJob } from '../kubernetes/objects.js';
import type { MeasureContext, MetricProvider, Reading } from '../provider.js';
import { ProviderError } from '../provider-error.js';
import { METRIC_NAME_ANNOTATION, RUN_NAMESPACE_ANNOTATION, RUN_UID_LABEL } from './job-names.js';
import { type JobPlace, jobObject } from './job-object.js';
import { endOf, jobOutcome } from './job-outcome.js';

/** What the provider of Jobs is made of. */
export interface JobProviderOptions {
  /** The cluster's Jobs. Absent: there is no cluster, and every measurement is an Error that says so. */
  readonly jobs?: Jobs;
  /** Namespace of all Jobs. Default: that of the run. */
  readonly namespace?: string;
  /** The Jobs are not in the cluster of the runs, whose objects can not own them. */
  readonly isOtherCluster?: boolean;
  /** Jobs of the cluster that a run is of; undefined: it is the service's own. Default: every run is of that. */
  readonly jobsOfCluster?: (cluster: string | undefined) => Jobs | undefined;
}

/** Metadata of a measurement: where its Job is. */
const JOB_NAME = 'job-name';
const JOB_NAMESPACE = 'job-namespace';

/** How long the deletion of a Job is tried when the API server is away, ms, and how long is waited in between. */
const DELETE_FOR_MS = 30_000;
const DELETE_AGAIN_MS = 1_000;

/**
 * `provider.job`: a Kubernetes Job is the measurement, and its end the outcome. Nothing of it is kept in this process: the
 * name of the Job follows from the measurement, and its state is in the cluster. A running Job is looked at again after
 * `sqrt(2 * seconds since the start)` seconds as in the reference, and at once when a watch has news of it.
 */
export function createJobProvider(options: JobProviderOptions): MetricProvider<JobMetric> {
  const elsewhere = ({ run }: MeasureContext): Jobs | undefined => options.jobsOfCluster?.(run.cluster);
  const jobsOf = (context: MeasureContext): Jobs => {
    const jobs = elsewhere(context) ?? options.jobs;
    if (jobs !== undefined) return jobs;
    throw new ProviderError(
      'invalidSpec',
      'there is no Kubernetes cluster to run the Job in: set KUBECONFIG, or run the service in a cluster with a service account',
    );
  };
  /** The settings are about the service's own cluster. */
  const settingsFor = (context: MeasureContext): JobProviderOptions =>
    elsewhere(context) === undefined ? options : {};
  const namespaceOf = (context: MeasureContext): string =>
    settingsFor(context).namespace ?? context.run.namespace;
  const isOwned = (context: MeasureContext, namespace: string): boolean =>
    context.run.isClusterObject === true &&
    settingsFor(context).isOtherCluster !== true &&
    namespace === context.run.namespace;

  return {
    kind: 'job',
    async measure(spec, context) {
      const jobs = jobsOf(context);
      const namespace = namespaceOf(context);
      const name = await ensureJob(jobs, spec, context, { namespace, owned: isOwned(context, namespace) });
      return {
        kind: 'running',
        resumeAtMs: context.clock.nowMs(),
        metadata: { [JOB_NAME]: name, [JOB_NAMESPACE]: namespace },
      };
    },
    resume: (_spec, measurement, context) => look(jobsOf(context), measurement, context),
    async terminate(_spec, measurement, context) {
      const { namespace, name, metadata } = placeOf(measurement);
      const { signal, clock } = context;
      const jobs = jobsOf(context);
      const untilMs = clock.nowMs() + DELETE_FOR_MS;
      for (;;) {
        try {
          await jobs.delete(namespace, name, signal);
          return { kind: 'judged', phase: 'Inconclusive', metadata };
        } catch (error) {
          // The measurement is over after this: a Job that stays would run on with nobody to end it.
          if (!isPassing(error) || signal.aborted || clock.nowMs() >= untilMs) throw error;
          await delay(DELETE_AGAIN_MS, undefined, { ref: false });
        }
      }
    },
    async collectGarbage(_spec, limit, context) {
      const jobs = jobsOf(context);
      const { run, signal } = context;
      const all = await jobs.ofRun(namespaceOf(context), run.id, signal);
      const oldestFirst = [...all].sort(
        (one, other) => one.metadata.createdAtMs - other.metadata.createdAtMs,
      );
      // As in the reference, the limit is for all Jobs of the run; but one that works is not garbage.
      for (const job of oldestFirst.slice(0, Math.max(0, all.length - limit))) {
        if (job.active > 0 && endOf(job) === undefined) continue;
        await jobs.delete(job.metadata.namespace, job.metadata.name, signal);
      }
    },
  };
}

/** Creates the Job of a measurement unless it is there, and gives its name. */
async function ensureJob(
  jobs: Jobs,
  spec: JobMetric,
  context: MeasureContext,
  place: JobPlace,
): Promise<string> {
  const job = jobObject(spec, context, place);
  const { name, namespace } = job.metadata;
  try {
    // Not with the signal of the measurement: a creation that is given up halfway may still happen.
    await jobs.create(job, new AbortController().signal);
  } catch (error) {
    if (!(error instanceof KubernetesError) || error.status !== 409) throw error;
    // A worker that died between creating the Job and saying so leaves this one, which is ours.
    const found = await jobs.get(namespace, name, context.signal);
    if (found === undefined || !isOfRun(found, context, place)) throw error;
    if (isOfMetric(found, context)) return name;
    // A metric whose name begins alike was here before: its Job must not measure both.
    if (place.distinct === true) throw error;
    return ensureJob(jobs, spec, context, { ...place, distinct: true });
  }
  return name;
}

async function look(jobs: Jobs, measurement: Measurement, context: MeasureContext): Promise<Reading> {
  const { namespace, name, metadata } = placeOf(measurement);
  const { signal, clock } = context;
  const resumeAtMs = clock.nowMs() + nextLookMs(measurement, clock.nowMs());
  try {
    const job = await jobs.find(namespace, name, signal);
    if (job === undefined) throw new KubernetesError('badResponse', `job.batch "${name}" not found`, 404);
    const outcome = jobOutcome(job, endOf(job) === undefined ? await jobs.pods(job, signal) : []);
    if (outcome !== undefined) return { kind: 'judged', ...outcome, metadata };
    return { kind: 'running', resumeAtMs, metadata };
  } catch (error) {
    // The Job goes on while the API server is away.
    if (!isPassing(error) || signal.aborted) throw error;
    return { kind: 'running', resumeAtMs, metadata, message: error.message };
  }
}

/** Time until the next look, ms: `sqrt(2 * seconds since the start)` seconds. */
function nextLookMs({ startedAt = '' }: Measurement, nowMs: number): number {
  const elapsedMs = nowMs - Date.parse(startedAt);
  return Math.sqrt((2 * Math.max(0, elapsedMs || 0)) / 1000) * 1000;
}

/** Whether a Job that is there already was made for the run: in a namespace of Jobs those of all runs meet. */
function isOfRun({ metadata }: StoredJob, { run }: MeasureContext, { namespace, owned }: JobPlace): boolean {
  if (owned) return metadata.controllerUid === run.id;
  const { [RUN_UID_LABEL]: uid } = metadata.labels;
  if (namespace === run.namespace) return uid === run.id;
  // One that says nothing of a run was made by somebody with rights there, and its name has the id of the run.
  const { [RUN_NAMESPACE_ANNOTATION]: of = run.namespace } = metadata.annotations;
  return (uid ?? run.id) === run.id && of === run.namespace;
}

/** Whether it was made for this metric: the names of Jobs have only the beginnings of metrics' names. */
const isOfMetric = ({ metadata }: StoredJob, { metricName }: MeasureContext): boolean =>
  (metadata.annotations[METRIC_NAME_ANNOTATION] ?? metricName) === metricName;

function placeOf({ metadata = {} }: Measurement) {
  const { [JOB_NAME]: name = '', [JOB_NAMESPACE]: namespace = '' } = metadata;
  if (name === '' || namespace === '') throw new ProviderError('internal', 'job metadata reference missing');
  return { name, namespace, metadata };
}
