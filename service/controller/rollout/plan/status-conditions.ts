import type { RolloutStatus } from '../../../../schemas/index.js';
import type { Action } from '../types.js';
import { type Conditions, conditionOf, setCondition, type Wanted, withoutCondition } from './conditions.js';
import { hasMoved, isComplete, isHealthy, isPatient, isTimedOut } from './progress.js';
import { availableOf, isSaturated, nameOf, revisionOf, total } from './replica-set.js';
import { setOfHash, type Scene } from './scene.js';

/** What conditions are made of, beside the scene. */
export interface ConditionFacts {
  /** The status to be, without its conditions. */
  readonly status: RolloutStatus;
  /** Why it was given up just now. */
  readonly abortMessage?: string | undefined;
  /** What keeps traffic from going where it should. */
  readonly trafficFault?: string | undefined;
}

/** The conditions of a Rollout, with Argo Rollouts' reasons and messages; events of those that are new. */
export function conditionsOf(
  scene: Scene,
  facts: ConditionFacts,
): {
  readonly conditions: Conditions;
  readonly events: readonly Action[];
} {
  const old = scene.status.conditions ?? [];
  const events: Action[] = [];
  let conditions = withoutCondition(old, 'InvalidSpec');
  const set = (wanted: Wanted, refresh = false): boolean => {
    const before = conditions;
    conditions = setCondition(conditions, wanted, scene.nowMs, refresh);
    return conditions !== before;
  };
  const { status } = facts;
  const isPaused = scene.spec.paused === true || (status.pauseConditions ?? []).length > 0;
  const healthy = healthCondition(scene, status, isPaused);
  const becameUnhealthy = healthy !== undefined && set(healthy) && healthy.status === 'False';
  if (status.abort === true) {
    const message = `Rollout aborted update to revision ${revisionOf(scene.newSet)}`;
    const told = facts.abortMessage === undefined ? message : `${message}: ${facts.abortMessage}`;
    if (set({ type: 'Progressing', status: 'False', reason: 'RolloutAborted', message: told }))
      events.push({ kind: 'event', type: 'Warning', reason: 'RolloutAborted', message: told });
  } else {
    const progress = progressCondition(scene, status, becameUnhealthy);
    if (progress !== undefined) set(progress, progress.reason.startsWith('ReplicaSet'));
    const pause = pauseProgress(conditions, status, isPaused);
    if (pause !== undefined) set(pause);
    const paused = conditionOf(conditions, 'Paused');
    if (isPaused !== (paused?.status === 'True'))
      set({
        type: 'Paused',
        status: isPaused ? 'True' : 'False',
        reason: 'RolloutPaused',
        message: 'Rollout is paused',
      });
  }
  set(availability(scene, status));
  conditions = failures(scene, conditions);
  const complete = isComplete(status);
  const isNews = set({
    ...{ type: 'Completed', status: complete ? 'True' : 'False' },
    ...{ reason: 'RolloutCompleted', message: 'RolloutCompleted' },
  });
  if (isNews && !complete)
    events.push({
      ...{ kind: 'event', type: 'Normal', reason: 'RolloutNotCompleted' },
      message: `Rollout not completed, started update to revision ${revisionOf(scene.newSet)} (${status.currentPodHash ?? ''})`,
    });
  const { trafficFault } = facts;
  const fault = conditionOf(conditions, 'TrafficRouted');
  if (trafficFault === undefined) conditions = withoutCondition(conditions, 'TrafficRouted');
  else if (fault?.message !== trafficFault) {
    set(
      { type: 'TrafficRouted', status: 'False', reason: 'TrafficRoutingError', message: trafficFault },
      true,
    );
    events.push({ kind: 'event', type: 'Warning', reason: 'TrafficRoutingError', message: trafficFault });
  }
  return { conditions, events };
}

function healthCondition(scene: Scene, status: RolloutStatus, isPaused: boolean): Wanted | undefined {
  const healthy = { type: 'Healthy', reason: 'RolloutHealthy' };
  if (!isPaused && isHealthy(scene, status))
    return { ...healthy, status: 'True', message: 'Rollout is healthy' };
  if (conditionOf(scene.status.conditions ?? [], 'Healthy') === undefined) return undefined;
  return { ...healthy, status: 'False', message: 'Rollout is not healthy' };
}

function progressCondition(
  scene: Scene,
  status: RolloutStatus,
  becameUnhealthy: boolean,
): Wanted | undefined {
  const { newSet, name } = scene;
  const subject = newSet === undefined ? `Rollout "${name}"` : `ReplicaSet "${nameOf(newSet)}"`;
  const told = (state: 'True' | 'False', reason: string, message: string): Wanted => ({
    ...{ type: 'Progressing', status: state, reason, message },
  });
  if (isHealthy(scene, status))
    return told('True', 'NewReplicaSetAvailable', `${subject} has successfully progressed.`);
  if (hasMoved(scene.status, status) || becameUnhealthy)
    return isComplete(status) && becameUnhealthy
      ? told('True', 'ReplicaSetNotAvailable', 'Rollout does not have minimum availability')
      : told('True', 'ReplicaSetUpdated', `${subject} is progressing.`);
  if (!isPatient(scene) && isTimedOut(scene))
    return told('False', 'ProgressDeadlineExceeded', `${subject} has timed out progressing.`);
  return conditionOf(scene.status.conditions ?? [], 'Progressing') === undefined && newSet !== undefined
    ? told('True', 'FoundNewReplicaSet', `Found new replica set "${nameOf(newSet)}"`)
    : undefined;
}

/** A pause is no lack of progress, and after it the time begins anew. */
function pauseProgress(conditions: Conditions, status: RolloutStatus, isPaused: boolean): Wanted | undefined {
  const reason = conditionOf(conditions, 'Progressing')?.reason;
  const unknown = (why: string, message: string): Wanted => ({
    ...{ type: 'Progressing', status: 'Unknown', reason: why, message },
  });
  if (reason === 'RolloutAborted') return unknown('RolloutRetry', 'Retrying Rollout after abort');
  if (isComplete(status)) return undefined;
  if (isPaused) return unknown('RolloutPaused', 'Rollout is paused');
  return reason === 'RolloutPaused' ? unknown('RolloutResumed', 'Rollout is resumed') : undefined;
}

function availability(scene: Scene, status: RolloutStatus): Wanted {
  const active = setOfHash(scene.all, status.blueGreen?.activeSelector ?? '');
  const isAvailable =
    scene.blueGreen === undefined
      ? total(scene.all, availableOf) >= scene.replicas
      : isSaturated(active, scene.replicas);
  return {
    ...{ type: 'Available', status: isAvailable ? 'True' : 'False', reason: 'AvailableReason' },
    message: isAvailable ? 'Rollout has minimum availability' : 'Rollout does not have minimum availability',
  };
}

/** Pods that can not be made, of the new version rather than of others. */
function failures(scene: Scene, conditions: Conditions): Conditions {
  const sets = scene.newSet === undefined ? scene.all : [scene.newSet, ...scene.all];
  const failure = sets
    .flatMap((set) => set.status?.conditions ?? [])
    .find(({ type, status }) => type === 'ReplicaFailure' && status === 'True');
  if (failure === undefined) return withoutCondition(conditions, 'ReplicaFailure');
  const { type, status, reason = '', message = '' } = failure;
  return setCondition(conditions, { type, status, reason, message }, scene.nowMs);
}
