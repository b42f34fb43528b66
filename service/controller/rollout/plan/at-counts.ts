import type { CanaryStrategy } from '../../../../schemas/index.js';
import type { ReplicaSet } from '../types.js';
import { type Counts, countsByPods } from './counts-by-pods.js';
import { countsByTraffic, type Shares } from './counts-by-traffic.js';
import { actualOf, availableOf, sizeOf, total } from './replica-set.js';
import type { Scene } from './scene.js';

/** How many pods the two versions are to have. */
export const countsOf = (scene: Scene, shares: Shares | undefined): Counts =>
  scene.canary?.trafficRouting === undefined ? countsByPods(scene) : countsByTraffic(scene, shares);

/** Shares of the traffic that are in effect, as the status tells. */
export function sharesOf({ status }: Scene): Shares | undefined {
  const weights = status.canary?.weights;
  return weights === undefined ? undefined : { canary: weights.canary.weight, stable: weights.stable.weight };
}

/** The pods that a step asks for are there: available ones of the canary, and those of the stable version. */
export function isAtCounts(scene: Scene, shares: Shares | undefined): boolean {
  const { canary, newSet, stableSet, others } = scene;
  const counts = countsOf(scene, shares);
  if (!meetsThreshold(canary?.replicaProgressThreshold, newSet, counts.canary)) return false;
  if (canary?.trafficRouting !== undefined && canary.dynamicStableScale === true) return true;
  if (stableSet === undefined || sizeOf(stableSet) !== counts.stable || actualOf(stableSet) !== counts.stable)
    return false;
  return canary?.trafficRouting !== undefined || total(others, availableOf) === 0;
}

/** Enough of the pods wanted are available: all of them, unless the strategy asks for fewer. */
export function meetsThreshold(
  threshold: CanaryStrategy['replicaProgressThreshold'],
  set: ReplicaSet | undefined,
  wanted: number,
): boolean {
  if (set === undefined) return false;
  if (threshold === undefined || threshold.value < 0)
    return sizeOf(set) === wanted && availableOf(set) === wanted;
  if (!threshold.type.startsWith('Percent')) return availableOf(set) >= threshold.value;
  return wanted === 0 || availableOf(set) * 100 >= threshold.value * wanted;
}
