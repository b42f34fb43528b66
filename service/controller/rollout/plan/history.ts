import type { Action } from '../types.js';
import { actualOf, byAge, nameOf, sizeOf } from './replica-set.js';
import { isReferenced } from './scale-others.js';
import type { Scene } from './scene.js';

/** How many older versions are kept where the Rollout says nothing. */
const KEPT = 10;

/** Older versions beyond `revisionHistoryLimit` are deleted, the oldest first, once they have no pods. */
export function historyActions(scene: Scene): readonly Action[] {
  const { others, spec } = scene;
  const surplus = others.length - (spec.revisionHistoryLimit ?? KEPT);
  if (surplus <= 0) return [];
  return others
    .toSorted(byAge)
    .slice(0, surplus)
    .filter(
      (set) =>
        sizeOf(set) === 0 &&
        actualOf(set) === 0 &&
        (set.metadata.generation ?? 0) <= (set.status?.observedGeneration ?? 0) &&
        !isReferenced(scene, set),
    )
    .map((set) => ({ kind: 'deleteReplicaSet', name: nameOf(set) }));
}
