import { availableOf, sizeOf, total } from './replica-set.js';
import type { Scene } from './scene.js';
import { isAllNew, maxWeight, stepWeight } from './steps.js';
import { surgeOf } from './surge.js';

/** How many pods the two versions are to have. */
export interface Counts {
  readonly canary: number;
  readonly stable: number;
}

/**
 * How many pods the versions are to have next where their number shifts the traffic: as near to the weight as whole pods
 * allow, in moves that never leave more than `maxSurge` pods too many nor more than `maxUnavailable` too few
 * (Argo Rollouts' `CalculateReplicaCountsForBasicCanary`).
 */
export function countsByPods(scene: Scene): Counts {
  const { replicas, newSet, others } = scene;
  const stableSet = scene.stableSet === newSet ? undefined : scene.stableSet;
  const { surge, unavailable } = surgeOf(scene);
  const weight = isAllNew(scene) ? maxWeight(scene) : stepWeight(scene);
  const goal =
    stableSet === undefined
      ? { canary: replicas, stable: 0 }
      : nearest(replicas, weight, maxWeight(scene), surge);
  const grown = grow(
    { canary: sizeOf(newSet), stable: sizeOf(stableSet) },
    goal,
    replicas + surge - total(others, sizeOf),
  );
  const now: Pods = {
    canary: { size: sizeOf(newSet), available: availableOf(newSet) },
    stable: { size: sizeOf(stableSet), available: availableOf(stableSet) },
  };
  // Older versions go first: they serve traffic that nobody wants.
  if (total(others, sizeOf) > 0) return grown;
  return shrink(now, goal, grown, { most: replicas + surge, least: replicas - unavailable });
}

type Pods = Readonly<Record<keyof Counts, { readonly size: number; readonly available: number }>>;

/** The stable version first, as it carries the traffic. */
function grow(size: Counts, goal: Counts, most: number): Counts {
  const room = Math.max(0, most - size.canary - size.stable);
  const stable = Math.min(Math.max(goal.stable - size.stable, 0), room);
  const canary = Math.min(Math.max(goal.canary - size.canary, 0), room - stable);
  return { stable: size.stable + stable, canary: size.canary + canary };
}

/**
 * Takes pods from the version that is to lose some. Of this one all pods count, of the other only those that are available:
 * what is going away is no reason to wait, even when it crashes.
 */
function shrink(
  now: Pods,
  goal: Counts,
  grown: Counts,
  { most, least }: { readonly most: number; readonly least: number },
): Counts {
  const losing = goal.canary >= now.canary.size ? 'stable' : 'canary';
  const other = losing === 'stable' ? 'canary' : 'stable';
  const counted = now[losing].size + Math.min(now[other].size, now[other].available);
  if (counted <= least || now[losing].size === 0) return grown;
  const left =
    now[losing].size > goal[losing]
      ? Math.max(goal[losing], now[losing].size - (counted - least))
      : grown[losing];
  const sized = withinLimits(
    { losing: left, other: grown[other] },
    now[losing].available,
    now[other].available,
    { most, least },
  );
  return losing === 'stable'
    ? { stable: sized.losing, canary: sized.other }
    : { stable: sized.other, canary: sized.losing };
}

/** Takes what is beyond the surge from the other version, as long as enough pods stay available; the rest from the losing one. */
function withinLimits(
  size: { readonly losing: number; readonly other: number },
  losingAvailable: number,
  otherAvailable: number,
  { most, least }: { readonly most: number; readonly least: number },
): { readonly losing: number; readonly other: number } {
  const cut = size.other - Math.max(0, size.other + size.losing - most);
  const available = Math.min(losingAvailable, size.losing) + Math.min(otherAvailable, cut);
  const other = cut + Math.min(Math.max(0, otherAvailable - cut), Math.max(0, least - available));
  return { other, losing: size.losing - Math.max(0, other + size.losing - most) };
}

/**
 * The whole numbers of pods whose share is nearest to the weight, with one pod more where a surge is allowed; between two
 * that are equally near the one with more canary pods. With two pods or more no version is left with none, unless the
 * weight is none or all.
 */
export function nearest(replicas: number, weight: number, maximum: number, surge: number): Counts {
  if (replicas === 0) return { canary: 0, stable: 0 };
  const share = (replicas * weight) / maximum;
  const [low, high] = [Math.floor(share), Math.ceil(share)];
  const mayBeNone = weight === maximum || weight === 0 || (replicas === 1 && surge === 0);
  const lowMakesSense = low !== 0 || mayBeNone;
  const options: (readonly [number, number])[] = [];
  if (high < replicas || mayBeNone) options.push([high, replicas]);
  if (!isTie(replicas, weight, maximum) && lowMakesSense) options.push([low, replicas]);
  if (surge > 0) {
    options.push([high, replicas + 1]);
    if (!isTie(replicas + 1, weight, maximum) && lowMakesSense) options.push([low, replicas + 1]);
  }
  const far = ([canary, all]: readonly [number, number]): number =>
    Math.abs((canary * maximum) / all - weight);
  const [first, ...rest] = options;
  if (first === undefined) return { canary: 0, stable: replicas };
  const [canary, all] = rest.reduce((best, option) => (far(option) < far(best) ? option : best), first);
  return { canary, stable: all - canary };
}

const isTie = (replicas: number, weight: number, maximum: number): boolean =>
  (replicas * (weight / maximum)) % 1 === 0.5;
