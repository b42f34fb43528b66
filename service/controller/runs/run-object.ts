import { expiresAtMs, isCompleted } from '../../analysis/index.js';
import { fields, type ObjectMeta, readMeta, text } from '../../providers/kubernetes/index.js';
import { jsonBytes } from './json-size.js';
import type { AnalysisPhase, TTLStrategy } from '../../../schemas/index.js';

type Json = Readonly<Record<string, unknown>>;

/** What is kept of an AnalysisRun object. Of one that is over only what its deletion needs: there may be thousands. */
export interface RunObject {
  /** Namespace and name, by which objects are kept. */
  readonly key: string;
  readonly metadata: ObjectMeta;
  /** Empty: nothing was written yet, or nothing that is a phase. */
  readonly phase: AnalysisPhase;
  readonly isCompleted: boolean;
  /** When its ttlStrategy has it deleted, epoch ms; undefined: it goes on, or stays. */
  readonly deleteAtMs?: number;
  /** Absent once it is over. */
  readonly open?: {
    /** Somebody has deleted it, and something holds it. */
    readonly isDeleting: boolean;
    readonly terminate: boolean;
    readonly spec: Json;
    /** Another one for each change of the spec; 0: the server does not say. */
    readonly generation: number;
    /** As it is stored; empty: nothing was written yet. */
    readonly status: Json;
    /** Bytes of all else that is stored with the status. */
    readonly otherBytes: number;
  };
}

const PHASES: readonly AnalysisPhase[] = [
  ...(['', 'Pending', 'Running', 'Successful', 'Failed', 'Error', 'Inconclusive'] as const),
];

/** Reads an AnalysisRun as the API server sends it. Fields that are absent or of another type are as good as empty. */
export function readRunObject(json: unknown): RunObject {
  const object = fields(json);
  const metadata = readMeta(object['metadata']);
  const [spec, status] = [fields(object['spec']), fields(object['status'])];
  const key = keyOf(metadata);
  const phase = PHASES.find((each) => each === status['phase']) ?? '';
  if (!isCompleted(phase)) {
    const isDeleting = text(fields(object['metadata'])['deletionTimestamp']) !== '';
    const { generation } = fields(object['metadata']);
    const open = {
      ...{ isDeleting, terminate: spec['terminate'] === true, spec, status },
      generation: typeof generation === 'number' ? generation : 0,
      otherBytes: jsonBytes({ ...object, status: undefined }),
    };
    return { key, metadata, phase, isCompleted: false, open };
  }
  const completedAt = text(status['completedAt']);
  const deleteAtMs = expiresAtMs(readTtl(spec['ttlStrategy']), {
    phase,
    ...(completedAt === '' ? {} : { completedAt }),
  });
  return {
    key,
    metadata: { ...metadata, labels: {}, annotations: {} },
    ...{ phase, isCompleted: true },
    ...(deleteAtMs === undefined ? {} : { deleteAtMs }),
  };
}

/** What {@link RunObject}s are kept by. */
export const keyOf = ({ namespace, name }: Pick<ObjectMeta, 'namespace' | 'name'>): string =>
  `${namespace}/${name}`;

/** The namespace of an object that is kept by `key`. */
export const namespaceOf = (key: string): string => key.slice(0, key.indexOf('/'));

/**
 * Whether `one` is an older state of the object than `other`: a watch may bring what was there before a write of ours.
 * Versions are numbers (https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions); whatever is not
 * is taken for newer.
 */
export function isOlder(one: ObjectMeta, other: ObjectMeta): boolean {
  if (one.uid !== other.uid) return false;
  const versions = [one.resourceVersion, other.resourceVersion];
  if (!versions.every((version) => /^\d+$/.test(version))) return false;
  return BigInt(one.resourceVersion) < BigInt(other.resourceVersion);
}

function readTtl(json: unknown): TTLStrategy | undefined {
  if (json === undefined || json === null) return undefined;
  const given = Object.entries(fields(json)).filter(
    (entry): entry is [string, number] => typeof entry[1] === 'number',
  );
  return Object.fromEntries(given);
}
