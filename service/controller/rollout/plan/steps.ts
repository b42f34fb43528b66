import type { CanaryStep } from '../../../../schemas/index.js';
import { isFirst, isPromoted, type Scene } from './scene.js';

/** A step that moves the canary, with what it asks for. */
type CanaryScale = NonNullable<CanaryStep['setCanaryScale']>;

/** The steps of a canary; empty: it has none. */
export const stepsOf = ({ canary }: Scene): readonly CanaryStep[] => canary?.steps ?? [];

/** Weight that is all of the traffic. */
export const maxWeight = ({ canary }: Scene): number => canary?.trafficRouting?.maxTrafficWeight ?? 100;

/** Index of the step, from 0; that after the last one: all are done. Undefined: there are no steps. */
export const stepIndex = (scene: Scene): number | undefined =>
  stepsOf(scene).length === 0 ? undefined : (scene.status.currentStepIndex ?? 0);

/** The step; undefined: there is none left. */
export const currentStep = (scene: Scene): CanaryStep | undefined => stepsOf(scene)[stepIndex(scene) ?? 0];

/** No step is left, or there was none. */
export const isThroughSteps = (scene: Scene): boolean => currentStep(scene) === undefined;

/** The steps up to the current one, that one first. */
const stepsSoFar = (scene: Scene): readonly CanaryStep[] =>
  stepsOf(scene)
    .slice(0, (stepIndex(scene) ?? 0) + 1)
    .toReversed();

/** The weight of the last `setWeight` up to this step; all of it when no step is left; 0 after an abort. */
export function stepWeight(scene: Scene): number {
  if (scene.status.abort === true) return 0;
  if (isThroughSteps(scene)) return maxWeight(scene);
  return stepsSoFar(scene).find(({ setWeight }) => setWeight !== undefined)?.setWeight ?? 0;
}

/** The weight of the last `setWeight` before this step. */
export function weightBefore(scene: Scene): number {
  const [, ...before] = isThroughSteps(scene) ? [undefined, ...stepsSoFar(scene)] : stepsSoFar(scene);
  return before.find((step) => step?.setWeight !== undefined)?.setWeight ?? 0;
}

/** The number of pods that a step has set whatever the traffic; undefined: the traffic says it. */
export function canaryScale(scene: Scene): CanaryScale | undefined {
  const { canary, status } = scene;
  if (canary?.trafficRouting === undefined) return undefined;
  // After an abort it counts only where the canary is to stay for good.
  if (status.abort === true && canary.abortScaleDownDelaySeconds !== 0) return undefined;
  if (isThroughSteps(scene)) return undefined;
  const scale = stepsSoFar(scene).find(({ setCanaryScale }) => setCanaryScale !== undefined)?.setCanaryScale;
  return scale?.matchTrafficWeight === true ? undefined : scale;
}

/** All of the pods are to be of the new version: there is nothing else, or somebody wants it so. */
export const isAllNew = (scene: Scene): boolean =>
  scene.status.promoteFull === true || isFirst(scene) || isPromoted(scene);

/** The step in a word or two, as Argo Rollouts' events have it. */
export function describeStep(step: CanaryStep): string {
  const { setWeight, pause, experiment, analysis, setCanaryScale: scale } = step;
  const { setHeaderRoute, setMirrorRoute } = step;
  if (setWeight !== undefined) return `setWeight: ${setWeight}`;
  if (pause !== undefined) return pause.duration === undefined ? 'pause' : `pause: ${pause.duration}`;
  if (experiment !== undefined) return 'experiment';
  if (analysis !== undefined) return 'analysis';
  if (scale?.weight !== undefined) return `setCanaryScale{weight: ${scale.weight}}`;
  if (scale?.matchTrafficWeight === true) return 'setCanaryScale{matchTrafficWeight: true}';
  if (scale?.replicas !== undefined) return `setCanaryScale{replicas: ${scale.replicas}}`;
  if (setHeaderRoute !== undefined) return `setHeaderRoute: ${setHeaderRoute.name ?? ''}`;
  if (setMirrorRoute !== undefined) return `setMirrorRoute: ${setMirrorRoute.name}`;
  return 'invalid';
}
