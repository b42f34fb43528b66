import type { Counts } from './counts-by-pods.js';
import { availableOf } from './replica-set.js';
import type { Scene } from './scene.js';
import { canaryScale, isAllNew, maxWeight, stepsOf, stepWeight } from './steps.js';

/** How much of the traffic the versions have, as it is in effect. */
export interface Shares {
  readonly canary: number;
  readonly stable: number;
}

/**
 * How many pods the versions are to have where routers shift the traffic. The stable version keeps all of its pods, unless
 * `dynamicStableScale`: then each has what the larger of its share now and its share wanted asks for, so that pods are
 * there before traffic comes and stay until it has gone.
 */
export function countsByTraffic(scene: Scene, shares: Shares | undefined): Counts {
  const { replicas, canary, status } = scene;
  const scale = isAllNew(scene) ? undefined : canaryScale(scene);
  const weight = isAllNew(scene)
    ? maxWeight(scene)
    : scale?.replicas === undefined
      ? (scale?.weight ?? wantedWeight(scene))
      : 0;
  const wanted = scale?.replicas ?? atLeast(scene, podsFor(scene, weight));
  if (canary?.dynamicStableScale !== true) return { canary: wanted, stable: replicas };
  const stable = podsFor(scene, maxWeight(scene) - weight);
  if (shares === undefined) return { canary: atLeast(scene, wanted), stable: atLeast(scene, stable) };
  return {
    canary: atLeast(scene, status.abort === true ? Math.max(wanted, podsFor(scene, shares.canary)) : wanted),
    stable: atLeast(scene, Math.max(stable, podsFor(scene, shares.stable))),
  };
}

/** Pods that a weight asks for, rounded up. */
export const podsFor = (scene: Scene, weight: number): number =>
  Math.ceil((weight * scene.replicas) / maxWeight(scene));

/** Never fewer than `minPodsPerReplicaSet`, unless there are to be none. */
function atLeast({ canary, replicas }: Scene, count: number): number {
  const least = canary?.minPodsPerReplicaSet;
  return count === 0 || least === undefined ? count : Math.max(count, Math.min(least, replicas));
}

/**
 * The weight of the step. After an abort with `dynamicStableScale` the weights of the steps are gone through backwards, as
 * fast as stable pods become available: all at once would be a surge of new pods.
 */
export function wantedWeight(scene: Scene): number {
  const { canary, status, newSet, stableSet, replicas } = scene;
  if (
    status.abort !== true ||
    canary?.dynamicStableScale !== true ||
    newSet === undefined ||
    stableSet === undefined
  )
    return stepWeight(scene);
  const pods = Math.max(replicas - availableOf(stableSet), availableOf(newSet));
  const lower = stepsOf(scene).findLast(
    ({ setWeight }) => setWeight !== undefined && podsFor(scene, setWeight) < pods,
  );
  return lower?.setWeight ?? 0;
}
