import { type Experiment, type Fault, validateDocument } from '../../../../schemas/index.js';
import type { ObjectCache, Stored } from '../../objects/object-cache.js';
import {
  readAll,
  readClusterTemplate,
  readExperiment,
  type Reading,
  readReplicaSet,
  readRun,
  readService,
  readTemplate,
} from '../../objects/readings.js';
import type { Followed } from '../../rollout/apply/followed.js';
import type { ExperimentSnapshot } from '../types.js';

/** What is known of everything that an Experiment is decided by. A template without the shape of its kind is none. */
export function experimentSnapshotOf(
  { cache, followed }: { readonly cache: ObjectCache; readonly followed: Followed },
  stored: Stored,
  rest: Pick<ExperimentSnapshot, 'refusals' | 'settings' | 'nowMs'>,
): ExperimentSnapshot {
  const { namespace, uid } = stored.metadata;
  const { experiment, faults } = experimentOf(stored);
  const ours = <Value>(objects: readonly Stored[], read: (one: Stored) => Reading<Value>) =>
    readAll(
      objects.filter(({ metadata }) => metadata.controllerUid === uid),
      read,
    );
  const allRuns = cache.list(followed.runs, namespace);
  const sets = ours(cache.list(followed.replicaSets, namespace), readReplicaSet);
  const services = ours(cache.list(followed.services, namespace), readService);
  const runs = ours(allRuns, readRun);
  const { clusterTemplates: ofCluster } = followed;
  return {
    ...{ ...rest, experiment, replicaSets: sets.values, services: services.values },
    faults: [...faults, ...sets.faults, ...services.faults, ...runs.faults],
    analysisRuns: runs.values,
    runNames: new Set(allRuns.map(({ metadata }) => metadata.name)),
    templates: readAll(cache.list(followed.templates, namespace), readTemplate).values,
    clusterTemplates:
      ofCluster === undefined ? [] : readAll(cache.list(ofCluster), readClusterTemplate).values,
  };
}

interface ReadExperiment {
  readonly experiment: Experiment;
  readonly faults: readonly Fault[];
}

/** One without the shape has no templates, so that nothing is decided from a part of what is wanted. */
function experimentOf(stored: Stored): ReadExperiment {
  const { value, faults } = readExperiment(stored);
  if (value !== undefined) return { experiment: value, faults };
  const { metadata, status } = stored.json;
  const spec = { templates: [] };
  const told = [
    { metadata, spec, status },
    { metadata, spec },
  ]
    .map((part) => validateDocument('Experiment', part, { unknownFields: 'dropped' }).value)
    .find((each) => each !== undefined);
  const { name, namespace, uid, resourceVersion } = stored.metadata;
  return { experiment: told ?? { metadata: { name, namespace, uid, resourceVersion }, spec }, faults };
}
