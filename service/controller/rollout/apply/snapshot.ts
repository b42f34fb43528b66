import { fields, text } from '../../../providers/kubernetes/index.js';
import type {
  AnalysisRun,
  AnalysisTemplate,
  ClusterAnalysisTemplate,
  Rollout,
} from '../../../../schemas/index.js';
import type { Json, Pod, ReplicaSet, Service, Snapshot, Workload } from '../types.js';
import { type Followed, serviceNames, workloadCollection } from './followed.js';
import type { ObjectCache, Stored } from '../../objects/object-cache.js';

/** What the API server sends is what it has checked: by its own types, or by the custom resource definitions. */
interface Checked {
  readonly Rollout: Rollout;
  readonly ReplicaSet: ReplicaSet;
  readonly Service: Service;
  readonly AnalysisRun: AnalysisRun;
  readonly AnalysisTemplate: AnalysisTemplate;
  readonly ClusterAnalysisTemplate: ClusterAnalysisTemplate;
  readonly Pod: Pick<Pod, 'metadata'>;
  readonly Workload: Pick<Workload, 'metadata'>;
}

const as = <Kind extends keyof Checked>(_kind: Kind, { json }: Stored): Checked[Kind] =>
  json as unknown as Checked[Kind];

export const rolloutOf = (stored: Stored): Rollout => as('Rollout', stored);

/** What is known of everything that a Rollout is decided by. */
export function snapshotOf(
  { cache, followed }: { readonly cache: ObjectCache; readonly followed: Followed },
  stored: Stored,
  rest: Pick<Snapshot, 'traffic' | 'settings' | 'nowMs'>,
): Snapshot {
  const rollout = rolloutOf(stored);
  const { namespace, uid } = stored.metadata;
  const replicaSets = cache
    .list(followed.replicaSets, namespace)
    .filter((set) => set.metadata.controllerUid === uid || isAdoptable(set, rollout));
  const setUids = new Set(replicaSets.map(({ metadata }) => metadata.uid));
  const workload = workloadOf(cache, rollout, namespace);
  return {
    ...rest,
    rollout,
    replicaSets: replicaSets.map((set) => as('ReplicaSet', set)),
    pods: cache
      .list(followed.pods, namespace)
      .filter(({ metadata }) => setUids.has(metadata.controllerUid ?? ''))
      .map((pod) => podOf(pod, rollout.spec.minReadySeconds ?? 0, rest.nowMs)),
    services: serviceNames(rollout).flatMap((name) => {
      const service = cache.get(followed.services, namespace, name);
      return service === undefined ? [] : [as('Service', service)];
    }),
    analysisRuns: cache
      .list(followed.runs, namespace)
      .filter(({ metadata }) => metadata.controllerUid === uid)
      .map((run) => as('AnalysisRun', run)),
    templates: cache.list(followed.templates, namespace).map((each) => as('AnalysisTemplate', each)),
    clusterTemplates:
      followed.clusterTemplates === undefined
        ? []
        : cache.list(followed.clusterTemplates).map((each) => as('ClusterAnalysisTemplate', each)),
    ...(workload === undefined ? {} : { workload }),
  };
}

/** Nobody controls it, and the selector of the Rollout selects it. */
function isAdoptable({ metadata }: Stored, { spec }: Rollout): boolean {
  const wanted = Object.entries(fields(fields(spec.selector)['matchLabels']));
  return (
    metadata.controllerUid === undefined &&
    wanted.length > 0 &&
    wanted.every(([name, value]) => metadata.labels[name] === value)
  );
}

function podOf(stored: Stored, minReadySeconds: number, nowMs: number): Pod {
  const conditions = fields(stored.json['status'])['conditions'];
  const ready = (Array.isArray(conditions) ? conditions.map(fields) : []).find(
    ({ type, status }) => type === 'Ready' && status === 'True',
  );
  const sinceMs = Date.parse(text(ready?.['lastTransitionTime']));
  return {
    metadata: as('Pod', stored).metadata,
    isAvailable: ready !== undefined && (minReadySeconds === 0 || sinceMs + minReadySeconds * 1_000 <= nowMs),
  };
}

function workloadOf(cache: ObjectCache, rollout: Rollout, namespace: string): Workload | undefined {
  const collection = workloadCollection(rollout);
  if (collection === undefined) return undefined;
  const stored = cache.get(collection, namespace, rollout.spec.workloadRef?.name ?? '');
  if (stored === undefined) return undefined;
  const spec = fields(stored.json['spec']);
  const { replicas, selector } = spec;
  return {
    metadata: as('Workload', stored).metadata,
    ...(typeof replicas === 'number' ? { replicas } : {}),
    // Of a PodTemplate it is beside the metadata.
    template: fields(spec['template'] ?? stored.json['template']),
    ...(selector === undefined ? {} : { selector: fields(selector) satisfies Json }),
  };
}
