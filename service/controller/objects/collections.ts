import { API_VERSION } from '../../../schemas/index.js';
import type { ObjectRef, ObjectType } from '../traffic/index.js';

const [GROUP = '', VERSION = ''] = API_VERSION.split('/');
const argo = (resource: string, kind: string): ObjectType => ({
  group: GROUP,
  version: VERSION,
  resource,
  kind,
});
const core = (resource: string, kind: string): ObjectType => ({ group: '', version: 'v1', resource, kind });
const apps = (resource: string, kind: string): ObjectType => ({
  group: 'apps',
  version: 'v1',
  resource,
  kind,
});

/** The kinds of objects that Rollouts and Experiments are made of, beside what routers need. */
export const ROLLOUTS = argo('rollouts', 'Rollout');
export const EXPERIMENTS = argo('experiments', 'Experiment');
export const ANALYSIS_RUNS = argo('analysisruns', 'AnalysisRun');
export const TEMPLATES = argo('analysistemplates', 'AnalysisTemplate');
export const CLUSTER_TEMPLATES = argo('clusteranalysistemplates', 'ClusterAnalysisTemplate');
export const REPLICA_SETS = apps('replicasets', 'ReplicaSet');
export const PODS = core('pods', 'Pod');
export const SERVICES = core('services', 'Service');

/** What a `workloadRef` may name. */
export const WORKLOADS: readonly ObjectType[] = [
  apps('deployments', 'Deployment'),
  REPLICA_SETS,
  core('podtemplates', 'PodTemplate'),
];

/** Objects of a kind that are followed together. */
export interface Collection {
  readonly type: ObjectType;
  /** Empty: all. */
  readonly labelSelector: string;
  /** Undefined: all that the controller may see. */
  readonly namespace?: string;
}

/** Path of the objects of a kind in a namespace, or in all. */
export function collectionPath({ group, version, resource }: ObjectType, namespace?: string): string {
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  return namespace === undefined
    ? `${root}/${resource}`
    : `${root}/namespaces/${encodeURIComponent(namespace)}/${resource}`;
}

/** Path of an object. */
export const objectPath = (ref: ObjectRef): string =>
  `${collectionPath(ref, ref.namespace)}/${encodeURIComponent(ref.name)}`;

/** `rollouts.argoproj.io/shop/checkout`: the version of the API does not matter. */
export const refKey = ({ group, resource }: ObjectType, namespace: string, name: string): string =>
  `${resource}.${group}/${namespace}/${name}`;
