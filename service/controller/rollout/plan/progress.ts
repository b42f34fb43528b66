import type { RolloutStatus } from '../../../../schemas/index.js';
import { conditionOf } from './conditions.js';
import { momentMs } from './moments.js';
import { annotationOf } from './replica-set.js';
import { SCALE_DOWN_DEADLINE } from './names.js';
import type { Scene } from './scene.js';
import { currentStep } from './steps.js';

/** Seconds without progress where the Rollout says nothing. */
const DEADLINE = 600;

/** It runs the newest version, and nothing else, with all of its pods. */
export function isHealthy(scene: Scene, status: RolloutStatus): boolean {
  const { rollout, replicas, blueGreen, canary } = scene;
  const current = status.currentPodHash ?? '';
  const isSwitched =
    blueGreen === undefined ||
    (status.blueGreen?.activeSelector === current &&
      ((blueGreen.previewService ?? '') === '' || status.blueGreen.previewSelector === current));
  const steps = canary?.steps?.length ?? 0;
  const isThrough =
    canary === undefined ||
    ((steps === 0 || status.currentStepIndex === undefined || status.currentStepIndex === steps) &&
      isComplete(status) &&
      (status.replicas ?? 0) === replicas);
  return (
    (status.updatedReplicas ?? 0) === replicas &&
    (status.availableReplicas ?? 0) === replicas &&
    scene.status.observedGeneration === String(rollout.metadata?.generation ?? 0) &&
    isSwitched &&
    isThrough
  );
}

/** The newest version is the stable one. */
export const isComplete = ({ stableRS = '', currentPodHash }: RolloutStatus): boolean =>
  stableRS !== '' && stableRS === currentPodHash;

/** Something has moved between two statuses: pods came or went, a step was done, a Service was switched. */
export function hasMoved(old: RolloutStatus, now: RolloutStatus): boolean {
  // What is empty is not stored.
  const differs = (was: string | undefined, is: string | undefined): boolean => (was ?? '') !== (is ?? '');
  const older = (status: RolloutStatus): number => (status.replicas ?? 0) - (status.updatedReplicas ?? 0);
  return (
    differs(old.stableRS, now.stableRS) ||
    (old.currentStepIndex !== undefined &&
      now.currentStepIndex !== undefined &&
      old.currentStepIndex !== now.currentStepIndex) ||
    differs(old.currentStepHash, now.currentStepHash) ||
    differs(old.blueGreen?.activeSelector, now.blueGreen?.activeSelector) ||
    differs(old.blueGreen?.previewSelector, now.blueGreen?.previewSelector) ||
    (old.updatedReplicas ?? 0) !== (now.updatedReplicas ?? 0) ||
    older(now) < older(old) ||
    (now.readyReplicas ?? 0) > (old.readyReplicas ?? 0) ||
    (now.availableReplicas ?? 0) > (old.availableReplicas ?? 0)
  );
}

/** It may take as long as it takes: somebody, an analysis or a delay is waited for. */
export function isPatient(scene: Scene): boolean {
  const step = currentStep(scene);
  return (
    step?.analysis !== undefined ||
    step?.experiment !== undefined ||
    step?.pause !== undefined ||
    conditionOf(scene.status.conditions ?? [], 'Paused')?.status === 'True' ||
    scene.others.some((set) => annotationOf(set, SCALE_DOWN_DEADLINE) !== undefined)
  );
}

/** When there has been no progress for too long, epoch ms. Undefined: it is not a question of time, or it was so already. */
export function progressDeadlineMs({ spec, status }: Scene): number | undefined {
  const condition = conditionOf(status.conditions ?? [], 'Progressing');
  if (
    condition === undefined ||
    ['RolloutAborted', 'RolloutPaused', 'ProgressDeadlineExceeded'].includes(condition.reason)
  )
    return undefined;
  return momentMs(condition.lastUpdateTime) + (spec.progressDeadlineSeconds ?? DEADLINE) * 1000;
}

/** No progress was made for longer than the Rollout allows. */
export function isTimedOut(scene: Scene): boolean {
  const condition = conditionOf(scene.status.conditions ?? [], 'Progressing');
  if (condition?.reason === 'ProgressDeadlineExceeded') return true;
  const deadlineMs = progressDeadlineMs(scene);
  return deadlineMs !== undefined && scene.nowMs >= deadlineMs;
}
