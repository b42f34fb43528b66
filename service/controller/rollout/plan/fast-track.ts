import { EXPERIMENT_NAME } from './names.js';
import { annotationOf, createdAtMs, deadlineOf } from './replica-set.js';
import { isPromoted, type Scene } from './scene.js';

/** One goes back to a version that is older than the stable one, and not further than `rollbackWindow` says. */
export function isWithinWindow({ newSet, stableSet, all, spec }: Scene): boolean {
  const window = spec.rollbackWindow?.revisions ?? 0;
  if (newSet === undefined || stableSet === undefined || window <= 0) return false;
  const [from, to] = [createdAtMs(stableSet), createdAtMs(newSet)];
  if (to >= from) return false;
  const between = all.filter((set) => {
    const at = createdAtMs(set);
    return annotationOf(set, EXPERIMENT_NAME) === undefined && to < at && at < from;
  });
  return between.length < window;
}

/**
 * One goes back to a version that was good: the stable one, one within the window, or one of a blue/green rollout that has
 * not been scaled down yet. Steps, pauses and analyses are skipped.
 */
export function isFastTrack(scene: Scene): boolean {
  const { newSet, stableSet, blueGreen, nowMs } = scene;
  if (newSet === undefined || stableSet === undefined) return false;
  if (isPromoted(scene) || isWithinWindow(scene)) return true;
  const isOlder = createdAtMs(newSet) < createdAtMs(stableSet);
  return blueGreen !== undefined && isOlder && (deadlineOf(newSet) ?? 0) > nowMs;
}
