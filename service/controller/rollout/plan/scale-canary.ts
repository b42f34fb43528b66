import type { Action } from '../types.js';
import { countsOf, sharesOf } from './at-counts.js';
import { earliest } from './moments.js';
import { hashOf, sizeOf } from './replica-set.js';
import { isDelayedAfterAbort, scaleAfterAbort } from './scale-after-abort.js';
import { scaleOthers } from './scale-others.js';
import { dropDeadline, NO_SCALING, type Scaling, scaleTo } from './scaling.js';
import { haltReason, type Scene } from './scene.js';
import type { TrafficPlan } from './traffic.js';

/** How many pods the versions of a canary are to have. */
export function scaleCanary(scene: Scene, traffic: TrafficPlan): Scaling {
  const { newSet, stableSet } = scene;
  if (haltReason(scene) !== undefined && scene.status.abort !== true) return NO_SCALING;
  const other = stableSet === newSet ? undefined : stableSet;
  const used = [...(isDelayedAfterAbort(scene) ? [] : dropDeadline(newSet)), ...dropDeadline(other)];
  // Of the traffic that was in effect before: pods go only after it.
  const counts = countsOf(scene, sharesOf(scene));
  const stable = other === undefined ? [] : scaleTo(scene, other, counts.stable);
  const isUnused = hasLeft(scene, traffic);
  const latest =
    newSet === undefined
      ? NO_SCALING
      : (scaleAfterAbort(scene, isUnused) ?? { actions: scaleNew(scene, counts.canary, isUnused) });
  const others = scaleOthers(scene);
  return {
    actions: [...used, ...stable, ...latest.actions, ...others.actions],
    requeueAtMs: earliest([latest.requeueAtMs, others.requeueAtMs]),
  };
}

/** After an abort pods go only when their traffic has; with a delay of 0 they stay for good. */
function scaleNew(scene: Scene, count: number, isUnused: boolean): readonly Action[] {
  const { newSet, status, canary } = scene;
  if (newSet === undefined) return [];
  const isDynamic = canary?.trafficRouting !== undefined && canary.dynamicStableScale === true;
  const stays = canary?.trafficRouting !== undefined && canary.abortScaleDownDelaySeconds === 0;
  const mustWait = status.abort === true && (stays || (!isUnused && !isDynamic));
  return scaleTo(scene, newSet, mustWait ? Math.max(count, sizeOf(newSet)) : count);
}

/** No traffic goes to the canary, and the routers have been seen to have it so. */
function hasLeft({ canary, newSet }: Scene, { weights, isInEffect }: TrafficPlan): boolean {
  if (canary?.trafficRouting === undefined) return true;
  const isNamed = weights?.canary.podTemplateHash === hashOf(newSet);
  return isInEffect && (weights === undefined || weights.canary.weight === 0 || !isNamed);
}
