import {
  conditionOf,
  type Conditions,
  setCondition,
  withoutCondition,
} from '../../rollout/plan/conditions.js';
import type { SpecFault } from '../../rollout/plan/spec-fault.js';
import type { ExperimentStatus } from '../types.js';
import { endsAtMs, type ExperimentScene, templateStatusOf } from './scene.js';

/** The conditions of an Experiment, with Argo Rollouts' reasons and messages. */
export function conditionsOf(scene: ExperimentScene, status: ExperimentStatus): Conditions {
  const { name, nowMs } = scene;
  const conditions = withoutCondition(status.conditions ?? [], 'InvalidSpec');
  const progressing = (
    state: 'True' | 'False',
    reason: string,
    message: string,
    refresh = false,
  ): Conditions =>
    setCondition(conditions, { type: 'Progressing', status: state, reason, message }, nowMs, refresh);
  if (status.phase === 'Successful')
    return progressing(
      ...(['False', 'ExperimentCompleted'] as const),
      `Experiment "${name}" has successfully ran and completed.`,
    );
  if (hasMoved(scene, status))
    return progressing('True', 'ReplicaSetUpdated', `Experiment "${name}" is progressing.`, true);
  return isRunning(scene)
    ? progressing('True', 'NewReplicaSetAvailable', `Experiment "${name}" is running.`)
    : conditions;
}

const COUNTS = ['replicas', 'updatedReplicas', 'readyReplicas', 'availableReplicas'] as const;

/** Pods have come or gone. */
function hasMoved({ status: before }: ExperimentScene, { templateStatuses = [] }: ExperimentStatus): boolean {
  return templateStatuses.some((now) => {
    const old = templateStatusOf(before, now.name);
    return old === undefined || COUNTS.some((count) => old[count] !== now[count]);
  });
}

function isRunning({ spec, status, nowMs }: ExperimentScene): boolean {
  const endMs = endsAtMs(spec, status);
  return status.availableAt !== undefined && (endMs === undefined || nowMs < endMs);
}

/** An Experiment that can not be carried out says why. Nothing new: undefined. */
export function invalidConditions(
  { name, status, nowMs }: ExperimentScene,
  faults: readonly SpecFault[],
): { readonly conditions: Conditions; readonly message: string } | undefined {
  const message = faults.map((fault) => `${fault.path}: ${fault.message}`).join('; ');
  const old = status.conditions ?? [];
  if (conditionOf(old, 'InvalidSpec')?.message === message) return undefined;
  const wanted = { type: 'InvalidSpec', status: 'True', reason: 'InvalidSpec', message };
  return {
    conditions: setCondition(old, wanted, nowMs, true),
    message: `The Experiment "${name}" is invalid: ${message}`,
  };
}
