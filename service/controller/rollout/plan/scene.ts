import type {
  BlueGreenStrategy,
  CanaryStrategy,
  Rollout,
  RolloutSpec,
  RolloutStatus,
} from '../../../../schemas/index.js';
import { podTemplateHash } from '../pod-template/pod-template-hash.js';
import { readablePodTemplate } from '../pod-template/readable.js';
import { type Json, refusalKey, type ReplicaSet, type Service, type Snapshot } from '../types.js';
import { byAge, hashOf } from './replica-set.js';
import { sameTemplate } from './same-template.js';

/** A snapshot as it is understood: which ReplicaSet is which. */
export interface Scene {
  readonly snapshot: Snapshot;
  readonly rollout: Rollout;
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly spec: RolloutSpec;
  /** As it is stored; what was decided since is in it too. */
  readonly status: RolloutStatus;
  readonly canary: CanaryStrategy | undefined;
  readonly blueGreen: BlueGreenStrategy | undefined;
  /** Number of pods wanted. */
  readonly replicas: number;
  /** Pod template and selector, of the workload where the Rollout refers to one. */
  readonly template: Json;
  /** Fields of the template that are left out of it, as Kubernetes could not read them. */
  readonly unread: readonly string[];
  readonly selector: Json;
  /** Hash of the template, as the ReplicaSet of it is labelled where there is one. */
  readonly hash: string;
  readonly all: readonly ReplicaSet[];
  /** That of the template. */
  readonly newSet: ReplicaSet | undefined;
  /** The one to go back to; the new one once it is promoted. */
  readonly stableSet: ReplicaSet | undefined;
  /** All but these two. */
  readonly others: readonly ReplicaSet[];
  readonly nowMs: number;
}

/** Understands a snapshot. */
export function sceneOf(snapshot: Snapshot): Scene {
  const { rollout, workload, nowMs } = snapshot;
  const { metadata = {}, spec, status = {} } = rollout;
  const given: Json = (spec.workloadRef === undefined ? spec.template : workload?.template) ?? {};
  const { template, unread } = readablePodTemplate(given);
  const selector: Json = spec.selector ?? workload?.selector ?? {};
  const all = snapshot.replicaSets.filter((set) => belongs(set, metadata.uid ?? '')).toSorted(byAge);
  const computed = podTemplateHash(template, status.collisionCount);
  const newSet = setOfTemplate(all, template, computed, spec);
  const hash = newSet === undefined ? computed : hashOf(newSet);
  const stableSet = setOfHash(all, status.stableRS ?? '');
  return {
    ...{ snapshot, rollout, spec, status, template, unread, selector, hash, all, newSet, stableSet, nowMs },
    name: metadata.name ?? '',
    namespace: metadata.namespace ?? '',
    uid: metadata.uid ?? '',
    canary: spec.strategy?.canary,
    blueGreen: spec.strategy?.blueGreen,
    replicas: spec.replicas ?? 1,
    others: all.filter((set) => set !== newSet && set !== stableSet),
  };
}

/** The same with other fields of the status: what has been decided counts at once. */
export const withStatus = (scene: Scene, change: RolloutStatus): Scene => ({
  ...scene,
  status: { ...scene.status, ...change },
});

/** The ReplicaSet of a hash; undefined: there is none. */
export const setOfHash = (sets: readonly ReplicaSet[], hash: string): ReplicaSet | undefined =>
  hash === '' ? undefined : sets.find((set) => hashOf(set) === hash);

/** The newest version is the stable one: nothing is under way. */
export const isPromoted = ({ status, hash }: Scene): boolean => status.stableRS === hash;

/** There was no version before: nothing to go back to. */
export const isFirst = ({ status }: Scene): boolean => (status.stableRS ?? '') === '';

/** The Service of a name; undefined: there is none. */
export const serviceNamed = ({ snapshot }: Scene, name: string | undefined): Service | undefined =>
  name === undefined || name === ''
    ? undefined
    : snapshot.services.find(({ metadata }) => metadata.name === name);

/** The pause of a reason. */
export const pauseOf = ({ status }: Scene, reason: string): { readonly startTime: string } | undefined =>
  status.pauseConditions?.find((pause) => pause.reason === reason);

/** Why an object can not be made, and the rollout is to end; undefined: it may be tried. */
export function refusalOf({ snapshot, nowMs }: Scene, kind: string, name: string): string | undefined {
  const refusal = snapshot.refusals?.get(refusalKey(kind, name));
  return refusal === undefined || nowMs < refusal.abortAtMs ? undefined : refusal.why;
}

/** Why pods and services stay as they are; undefined: they need not. */
export function haltReason(scene: Scene): string | undefined {
  if (scene.spec.paused === true) return 'user paused';
  return pauseOf(scene, 'InconclusiveAnalysisRun') === undefined ? undefined : 'inconclusive analysis';
}

/** UID of the owner that manages an object. */
const controllerOf = ({ metadata }: ReplicaSet): string | undefined =>
  metadata.ownerReferences?.find(({ controller }) => controller === true)?.uid;

/** What nobody manages is about to be adopted, and counts. What is being deleted counts no more. */
function belongs(set: ReplicaSet, uid: string): boolean {
  const owner = controllerOf(set);
  return set.metadata.deletionTimestamp === undefined && (owner === undefined || owner === uid);
}

/** Nobody manages it. */
export const isOrphan = (set: ReplicaSet): boolean => controllerOf(set) === undefined;

/**
 * That of the hash; else one with the same template. Another version of the hash, or a field that the API server has filled
 * in, is no new version of the pods.
 */
function setOfTemplate(
  sets: readonly ReplicaSet[],
  template: Json,
  hash: string,
  spec: RolloutSpec,
): ReplicaSet | undefined {
  return setOfHash(sets, hash) ?? sets.find((set) => hashOf(set) !== '' && sameTemplate(set, template, spec));
}
