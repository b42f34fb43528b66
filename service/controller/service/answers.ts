import {
  CLUSTER_LABEL,
  type AnalysisRunStatus,
  type ObjectMeta,
  type Problem,
  validateDocument,
} from '../../../schemas/index.js';
import { away } from './away.js';

/** Whose a run is. Who may start runs in the service chooses their ids, also that of an object. */
export interface RunOwner {
  readonly namespace: string;
  readonly name: string;
  /** Its label of the cluster; undefined: it has none. */
  readonly cluster: string | undefined;
}

/** A run as the service knows it. */
export interface ServiceRun extends RunOwner {
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly status: AnalysisRunStatus;
}

/** A run of an answer. @throws ServiceAwayError when it is none: something else answers at this address. */
export function readRun(json: unknown): ServiceRun {
  const { value } = validateDocument('AnalysisRun', json);
  const { uid, ...metadata } = value?.metadata ?? {};
  const status = value?.status;
  if (status === undefined || uid === undefined)
    throw away('the service answered with what is no AnalysisRun: is there Assay at its address?');
  return { id: uid, ...ownerOf(metadata), labels: metadata.labels ?? {}, status };
}

/** Whose a run with these metadata is. */
export const ownerOf = ({ namespace = '', name = '', labels = {} }: ObjectMeta): RunOwner => ({
  ...{ namespace, name, cluster: labels[CLUSTER_LABEL] },
});

/** Whether a run is theirs. */
export const isOf = (found: RunOwner, { namespace, name, cluster }: RunOwner): boolean =>
  found.namespace === namespace && found.name === name && found.cluster === cluster;

/** A page of runs, and the token of the next one. @throws ServiceAwayError when it is none. */
export function readList(json: unknown): {
  readonly items: readonly ServiceRun[];
  readonly continueToken: string | undefined;
} {
  const { items, metadata } = object(json);
  if (!Array.isArray(items)) throw away('the service answered with what is no list of runs');
  const token = object(metadata)['continue'];
  return { items: items.map(readRun), continueToken: typeof token === 'string' ? token : undefined };
}

/** What is wrong, with the faults by path (RFC 9457); undefined: it is no such answer. */
export function problemOf(json: unknown): (Partial<Problem> & { readonly title: string }) | undefined {
  const { title, detail, errors } = object(json);
  if (typeof title !== 'string') return undefined;
  const list: readonly unknown[] = Array.isArray(errors) ? errors : [];
  const faults = list.flatMap((fault) => {
    const { path, message } = object(fault);
    return typeof path === 'string' && typeof message === 'string' ? [{ path, message }] : [];
  });
  return { title, ...(typeof detail === 'string' ? { detail } : {}), errors: faults };
}

/** What is no object has no fields. */
export const object = (json: unknown): Readonly<Record<string, unknown>> =>
  typeof json === 'object' && json !== null && !Array.isArray(json) ? { ...json } : {};

/** JSON; undefined: it is none. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Whoever asks finds that it is nothing that was expected, and says so.
    return undefined;
  }
}
