import { isCompleted } from '../../../analysis/index.js';
import { earliest, secondsMoment } from '../../rollout/plan/moments.js';
import type { SpecFault } from '../../rollout/plan/spec-fault.js';
import { statusPatch } from '../../rollout/plan/status-patch.js';
import type { ExperimentAction, ExperimentPlan, ExperimentSnapshot, ExperimentStatus } from '../types.js';
import { type AnalysisPlan, planAnalysis } from './analyses.js';
import { assess, assessTemplates } from './assess.js';
import { conditionsOf, invalidConditions } from './experiment-conditions.js';
import { endsAtMs, type ExperimentScene, isEnding, sceneOf } from './scene.js';
import { planTemplate, type TemplatePlan } from './templates.js';
import { faultsOf } from './validate.js';

/**
 * What is to be done about an Experiment, from what is there: the same snapshot gives the same plan, and once nothing is left
 * to be done the plan is empty. The status comes first, so that what is begun is known and nothing is begun twice. The
 * behaviour is that of Argo Rollouts 1.10, but for this: how an analysis ends is told also when it was ended with its
 * experiment, and a run that nobody measures is an Error.
 */
export function planExperiment(snapshot: ExperimentSnapshot): ExperimentPlan {
  const scene = sceneOf(snapshot);
  if (scene.experiment.metadata?.deletionTimestamp !== undefined) return { actions: [] };
  const faults = faultsOf(scene);
  if (faults.length > 0) return planInvalid(scene, faults);
  const templates = scene.spec.templates.map((template) => planTemplate(scene, template));
  const analyses = (scene.spec.analyses ?? []).map((analysis) => planAnalysis(scene, analysis));
  const status = statusOf(scene, templates, analyses);
  const plans = [...templates, ...analyses];
  const requeueAtMs = earliest([...plans.map((plan) => plan.requeueAtMs), endOf(scene, status)]);
  return {
    actions: [
      ...writes(scene, status),
      ...plans.flatMap(({ events }) => events),
      ...phaseEvents(scene.status, status),
      ...plans.flatMap(({ actions }) => actions),
    ],
    ...(requeueAtMs === undefined ? {} : { requeueAtMs }),
  };
}

function writes({ status: before }: ExperimentScene, after: ExperimentStatus): readonly ExperimentAction[] {
  const patch = statusPatch(before, after);
  return patch === undefined ? [] : [{ kind: 'patchStatus', patch }];
}

function planInvalid(scene: ExperimentScene, faults: readonly SpecFault[]): ExperimentPlan {
  const told = invalidConditions(scene, faults);
  if (told === undefined) return { actions: [] };
  const { conditions, message } = told;
  return {
    actions: [
      ...writes(scene, { ...scene.status, conditions }),
      { kind: 'event', type: 'Warning', reason: 'InvalidSpec', message },
    ],
  };
}

function statusOf(
  scene: ExperimentScene,
  templates: readonly TemplatePlan[],
  analyses: readonly AnalysisPlan[],
): ExperimentStatus {
  const seen: ExperimentStatus = {
    ...scene.status,
    templateStatuses: templates.map(({ status }) => status),
    analysisRuns: analyses.map(({ status }) => status),
  };
  const judged = withPhase(scene, seen);
  return { ...judged, conditions: conditionsOf(scene, judged) };
}

/** A phase that is final stays. */
function withPhase({ spec, nowMs }: ExperimentScene, seen: ExperimentStatus): ExperimentStatus {
  const { phase: before = '', message: _old, ...rest } = seen;
  if (before === '') return { ...seen, phase: 'Pending' };
  if (isCompleted(before)) return seen;
  const { phase, message } = assess(spec, seen);
  const isAvailable = assessTemplates(seen.templateStatuses ?? []).phase === 'Running';
  return {
    ...rest,
    ...(isAvailable && seen.availableAt === undefined ? { availableAt: secondsMoment(nowMs) } : {}),
    ...{ phase, ...(message === '' ? {} : { message }) },
  };
}

/** When it has run long enough, epoch ms; undefined: it comes to its end already, or runs for as long as somebody wants. */
function endOf({ spec }: ExperimentScene, status: ExperimentStatus): number | undefined {
  return isEnding(spec, status) ? undefined : endsAtMs(spec, status);
}

function phaseEvents(
  before: ExperimentStatus,
  { phase = '' }: ExperimentStatus,
): readonly ExperimentAction[] {
  const old = before.phase ?? '';
  if (old === phase) return [];
  const isBad = isCompleted(phase) && phase !== 'Successful';
  return [
    {
      ...{ kind: 'event', type: isBad ? 'Warning' : 'Normal', reason: `Experiment${phase}` },
      message: `Experiment transitioned from ${old} -> ${phase}`,
    },
  ];
}
