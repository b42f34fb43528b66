import type { RolloutStatus } from '../../../../schemas/index.js';
import { momentMs, pauseSeconds, secondsMoment } from './moments.js';
import type { PauseReason } from './names.js';
import { pauseOf, type Scene } from './scene.js';
import { currentStep } from './steps.js';

/** What becomes of the pauses of a rollout. */
export interface PauseChange {
  readonly add: readonly PauseReason[];
  readonly remove: readonly PauseReason[];
}

/** Nothing becomes of them. */
export const NO_CHANGE: PauseChange = { add: [], remove: [] };

type Pauses = Pick<RolloutStatus, 'pauseConditions' | 'controllerPause'>;

/**
 * The pauses after a change. `controllerPause` without any pause is how a person's promotion looks (`kubectl argo rollouts
 * promote` takes the pauses away): it is seen once, and then gone. Where a person has paused the Rollout it waits for the end of
 * that, which the same command asks for with its next request.
 */
export function changedPauses({ spec, status, nowMs }: Scene, { add, remove }: PauseChange): Pauses {
  const old = status.pauseConditions ?? [];
  const kept = old.filter(({ reason }) => !remove.some((each) => each === reason));
  const added = [...new Set(add)].filter((reason) => !old.some((pause) => pause.reason === reason));
  const all = [...kept, ...added.map((reason) => ({ reason, startTime: secondsMoment(nowMs) }))];
  if (all.length === 0)
    return spec.paused === true && status.controllerPause === true ? { controllerPause: true } : {};
  return {
    pauseConditions: all,
    ...(added.length > 0 || status.controllerPause === true ? { controllerPause: true } : {}),
  };
}

/** A person has ended the pause. */
export const isResumed = (scene: Scene, reason: PauseReason): boolean =>
  scene.status.controllerPause === true && pauseOf(scene, reason) === undefined;

/** When a pause ends by itself, epoch ms; undefined: it does not, or has not begun. */
function pauseEndMs(scene: Scene, reason: PauseReason, seconds: number | undefined): number | undefined {
  const pause = pauseOf(scene, reason);
  return pause === undefined || seconds === undefined
    ? undefined
    : momentMs(pause.startTime) + seconds * 1000;
}

/** How a pause stands. */
export type PauseState =
  | { readonly kind: 'notBegun' }
  | { readonly kind: 'waiting'; readonly endMs?: number }
  | { readonly kind: 'over' };

/** How the pause of the current step stands. */
export function stepPause(scene: Scene): PauseState {
  const duration = currentStep(scene)?.pause?.duration;
  const seconds = duration === undefined ? undefined : pauseSeconds(duration);
  return pauseState(scene, 'CanaryPauseStep', seconds);
}

/** How the pause before a switch stands; `notBegun` too where there is none. */
export function switchPause(scene: Scene): PauseState {
  const { blueGreen, status } = scene;
  if (status.blueGreen?.scaleUpPreviewCheckPoint === true || !needsSwitchPause(scene))
    return { kind: 'over' };
  const seconds = blueGreen?.autoPromotionEnabled === false ? undefined : blueGreen?.autoPromotionSeconds;
  return pauseState(scene, 'BlueGreenPause', seconds);
}

/** The switch waits for a person, or for a time. */
export const needsSwitchPause = ({ blueGreen }: Scene): boolean =>
  blueGreen?.autoPromotionEnabled === false || (blueGreen?.autoPromotionSeconds ?? 0) > 0;

function pauseState(scene: Scene, reason: PauseReason, seconds: number | undefined): PauseState {
  if (isResumed(scene, reason)) return { kind: 'over' };
  if (pauseOf(scene, reason) === undefined) return { kind: 'notBegun' };
  const endMs = pauseEndMs(scene, reason, seconds);
  if (endMs === undefined) return { kind: 'waiting' };
  return scene.nowMs >= endMs ? { kind: 'over' } : { kind: 'waiting', endMs };
}
