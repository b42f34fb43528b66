import { type DocumentKind, type Documents, type Fault, validateDocument } from '../../../schemas/index.js';
import type { Json } from '../rollout/types.js';
import type { Stored } from './object-cache.js';

/** What is read of an object. */
export interface Reading<Value> {
  /** Absent: it does not have the shape. */
  readonly value?: Value;
  /** All that is wrong with it, with paths such as `Service shop/stable: spec.selector`. */
  readonly faults: readonly Fault[];
}

/**
 * Reads objects of a kind. An API server checks what it stores by definitions that may be those of somebody else, or of
 * another version: each state of an object is checked, once.
 */
function reader<Kind extends DocumentKind>(
  kind: Kind,
  nameOf: (stored: Stored) => string,
): (stored: Stored) => Reading<Documents[Kind]> {
  const known = new WeakMap<Json, Reading<Documents[Kind]>>();
  return (stored) => {
    const before = known.get(stored.json);
    if (before !== undefined) return before;
    const { value, errors } = validateDocument(kind, stored.json, { unknownFields: 'dropped' });
    const name = errors.length === 0 ? '' : nameOf(stored);
    const faults = errors.map(({ path, message }) => ({ path: `${name}${path}`, message }));
    const reading = { faults, ...(value === undefined ? {} : { value }) };
    known.set(stored.json, reading);
    return reading;
  };
}

/** `Service shop/stable: `. */
const named =
  (kind: string) =>
  ({ metadata: { namespace, name } }: Stored): string =>
    `${kind} ${namespace === '' ? '' : `${namespace}/`}${name}: `;

/** Paths of its faults are those of the Rollout. */
export const readRollout = reader('Rollout', () => '');
export const readReplicaSet = reader('ReplicaSet', named('ReplicaSet'));
export const readService = reader('Service', named('Service'));
export const readPod = reader('Pod', named('Pod'));
/** What a `workloadRef` names. */
export const readWorkload = reader('Workload', named('Workload'));
export const readRun = reader('AnalysisRun', named('AnalysisRun'));
export const readExperiment = reader('Experiment', named('Experiment'));
export const readTemplate = reader('AnalysisTemplate', named('AnalysisTemplate'));
export const readClusterTemplate = reader('ClusterAnalysisTemplate', named('ClusterAnalysisTemplate'));

/** Readings of objects together: those that have the shape, and all that is wrong with the others. */
export function readAll<Value>(
  stored: readonly Stored[],
  read: (one: Stored) => Reading<Value>,
): { readonly values: readonly Value[]; readonly faults: readonly Fault[] } {
  const readings = stored.map(read);
  return {
    values: readings.flatMap(({ value }) => (value === undefined ? [] : [value])),
    faults: readings.flatMap(({ faults }) => faults),
  };
}
