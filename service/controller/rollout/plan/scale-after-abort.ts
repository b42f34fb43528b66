import { momentMs, secondsMoment } from './moments.js';
import { availableOf, deadlineOf, sizeOf } from './replica-set.js';
import { type Scaling, scaleTo, setDeadline } from './scaling.js';
import type { Scene } from './scene.js';

/** Seconds for which an aborted version stays where the Rollout says nothing. */
const DELAY = 30;

/**
 * What becomes of the pods of a version that was given up: they stay until a deadline, which is set once the stable version has
 * all of its pods, and as long as something goes to them (`isUnused` false). Until that has ended the deadline is put off, so that
 * at least half of the delay is left for what is under way then. Undefined: they have no deadline, and follow the weight.
 */
export function scaleAfterAbort(scene: Scene, isUnused: boolean): Scaling | undefined {
  const { newSet, stableSet, replicas, nowMs } = scene;
  const seconds = delayOf(scene);
  if (newSet === undefined || stableSet === undefined || seconds === undefined) return undefined;
  const stay = scaleTo(scene, newSet, sizeOf(newSet), true);
  const deadlineMs = deadlineOf(newSet);
  if (deadlineMs === undefined && availableOf(stableSet) < replicas) return { actions: stay };
  if (deadlineMs !== undefined && isUnused) {
    if (nowMs < deadlineMs) return { actions: stay, requeueAtMs: deadlineMs };
    return { actions: scaleTo(scene, newSet, 0, true) };
  }
  const halfMs = seconds * 500;
  if (deadlineMs !== undefined && nowMs < deadlineMs - halfMs)
    return { actions: stay, requeueAtMs: deadlineMs - halfMs };
  const atMs = nowMs + 2 * halfMs;
  // It is kept in whole seconds.
  const isSet = deadlineMs !== undefined && momentMs(secondsMoment(atMs)) === deadlineMs;
  return {
    actions: isSet ? stay : [...stay, setDeadline(newSet, atMs)],
    requeueAtMs: isUnused ? atMs : nowMs + halfMs,
  };
}

/** Undefined: there is no delay, or they stay for good. */
function delayOf({ canary, blueGreen, status, stableSet, newSet }: Scene): number | undefined {
  if (status.abort !== true || stableSet === newSet) return undefined;
  if (canary !== undefined && canary.trafficRouting === undefined) return undefined;
  const set = canary?.abortScaleDownDelaySeconds ?? blueGreen?.abortScaleDownDelaySeconds;
  if (set === 0 || (set === undefined && canary?.dynamicStableScale === true)) return undefined;
  return set ?? DELAY;
}

/** A deadline after an abort is under way: it is not taken away. */
export const isDelayedAfterAbort = (scene: Scene): boolean => delayOf(scene) !== undefined;
