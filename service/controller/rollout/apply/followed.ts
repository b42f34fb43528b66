import type { Rollout } from '../../../../schemas/index.js';
import { objectSelector, type RunScope } from '../../runs/run-scope.js';
import type { Need, ObjectType } from '../../traffic/index.js';
import {
  ANALYSIS_RUNS,
  CLUSTER_TEMPLATES,
  type Collection,
  EXPERIMENTS,
  PODS,
  refKey,
  REPLICA_SETS,
  ROLLOUTS,
  SERVICES,
  TEMPLATES,
  WORKLOADS,
} from '../../objects/collections.js';

/** ReplicaSets and pods of Rollouts have it, also those that were orphaned; a cluster has many others. */
const HASH_LABEL = 'rollouts-pod-template-hash';

const allOf = (type: ObjectType): Collection => ({ type, labelSelector: '' });

/** What is followed for every Rollout and Experiment. */
export interface Followed {
  readonly rollouts: Collection;
  readonly replicaSets: Collection;
  readonly pods: Collection;
  readonly services: Collection;
  readonly runs: Collection;
  readonly experiments: Collection;
  readonly templates: Collection;
  /** Absent: the controller sees one namespace only. */
  readonly clusterTemplates?: Collection;
}

/** What a controller of this scope follows for every Rollout and Experiment. */
export function followedOf(scope: RunScope): Followed {
  const labelSelector = objectSelector(scope);
  return {
    rollouts: { type: ROLLOUTS, labelSelector },
    runs: { type: ANALYSIS_RUNS, labelSelector },
    experiments: { type: EXPERIMENTS, labelSelector },
    replicaSets: { type: REPLICA_SETS, labelSelector: HASH_LABEL },
    pods: { type: PODS, labelSelector: HASH_LABEL },
    services: allOf(SERVICES),
    templates: allOf(TEMPLATES),
    ...(scope.namespace === undefined ? { clusterTemplates: allOf(CLUSTER_TEMPLATES) } : {}),
  };
}

/** What the `workloadRef` of a Rollout is found in; undefined: it has none, or of a kind that can not be one. */
export function workloadCollection({ spec }: Rollout): Collection | undefined {
  const type = WORKLOADS.find(({ kind }) => kind === spec.workloadRef?.kind);
  return type === undefined ? undefined : allOf(type);
}

/** What is followed for a need of a router; undefined: nothing of the cluster. */
export function collectionOf(need: Need): Collection | undefined {
  switch (need.kind) {
    case 'object': {
      const { group, version, resource, kind } = need.ref;
      return { type: { group, version, resource, kind }, labelSelector: '', namespace: need.ref.namespace };
    }
    case 'list':
      return { type: need.type, labelSelector: need.labelSelector, namespace: need.namespace };
    case 'plugin':
      return undefined;
  }
}

/** Names of the Services of a Rollout. */
export function serviceNames({ spec: { strategy } }: Rollout): readonly string[] {
  const { canary, blueGreen } = strategy ?? {};
  const names = [
    ...[canary?.stableService, canary?.canaryService, canary?.pingPong?.pingService],
    ...[canary?.pingPong?.pongService, blueGreen?.activeService, blueGreen?.previewService],
  ];
  return [...new Set(names.filter((name): name is string => name !== undefined && name !== ''))];
}

/** Any object of a kind in a namespace, as a need; of a cluster's kind the namespace is empty. */
export const anyOf = (type: ObjectType, namespace: string): string => refKey(type, namespace, '*');

/** What has to be looked at for a Rollout, as keys of {@link refKey} and {@link anyOf}. */
export function needKeys(rollout: Rollout, needs: readonly Need[]): readonly string[] {
  const { namespace = '' } = rollout.metadata ?? {};
  const workload = workloadCollection(rollout);
  return [
    ...[anyOf(TEMPLATES, namespace), anyOf(CLUSTER_TEMPLATES, '')],
    ...serviceNames(rollout).map((name) => refKey(SERVICES, namespace, name)),
    ...(workload === undefined
      ? []
      : [refKey(workload.type, namespace, rollout.spec.workloadRef?.name ?? '')]),
    ...needs.flatMap((need) => {
      if (need.kind === 'object') return [refKey(need.ref, need.ref.namespace, need.ref.name)];
      return need.kind === 'list' ? [anyOf(need.type, need.namespace)] : [];
    }),
  ];
}
