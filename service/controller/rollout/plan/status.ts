import { isObject, type RolloutStatus } from '../../../../schemas/index.js';
import type { Action } from '../types.js';
import { secondsMoment } from './moments.js';
import { hasMoved, isComplete, isHealthy, isPatient, isTimedOut, progressDeadlineMs } from './progress.js';
import { phaseOf } from './phase.js';
import { actualOf, availableOf, nameOf, readyOf, revisionOf, total } from './replica-set.js';
import type { Scene } from './scene.js';
import { setOfHash } from './scene.js';
import { conditionsOf } from './status-conditions.js';
import { statusActions } from './status-patch.js';

/** What a strategy makes of the status. */
export interface StatusChange {
  /** Fields of the strategy, of pauses and of the promotion; those that are absent are no more. */
  readonly change: RolloutStatus;
  /** Why it was given up just now. */
  readonly abortMessage?: string | undefined;
  readonly trafficFault?: string | undefined;
  /** A lack of progress may end it. */
  readonly isMayEnd: boolean;
  /** What is told of the steps once it is written, before what is told of conditions and pauses. */
  readonly events?: readonly Action[];
}

/** Event of a version that became the stable one. */
export const promotionEvent = (scene: Scene, reason: string): Action => ({
  ...{ kind: 'event', type: 'Normal', reason: 'RolloutCompleted' },
  message: `Rollout completed update to revision ${revisionOf(scene.newSet)} (${scene.hash}): ${reason}`,
});

/** Writes the status: what was seen of the pods, what the strategy made of it, conditions and phase. */
export function writeStatus(
  stored: Scene,
  scene: Scene,
  { change, abortMessage, trafficFault, isMayEnd, events: told = [] }: StatusChange,
): { readonly actions: readonly Action[]; readonly requeueAtMs?: number } {
  const timeout = isMayEnd ? timeoutMessage(stored, { ...observed(scene, change) }) : undefined;
  const isAborted =
    (scene.status.abort === true || timeout !== undefined) && !isComplete(observed(scene, change));
  const given = isAborted ? aborted(scene, change) : change;
  const status = observed(scene, given);
  const { conditions, events } = conditionsOf(stored, {
    ...{ status, trafficFault },
    abortMessage: abortMessage ?? timeout,
  });
  const { phase, message } = phaseOf(scene, { ...status, conditions });
  const after: RolloutStatus = { ...status, conditions, phase, message };
  const deadlineMs = isWaitingForProgress(stored, after)
    ? progressDeadlineMs(withConditions(stored, after))
    : undefined;
  return {
    actions: [
      ...statusActions(stored.status, after),
      ...[...told, ...events, ...pauseEvents(stored.status, after)],
    ],
    ...(deadlineMs === undefined ? {} : { requeueAtMs: deadlineMs }),
  };
}

const withConditions = (scene: Scene, { conditions = [] }: RolloutStatus): Scene => ({
  ...scene,
  status: { ...scene.status, conditions },
});

/** An abort ends all pauses. */
function aborted(scene: Scene, change: RolloutStatus): RolloutStatus {
  const { pauseConditions: _p, controllerPause: _c, ...rest } = change;
  return {
    ...rest,
    abort: true,
    abortedAt: scene.status.abortedAt ?? secondsMoment(scene.nowMs),
    ...(scene.canary?.steps === undefined ? {} : { currentStepIndex: 0 }),
  };
}

/** The fields that all strategies have. */
function observed(scene: Scene, change: RolloutStatus): RolloutStatus {
  const { all, newSet, hash, status, rollout, spec, snapshot, blueGreen } = scene;
  const active = blueGreen === undefined ? undefined : setOfHash(all, change.blueGreen?.activeSelector ?? '');
  const counted = active === undefined ? all : [active];
  const { currentStepHash, stableRS, collisionCount, restartedAt, alb, albs, duration } = status;
  return {
    ...defined({ currentStepHash, stableRS, collisionCount, restartedAt, alb, albs, duration }),
    ...(status.promoteFull === true && stableRS !== hash ? { promoteFull: true } : {}),
    ...change,
    currentPodHash: hash,
    replicas: total(all, actualOf),
    updatedReplicas: actualOf(newSet),
    readyReplicas: total(counted, readyOf),
    availableReplicas: total(counted, availableOf),
    HPAReplicas: total(counted, actualOf),
    selector: selectorText(active?.spec.selector ?? scene.selector),
    observedGeneration: String(rollout.metadata?.generation ?? 0),
    ...(spec.workloadRef === undefined
      ? {}
      : { workloadObservedGeneration: String(snapshot.workload?.metadata.generation ?? 0) }),
  };
}

const defined = (
  status: { readonly [Name in keyof RolloutStatus]?: RolloutStatus[Name] | undefined },
): RolloutStatus => Object.fromEntries(Object.entries(status).filter(([, value]) => value !== undefined));

/** Why a lack of progress ends it; undefined: it does not. */
function timeoutMessage(scene: Scene, status: RolloutStatus): string | undefined {
  if (scene.spec.progressDeadlineAbort !== true || scene.status.abort === true || isComplete(status))
    return undefined;
  if (hasMoved(scene.status, status) || isPatient(scene) || !isTimedOut(scene)) return undefined;
  const { newSet, name } = scene;
  return `${newSet === undefined ? `Rollout "${name}"` : `ReplicaSet "${nameOf(newSet)}"`} has timed out progressing.`;
}

const isWaitingForProgress = (scene: Scene, status: RolloutStatus): boolean =>
  !isHealthy(scene, status) &&
  status.abort !== true &&
  scene.spec.paused !== true &&
  (status.pauseConditions ?? []).length === 0 &&
  !isPatient(scene);

function pauseEvents(before: RolloutStatus, after: RolloutStatus): readonly Action[] {
  const [was, is] = [before.pauseConditions ?? [], after.pauseConditions ?? []];
  const [first] = is;
  if (was.length === 0 && first !== undefined)
    return [
      {
        kind: 'event',
        type: 'Normal',
        reason: 'RolloutPaused',
        message: `Rollout is paused (${first.reason})`,
      },
    ];
  if (was.length > 0 && first === undefined && after.abortedAt === undefined)
    return [{ kind: 'event', type: 'Normal', reason: 'RolloutResumed', message: 'Rollout is resumed' }];
  return [];
}

/** A label selector as one text, as autoscalers read it. */
export function selectorText(selector: Readonly<Record<string, unknown>>): string {
  const labels = isObject(selector['matchLabels']) ? selector['matchLabels'] : {};
  const expressions = Array.isArray(selector['matchExpressions'])
    ? selector['matchExpressions'].filter(isObject)
    : [];
  const equal = Object.entries(labels).map(([name, value]) => [name, `${name}=${String(value)}`] as const);
  const others = expressions.map((each) => [String(each['key']), expressionText(each)] as const);
  return [...equal, ...others]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([, text]) => text)
    .join(',');
}

function expressionText({ key, operator, values }: Readonly<Record<string, unknown>>): string {
  const name = String(key);
  const list = Array.isArray(values) ? values.map(String).toSorted().join(',') : '';
  switch (operator) {
    case 'In':
      return `${name} in (${list})`;
    case 'NotIn':
      return `${name} notin (${list})`;
    case 'DoesNotExist':
      return `!${name}`;
    default:
      return name;
  }
}
