import { fields, readMeta, text } from '../../providers/kubernetes/index.js';
import { at, given, list, maybeNumber, number } from './json.js';
import { calculatedPhase } from './calculated-phase.js';

/** How a Rollout stands, as its users see it. */
export interface RolloutView {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly createdAtMs: number;
  readonly strategy: 'Canary' | 'BlueGreen' | '';
  /** Healthy, Progressing, Paused or Degraded. */
  readonly status: string;
  readonly message: string;
  /** `done/all` of a canary with steps. */
  readonly step: string;
  /** Share of the traffic that the steps ask for. */
  readonly setWeight: number;
  /** Share that is asked for when there are no steps left; 100 unless the router counts otherwise. */
  readonly maxWeight: number;
  readonly desired: number;
  readonly current: number;
  readonly updated: number;
  readonly ready: number;
  readonly available: number;
}

/** Reads a Rollout. What is absent is as Go reads it: zero or empty. */
export function viewRollout(json: unknown): RolloutView {
  const { name, namespace, uid, createdAtMs } = readMeta(at(json, 'metadata'));
  const status = fields(at(json, 'status'));
  const { phase, message } = phaseOf(json);
  return {
    ...{ name, namespace, uid, createdAtMs },
    strategy: strategyOf(json),
    ...{ status: phase, message },
    step: stepOf(json),
    setWeight: setWeight(json),
    maxWeight: maxWeight(json),
    desired: maybeNumber(at(json, 'spec', 'replicas')) ?? 1,
    current: number(status['replicas']),
    updated: number(status['updatedReplicas']),
    ready: number(status['readyReplicas']),
    available: number(status['availableReplicas']),
  };
}

/** Which of the two strategies a Rollout has. */
export function strategyOf(json: unknown): RolloutView['strategy'] {
  if (given(at(json, 'spec', 'strategy', 'canary'))) return 'Canary';
  return given(at(json, 'spec', 'strategy', 'blueGreen')) ? 'BlueGreen' : '';
}

/** The steps of a canary; none of anything else. */
export const stepsOf = (json: unknown): readonly Readonly<Record<string, unknown>>[] =>
  list(at(json, 'spec', 'strategy', 'canary', 'steps'));

/** Index of the step that a canary is at: the number of steps when all are done. Undefined: it has no steps. */
export function stepIndex(json: unknown): number | undefined {
  return stepsOf(json).length === 0 ? undefined : number(at(json, 'status', 'currentStepIndex'));
}

/**
 * Phase and message. What the controller wrote counts only for the spec that it has seen: a change that it has not is
 * progress, and so is a pause that was ended and that it has not gone on from.
 */
export function phaseOf(json: unknown): { readonly phase: string; readonly message: string } {
  const status = fields(at(json, 'status'));
  const observed = text(status['observedGeneration']);
  const generation = number(at(json, 'metadata', 'generation'));
  // A text that is no number, or a number too large, is of a controller that kept hashes there.
  if (/^\d+$/.test(observed) && Number(observed) < generation)
    return { phase: 'Progressing', message: 'waiting for rollout spec update to be observed' };
  if (status['controllerPause'] === true && list(status['pauseConditions']).length === 0)
    return { phase: 'Progressing', message: 'waiting for rollout to unpause' };
  const phase = text(status['phase']);
  return phase === '' ? calculatedPhase(json) : { phase, message: text(status['message']) };
}

function stepOf(json: unknown): string {
  const index = maybeNumber(at(json, 'status', 'currentStepIndex'));
  const { length } = stepsOf(json);
  return index === undefined || length === 0 ? '' : `${index}/${length}`;
}

function maxWeight(json: unknown): number {
  return maybeNumber(at(json, 'spec', 'strategy', 'canary', 'trafficRouting', 'maxTrafficWeight')) ?? 100;
}

/** The weight of the last `setWeight` up to the current step. */
function setWeight(json: unknown): number {
  if (at(json, 'status', 'abort') === true) return 0;
  const index = stepIndex(json);
  const steps = stepsOf(json);
  if (index === undefined || index >= steps.length) return maxWeight(json);
  const weights = steps.slice(0, index + 1).flatMap((step) => maybeNumber(step['setWeight']) ?? []);
  return weights.at(-1) ?? 0;
}
