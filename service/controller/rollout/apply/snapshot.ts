import type { Rollout } from '../../../../schemas/index.js';
import { selects } from '../../objects/label-selector.js';
import type { ObjectCache, Stored } from '../../objects/object-cache.js';
import {
  readAll,
  readClusterTemplate,
  readExperiment,
  type Reading,
  readPod,
  readReplicaSet,
  readRun,
  readService,
  readTemplate,
  readWorkload,
} from '../../objects/readings.js';
import type { Pod, Snapshot, Workload } from '../types.js';
import { type Followed, serviceNames, workloadCollection } from './followed.js';
import { mentionedTemplates, type ReadRollout } from './read-rollout.js';

/** What is known of everything that a Rollout is decided by. */
export function snapshotOf(
  { cache, followed }: { readonly cache: ObjectCache; readonly followed: Followed },
  { metadata: { namespace, uid } }: Stored,
  { rollout, faults }: ReadRollout,
  rest: Pick<Snapshot, 'traffic' | 'refusals' | 'settings' | 'nowMs'>,
): Snapshot {
  const replicaSets = cache
    .list(followed.replicaSets, namespace)
    .filter((set) => set.metadata.controllerUid === uid || isAdoptable(set, rollout));
  const setUids = new Set(replicaSets.map(({ metadata }) => metadata.uid));
  const sets = readAll(replicaSets, readReplicaSet);
  const pods = readAll(
    cache.list(followed.pods, namespace).filter(({ metadata }) => setUids.has(metadata.controllerUid ?? '')),
    readPod,
  );
  const services = readAll(
    serviceNames(rollout).flatMap((name) => cache.get(followed.services, namespace, name) ?? []),
    readService,
  );
  const runs = readAll(
    cache.list(followed.runs, namespace).filter(({ metadata }) => metadata.controllerUid === uid),
    readRun,
  );
  const experiments = readAll(
    cache.list(followed.experiments, namespace).filter(({ metadata }) => metadata.controllerUid === uid),
    readExperiment,
  );
  const { clusterTemplates: ofCluster } = followed;
  const isMentioned = mentioned(rollout);
  const templates = readAll(
    cache.list(followed.templates, namespace),
    isMentioned(readTemplate, 'AnalysisTemplate'),
  );
  const clusterTemplates = readAll(
    ofCluster === undefined ? [] : cache.list(ofCluster),
    isMentioned(readClusterTemplate, 'ClusterAnalysisTemplate'),
  );
  const workload = workloadOf(cache, rollout, namespace);
  const { minReadySeconds = 0 } = rollout.spec;
  const all = [sets, pods, services, runs, experiments, templates, clusterTemplates, workload];
  return {
    ...rest,
    rollout,
    faults: [...faults, ...all.flatMap((each) => each?.faults ?? [])],
    replicaSets: sets.values,
    pods: pods.values.map((pod) => podOf(pod, minReadySeconds, rest.nowMs)),
    services: services.values,
    analysisRuns: runs.values,
    experiments: experiments.values,
    templates: templates.values,
    clusterTemplates: clusterTemplates.values,
    ...(workload?.value === undefined ? {} : { workload: workload.value }),
  };
}

/** Templates that do not have the shape are the fault of those Rollouts only that mention them. */
function mentioned(rollout: Rollout) {
  const names = mentionedTemplates(rollout);
  return <Value>(read: (stored: Stored) => Reading<Value>, kind: string) =>
    (stored: Stored): Reading<Value> => {
      const { faults, ...reading } = read(stored);
      return { ...reading, faults: names.has(`${kind} ${stored.metadata.name}`) ? faults : [] };
    };
}

/** Nobody controls it, and the selector of the Rollout selects it. */
const isAdoptable = ({ metadata }: Stored, { spec }: Rollout): boolean =>
  metadata.controllerUid === undefined && selects(spec.selector ?? {}, metadata.labels);

type ReadPod = NonNullable<ReturnType<typeof readPod>['value']>;

function podOf({ metadata, status }: ReadPod, minReadySeconds: number, nowMs: number): Pod {
  const ready = status?.conditions?.find((each) => each.type === 'Ready' && each.status === 'True');
  const sinceMs = Date.parse(ready?.lastTransitionTime ?? '');
  return {
    metadata,
    isAvailable: ready !== undefined && (minReadySeconds === 0 || sinceMs + minReadySeconds * 1_000 <= nowMs),
  };
}

/** What `workloadRef` names; undefined: nothing, or that does not exist. */
function workloadOf(cache: ObjectCache, rollout: Rollout, namespace: string): Reading<Workload> | undefined {
  const collection = workloadCollection(rollout);
  if (collection === undefined) return undefined;
  const stored = cache.get(collection, namespace, rollout.spec.workloadRef?.name ?? '');
  if (stored === undefined) return undefined;
  const { value, faults } = readWorkload(stored);
  if (value === undefined) return { faults };
  const { metadata, spec: { replicas, selector, template } = {}, template: beside } = value;
  return {
    faults,
    value: {
      metadata,
      ...(replicas === undefined ? {} : { replicas }),
      template: template ?? beside ?? {},
      ...(selector === undefined ? {} : { selector }),
    },
  };
}
