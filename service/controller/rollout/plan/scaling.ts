import type { Action, ReplicaSet } from '../types.js';
import { secondsMoment } from './moments.js';
import { DESIRED_REPLICAS, SCALE_DOWN_DEADLINE } from './names.js';
import { annotationOf, nameOf, revisionOf, sizeOf } from './replica-set.js';
import type { Scene } from './scene.js';

/** Changes to ReplicaSets, and when the next is due. */
export interface Scaling {
  readonly actions: readonly Action[];
  readonly requeueAtMs?: number | undefined;
}

/** Nothing to change. */
export const NO_SCALING: Scaling = { actions: [] };

/**
 * Gives a ReplicaSet its number of pods, and remembers of which number of the Rollout it is a part. One without pods has no
 * deadline any more, unless it is to be kept.
 */
export function scaleTo(
  scene: Scene,
  set: ReplicaSet,
  replicas: number,
  keepsDeadline = false,
): readonly Action[] {
  const desired = String(scene.replicas);
  const old = sizeOf(set);
  const hasDeadline = annotationOf(set, SCALE_DOWN_DEADLINE) !== undefined;
  const dropsDeadline = replicas === 0 && hasDeadline && !keepsDeadline;
  if (old === replicas && annotationOf(set, DESIRED_REPLICAS) === desired && !dropsDeadline) return [];
  const annotations = {
    [DESIRED_REPLICAS]: desired,
    ...(dropsDeadline ? { [SCALE_DOWN_DEADLINE]: null } : {}),
  };
  const scale: Action = { kind: 'scaleReplicaSet', name: nameOf(set), replicas, annotations };
  if (old === replicas) return [scale];
  const message = `Scaled ${old < replicas ? 'up' : 'down'} ReplicaSet ${nameOf(set)} (revision ${revisionOf(set)}) from ${old} to ${replicas}`;
  return [scale, { kind: 'event', type: 'Normal', reason: 'ScalingReplicaSet', message }];
}

/** Sets when a ReplicaSet is scaled down; null: it is not. */
export function setDeadline(set: ReplicaSet, atMs: number | null): Action {
  const deadline = atMs === null ? null : secondsMoment(atMs);
  return {
    kind: 'patchReplicaSet',
    name: nameOf(set),
    patch: { metadata: { annotations: { [SCALE_DOWN_DEADLINE]: deadline } } },
  };
}

/** Takes the deadline of a ReplicaSet that is used again away. */
export const dropDeadline = (set: ReplicaSet | undefined): readonly Action[] =>
  annotationOf(set, SCALE_DOWN_DEADLINE) === undefined || set === undefined ? [] : [setDeadline(set, null)];
