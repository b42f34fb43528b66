import type { RolloutAnalysis, RolloutStatus } from '../../../../schemas/index.js';
import { RUN_STEP, RUN_TYPE } from './names.js';
import type { Scene } from './scene.js';
import { currentStep, stepIndex } from './steps.js';

/** What a run of a rollout is for: the value of its label. */
export type RunKind = 'Step' | 'Background' | 'PrePromotion' | 'PostPromotion';

/** How the status of a Rollout tells of a run. */
export type RunStatus = NonNullable<NonNullable<RolloutStatus['canary']>['currentStepAnalysisRunStatus']>;

/** The runs that a rollout waits for, as its status tells of them. */
export type RunStatuses = Partial<Record<RunKind, RunStatus>>;

/** The runs that the status of a Rollout tells of. */
export function recordedRuns({ status: { canary, blueGreen } }: Scene): RunStatuses {
  return {
    ...(canary?.currentStepAnalysisRunStatus === undefined
      ? {}
      : { Step: canary.currentStepAnalysisRunStatus }),
    ...(canary?.currentBackgroundAnalysisRunStatus === undefined
      ? {}
      : { Background: canary.currentBackgroundAnalysisRunStatus }),
    ...(blueGreen?.prePromotionAnalysisRunStatus === undefined
      ? {}
      : { PrePromotion: blueGreen.prePromotionAnalysisRunStatus }),
    ...(blueGreen?.postPromotionAnalysisRunStatus === undefined
      ? {}
      : { PostPromotion: blueGreen.postPromotionAnalysisRunStatus }),
  };
}

/** The analysis that a Rollout asks for; undefined: none, or none with templates. */
export function analysisOf(scene: Scene, kind: RunKind): RolloutAnalysis | undefined {
  const { canary, blueGreen } = scene;
  const analysis = {
    Step: currentStep(scene)?.analysis,
    Background: canary?.analysis,
    PrePromotion: blueGreen?.prePromotionAnalysis,
    PostPromotion: blueGreen?.postPromotionAnalysis,
  }[kind];
  return (analysis?.templates ?? []).length === 0 ? undefined : analysis;
}

/** What the name of a run ends with, so that the runs of one version can be told apart. */
export const infixOf = (scene: Scene, kind: RunKind): string =>
  ({ Step: String(stepIndex(scene) ?? 0), Background: '', PrePromotion: 'pre', PostPromotion: 'post' })[kind];

/** Labels that say what a run is for. */
export const labelsOf = (scene: Scene, kind: RunKind): Readonly<Record<string, string>> => ({
  [RUN_TYPE]: kind,
  ...(kind === 'Step' ? { [RUN_STEP]: String(stepIndex(scene) ?? 0) } : {}),
});

/** How messages call it, as Argo Rollouts' do. */
export const TOLD: Readonly<Record<RunKind, string>> = {
  Step: 'Step-based analysis',
  Background: 'Background analysis',
  PrePromotion: 'Blue/green pre-promotion analysis',
  PostPromotion: 'Blue/green post-promotion analysis',
};
