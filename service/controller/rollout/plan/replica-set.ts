import { fromMoment } from '../../../analysis/index.js';
import type { ReplicaSet } from '../types.js';
import { DESIRED_REPLICAS, HASH_LABEL, REVISION, SCALE_DOWN_DEADLINE } from './names.js';

/** Name of a ReplicaSet. */
export const nameOf = ({ metadata }: ReplicaSet): string => metadata.name ?? '';

/** Hash of its pod template as its label says; empty: it has none. */
export const hashOf = (set: ReplicaSet | undefined): string => set?.metadata.labels?.[HASH_LABEL] ?? '';

/** Number of pods it is to have; without a number it is one, as Kubernetes has it. */
export const sizeOf = (set: ReplicaSet | undefined): number =>
  set === undefined ? 0 : (set.spec.replicas ?? 1);

/** Number of pods it has. */
export const actualOf = (set: ReplicaSet | undefined): number => set?.status?.replicas ?? 0;

/** Number of its pods that are available. */
export const availableOf = (set: ReplicaSet | undefined): number => set?.status?.availableReplicas ?? 0;

/** Number of its pods that are ready. */
export const readyOf = (set: ReplicaSet | undefined): number => set?.status?.readyReplicas ?? 0;

/** Value of an annotation; undefined: there is none. */
export const annotationOf = (set: ReplicaSet | undefined, name: string): string | undefined =>
  set?.metadata.annotations?.[name];

/** Its revision; 0: it has none, or one that is no number. */
export function revisionOf(set: ReplicaSet | undefined): number {
  const text = annotationOf(set, REVISION) ?? '';
  return /^\d+$/.test(text) ? Number(text) : 0;
}

/** When it was created, epoch ms; one that is not told is the oldest. */
export const createdAtMs = ({ metadata }: ReplicaSet): number => fromMoment(metadata.creationTimestamp) ?? 0;

/** Its deadline; undefined: it has none. One that is not a time has passed. */
export function deadlineOf(set: ReplicaSet | undefined): number | undefined {
  const text = annotationOf(set, SCALE_DOWN_DEADLINE) ?? '';
  return text === '' ? undefined : (fromMoment(text) ?? 0);
}

/** It has all of its pods, and all of them are those of the Rollout's number. */
export const isSaturated = (set: ReplicaSet | undefined, replicas: number): boolean =>
  set !== undefined &&
  sizeOf(set) === replicas &&
  annotationOf(set, DESIRED_REPLICAS) === String(replicas) &&
  availableOf(set) === replicas;

/** Sum over ReplicaSets. */
export const total = (
  sets: readonly (ReplicaSet | undefined)[],
  count: (set: ReplicaSet | undefined) => number,
): number => sets.reduce((sum, set) => sum + count(set), 0);

/** Oldest first; of one second by name, so that the order is always the same. */
export const byAge = (one: ReplicaSet, other: ReplicaSet): number =>
  createdAtMs(one) - createdAtMs(other) || (nameOf(one) < nameOf(other) ? -1 : 1);

/** Newest revision first. */
export const byRevision = (one: ReplicaSet, other: ReplicaSet): number =>
  revisionOf(other) - revisionOf(one) || byAge(other, one);
