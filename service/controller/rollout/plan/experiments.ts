import { isCompleted } from '../../../analysis/index.js';
import type { Experiment } from '../../../../schemas/index.js';
import type { Action, Destination, Json } from '../types.js';
import { othersThan, surplus } from './ended-runs.js';
import { experimentBaseName, newExperiment } from './new-experiment.js';
import { isOver } from './runs.js';
import { isPromoted, refusalOf, type Scene } from './scene.js';
import { servicePorts } from './service-ports.js';
import { currentStep } from './steps.js';

/** What is to be done about the experiments of a canary, and what they say. */
export interface ExperimentsPlan {
  /** Name of that of the current step, for the status. It is named there before it is created. */
  readonly current?: string;
  readonly actions: readonly Action[];
  /** Why the rollout ends. */
  readonly abort?: string;
  /** It could not tell. */
  readonly isInconclusive: boolean;
  /** That of the current step has ended well. */
  readonly isSuccessful: boolean;
}

/** What is to be done about that of the current step. */
type StepPlan = Partial<ExperimentsPlan>;

/** An experiment step begins one and waits for it; all others are ended. */
export function planExperiments(scene: Scene): ExperimentsPlan {
  const plan = isOver(scene) ? {} : planStep(scene);
  const kept = new Set(plan.current === undefined ? [] : [plan.current]);
  return {
    ...{ isInconclusive: false, isSuccessful: false, ...plan },
    actions: [...(plan.actions ?? []), ...endedActions(scene, kept)],
  };
}

function endedActions(scene: Scene, kept: ReadonlySet<string>): readonly Action[] {
  const others = othersThan(kept, scene.snapshot.experiments);
  const running = others.filter(
    ({ spec, status }) => spec.terminate !== true && !isCompleted(status?.phase ?? ''),
  );
  return [
    ...running.map(({ metadata }): Action => ({ kind: 'terminateExperiment', name: metadata?.name ?? '' })),
    ...surplus(scene, others).map((name): Action => ({ kind: 'deleteExperiment', name })),
  ];
}

function planStep(scene: Scene): StepPlan {
  if (currentStep(scene)?.experiment === undefined) return {};
  const recorded = recordedName(scene);
  const experiment = experimentNamed(scene, recorded);
  // One that could not tell goes on when somebody says so.
  const isHeld = (scene.status.pauseConditions ?? []).length > 0;
  if (isHeld) return recorded === undefined ? {} : { current: recorded };
  if (recorded === undefined || isUsedUp(scene, experiment)) return begin(scene, freeName(scene, recorded));
  return experiment === undefined ? begin(scene, recorded) : judged(recorded, experiment);
}

/** The experiment that the status names, if it is of this step. */
function recordedName(scene: Scene): string | undefined {
  const name = scene.status.canary?.currentExperiment ?? '';
  const base = experimentBaseName(scene);
  return name === base || name.startsWith(`${base}-`) ? name : undefined;
}

const experimentNamed = ({ snapshot }: Scene, name: string | undefined): Experiment | undefined =>
  snapshot.experiments.find(({ metadata }) => metadata?.name === name);

/** It told what it can: a retry after an abort, and going on after one that could not tell, begin another. */
function isUsedUp(scene: Scene, experiment: Experiment | undefined): boolean {
  const { controllerPause, abortedAt } = scene.status;
  if (experiment === undefined) return false;
  return controllerPause === true ? experiment.status?.phase === 'Inconclusive' : abortedAt !== undefined;
}

function freeName(scene: Scene, taken: string | undefined): string {
  const base = experimentBaseName(scene);
  const names = new Set(scene.snapshot.experiments.map(({ metadata }) => metadata?.name));
  const isFree = (name: string): boolean => !names.has(name) && name !== taken;
  if (isFree(base)) return base;
  let number = 1;
  while (!isFree(`${base}-${number}`)) number += 1;
  return `${base}-${number}`;
}

function begin(scene: Scene, name: string): StepPlan {
  const refusal = refusalOf(scene, 'Experiment', name);
  if (refusal !== undefined) return { abort: `Experiment can not be made: ${refusal}` };
  const built = newExperiment(scene, name);
  if (!built.ok) return { abort: `Experiment can not be made: ${built.message}` };
  return {
    current: name,
    actions: [
      { kind: 'createExperiment', experiment: built.experiment },
      { kind: 'event', type: 'Normal', reason: 'ExperimentCreated', message: `Created Experiment '${name}'` },
    ],
  };
}

function judged(current: string, { status }: Experiment): StepPlan {
  switch (status?.phase) {
    case 'Inconclusive':
      return { current, isInconclusive: true };
    case 'Failed':
    case 'Error': {
      const why = (status.message ?? '') === '' ? '' : `: ${status.message ?? ''}`;
      return { current, abort: `Experiment analysis phase is error/failed${why}` };
    }
    default:
      return { current, isSuccessful: status?.phase === 'Successful' };
  }
}

/** Versions of the experiment that runs now, with the shares of the traffic that its step gives them. */
export function experimentDestinations(scene: Scene): readonly Destination[] {
  const { status } = scene;
  const step = currentStep(scene)?.experiment;
  if (step === undefined || isPromoted(scene) || status.abort === true || status.promoteFull === true)
    return [];
  const experiment = experimentNamed(scene, recordedName(scene));
  if (experiment?.status?.phase !== 'Running') return [];
  return (experiment.status.templateStatuses ?? []).flatMap(
    ({ name, serviceName = '', podTemplateHash = '' }) => {
      const weight = step.templates.find((template) => template.name === name)?.weight;
      if (weight === undefined) return [];
      const template = experiment.spec.templates.find((each) => each.name === name)?.template ?? {};
      const port = portOf(template);
      return [{ serviceName, podTemplateHash, weight, ...(port === undefined ? {} : { port }) }];
    },
  );
}

/** The port of a Service of pods that requests are meant for: that named `http`, else the first. */
function portOf(template: Json): number | undefined {
  const ports = servicePorts(template);
  const { port } = ports.find(({ name }) => name === 'http') ?? ports[0] ?? {};
  return port;
}
