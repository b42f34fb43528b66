import { createHash, randomBytes } from 'node:crypto';
import { nextTask, type Preparation, type PreparedRun, toMoment } from '../analysis/index.js';
import { API_VERSION, type AnalysisRun } from '../../schemas/index.js';
import { TRACE_ANNOTATION } from '../platform/index.js';
import type { CreateOptions } from './engine.js';
import { invalidRun } from './completion.js';
import { newDeliveries } from './new-deliveries.js';
import type { NewRun } from './ports.js';
import { CADENCE, taskDueAtMs } from './task-due.js';

/**
 * The id of a run: the caller's, else one that follows from the idempotency key, so that a repeated request meets its
 * first run without a second index, else a new one.
 */
export function runId({ id, idempotencyKey }: CreateOptions, newId: () => string): string {
  if (id !== undefined) return id;
  return idempotencyKey === undefined ? newId() : `key-${digest(idempotencyKey).slice(0, 32)}`;
}

/**
 * A digest of what was asked for, blind to the order of fields, to all that an API server fills in or changes, and to the
 * trace, of which each repetition has its own place. `request`, if given, is what the run was built from: templates may change between two identical requests.
 */
export function fingerprint(run: AnalysisRun, { callbacks = [], request }: CreateOptions): string {
  const { name, generateName, namespace, labels, annotations } = run.metadata ?? {};
  const kept = annotations === undefined ? undefined : { ...annotations, [TRACE_ANNOTATION]: undefined };
  const metadata = { name, generateName, namespace, labels, annotations: kept };
  return requestFingerprint(request ?? { metadata, spec: run.spec, callbacks });
}

/** {@link fingerprint} of a request from which a run is built. */
export const requestFingerprint = (request: unknown): string => digest(canonical(request)).slice(0, 32);

/** Characters of a name that are given, so that it has no more than the 253 that a name may have with those that are made up. */
const MAX_PREFIX = 245;

/** The run as it is stored: named, dated, without a status; each series with its first due time. */
export function newRun(
  id: string,
  run: AnalysisRun,
  options: CreateOptions,
  preparation: Preparation,
  { nowMs, retentionMs }: { readonly nowMs: number; readonly retentionMs: number },
): NewRun {
  const { callbacks = [], requestedBy } = options;
  const { name, generateName, namespace } = run.metadata ?? {};
  const given = name === undefined || name === '' ? undefined : name;
  const document: AnalysisRun = {
    apiVersion: API_VERSION,
    kind: 'AnalysisRun',
    metadata: {
      ...run.metadata,
      name: given ?? `${(generateName || 'analysis-').slice(0, MAX_PREFIX)}${digest(id).slice(0, 8)}`,
      namespace: namespace === undefined || namespace === '' ? 'default' : namespace,
      uid: id,
      creationTimestamp: toMoment(nowMs),
    },
    spec: run.spec,
  };
  const base = {
    ...{ id, document, callbacks, fingerprint: fingerprint(run, options), createdAtMs: nowMs },
    incarnation: randomBytes(6).toString('base64url'),
    ...(requestedBy === undefined ? {} : { requestedBy }),
  };
  if (!preparation.ok)
    return {
      ...base,
      series: new Map(),
      deliveries: newDeliveries(callbacks, { event: 'verdict' }, nowMs),
      completion: invalidRun(preparation.message, nowMs, retentionMs, run.spec),
    };
  const terminating = run.spec.terminate ?? false;
  const series = firstTimes(preparation.run, terminating, nowMs);
  return { ...base, series, deliveries: [], ...(terminating ? { ending: 'asked' } : {}) };
}

function firstTimes(run: PreparedRun, terminating: boolean, nowMs: number): Map<string, number> {
  const context = { runStartedAtMs: nowMs, nowMs, terminating, cadence: CADENCE };
  return new Map(
    run.metrics.map((metric) => [
      metric.metric.name,
      taskDueAtMs(nextTask(metric, undefined, context), nowMs) ?? nowMs,
    ]),
  );
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

/** JSON with the keys of objects in order, and without those that are undefined. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, field]) => `${JSON.stringify(key)}:${canonical(field)}`);
  return `{${fields.join(',')}}`;
}
