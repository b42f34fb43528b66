import { API_VERSION, type JobMetric } from '../../../schemas/index.js';
import type { NewJob } from '../kubernetes/jobs.js';
import type { MeasureContext } from '../provider.js';
import {
  METRIC_NAME_ANNOTATION,
  RUN_NAMESPACE_ANNOTATION,
  RUN_NAME_ANNOTATION,
  RUN_UID_LABEL,
  jobName,
} from './job-names.js';

/** Seconds after which Kubernetes deletes an ended Job that no object in the cluster owns: a day. */
const ORPHAN_TTL_SECONDS = 86_400;

/** Where a Job goes. */
export interface JobPlace {
  readonly namespace: string;
  /** The run is an object beside it, which owns it. */
  readonly owned: boolean;
  /** Its name must differ from those of metrics whose names begin alike, see {@link jobName}. */
  readonly distinct?: boolean;
}

/**
 * The Job of a measurement, as the reference makes it: labels and annotations of the spec are taken over, name and
 * namespace are not. Jobs of runs that are no objects of a cluster are given a time to live: nobody else would delete them.
 */
export function jobObject(
  { metadata = {}, spec }: JobMetric,
  { run, metricName, measurementNumber = 1 }: MeasureContext,
  { namespace, owned, distinct }: JobPlace,
): NewJob {
  const uid = { [RUN_UID_LABEL]: run.id };
  const template = record(spec.template);
  const templateMeta = record(template['metadata']);
  const owner = {
    apiVersion: API_VERSION,
    kind: 'AnalysisRun',
    name: run.name,
    uid: run.id,
    blockOwnerDeletion: true,
    controller: true,
  };
  const ttl = run.isClusterObject === true ? {} : { ttlSecondsAfterFinished: ORPHAN_TTL_SECONDS };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: jobName(run.id, metricName, measurementNumber, distinct),
      namespace,
      labels: { ...metadata.labels, ...uid },
      annotations: {
        ...metadata.annotations,
        [RUN_NAME_ANNOTATION]: run.name,
        [RUN_NAMESPACE_ANNOTATION]: run.namespace,
        [METRIC_NAME_ANNOTATION]: metricName,
      },
      ...(owned ? { ownerReferences: [owner] } : {}),
    },
    spec: {
      ...ttl,
      ...spec,
      template: {
        ...template,
        metadata: { ...templateMeta, labels: { ...record(templateMeta['labels']), ...uid } },
      },
    },
  };
}

/** The members of what a pod template has there; the API server refuses what is no object. */
function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
