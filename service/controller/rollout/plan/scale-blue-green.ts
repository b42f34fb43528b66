import { HASH_LABEL } from './names.js';
import { deadlineOf, hashOf } from './replica-set.js';
import { earliest } from './moments.js';
import { isPromoted, pauseOf, setOfHash, type Scene, serviceNamed } from './scene.js';
import { isDelayedAfterAbort, scaleAfterAbort } from './scale-after-abort.js';
import { scaleOthers } from './scale-others.js';
import { dropDeadline, NO_SCALING, type Scaling, scaleTo } from './scaling.js';

/** How many pods the versions of a blue/green rollout are to have. */
export function scaleBlueGreen(scene: Scene): Scaling {
  const { newSet, stableSet, replicas, nowMs } = scene;
  const other = stableSet === newSet ? undefined : stableSet;
  const isActive = activeHash(scene) === hashOf(newSet);
  // One goes back to it without waiting as long as its deadline has not passed: it stays until it is the stable one.
  const keepsDeadline =
    isDelayedAfterAbort(scene) || (!isPromoted(scene) && (deadlineOf(newSet) ?? 0) > nowMs);
  const used = [...(keepsDeadline ? [] : dropDeadline(newSet)), ...dropDeadline(other)];
  const stable = other === undefined ? [] : scaleTo(scene, other, replicas);
  const latest =
    newSet === undefined
      ? NO_SCALING
      : (scaleAfterAbort(scene, !isActive) ?? { actions: scaleTo(scene, newSet, newCount(scene)) });
  const others = mayScaleOthers(scene) ? scaleOthers(scene) : NO_SCALING;
  return {
    actions: [...used, ...stable, ...latest.actions, ...others.actions],
    requeueAtMs: earliest([latest.requeueAtMs, others.requeueAtMs]),
  };
}

/** Hash that the active Service selects; empty: none. */
export const activeHash = (scene: Scene): string =>
  serviceNamed(scene, scene.blueGreen?.activeService)?.spec.selector?.[HASH_LABEL] ?? '';

/** Number of pods of the new version: that of the preview until it may be switched to. */
export function newCount(scene: Scene): number {
  const { blueGreen, replicas, all, status, newSet, spec } = scene;
  const preview = blueGreen?.previewReplicaCount;
  if (preview === undefined || status.promoteFull === true) return replicas;
  const active = setOfHash(all, status.blueGreen?.activeSelector ?? '');
  if (active === undefined || active === newSet) return replicas;
  const isPaused = spec.paused === true || (status.pauseConditions ?? []).length > 0;
  return status.blueGreen?.scaleUpPreviewCheckPoint === true && !isPaused ? replicas : preview;
}

/** The version of before is kept while an analysis may yet ask for it, unless a delay was named. */
function mayScaleOthers(scene: Scene): boolean {
  const { blueGreen, status, hash } = scene;
  const shown = status.blueGreen;
  if (pauseOf(scene, 'InconclusiveAnalysisRun') !== undefined) return false;
  const isJudged =
    blueGreen?.postPromotionAnalysis === undefined ||
    blueGreen.scaleDownDelaySeconds !== undefined ||
    status.stableRS === hash ||
    shown?.activeSelector !== hash;
  return isJudged || shown.postPromotionAnalysisRunStatus?.status === 'Successful';
}
