import type { RolloutStatus } from '../../../../schemas/index.js';
import type { Action, Plan } from '../types.js';
import { isAtCounts, sharesOf, meetsThreshold } from './at-counts.js';
import { type ExperimentsPlan, planExperiments } from './experiments.js';
import { isFastTrack, isWithinWindow } from './fast-track.js';
import { metadataActions } from './metadata-actions.js';
import { earliest } from './moments.js';
import { changedPauses, isResumed, NO_CHANGE, type PauseChange, stepPause } from './pauses.js';
import { availableOf, sizeOf } from './replica-set.js';
import { planRestart } from './restart.js';
import { isStepRunSuccessful, planRuns, type RunsPlan } from './runs.js';
import { scaleCanary } from './scale-canary.js';
import { haltReason, isFirst, isPromoted, type Scene, withStatus } from './scene.js';
import { canaryServiceActions, withSelectors } from './services.js';
import { promotionEvent, writeStatus } from './status.js';
import { stepHash } from './step-hash.js';
import { currentStep, describeStep, stepIndex, stepsOf } from './steps.js';
import { planTraffic, type TrafficPlan } from './traffic.js';

/**
 * What is to be done about a canary. The verdicts of analyses come first, so that an abort moves the traffic at once; then
 * Services, traffic and pods, in this order; what the status tells is what was seen before.
 */
export function planCanary(stored: Scene): Plan {
  if (hasChanged(stored)) return beginAnew(stored);
  const asked = asAsked(stored);
  const runs = planRuns(asked);
  const experiments = planExperiments(asked);
  const abort = runs.abort ?? experiments.abort;
  const scene = judged(asked, abort);
  const restart = planRestart(scene);
  const services = canaryServiceActions(scene);
  const traffic = planTraffic(withSelectors(scene, services));
  const held = runs.isInconclusive || experiments.isInconclusive || restart.isUnderWay;
  const scaling = held ? { actions: [] } : scaleCanary(scene, traffic);
  const seen: Seen = { runs, experiments, traffic, isScaling: scaling.actions.length > 0 };
  const steps = restart.isUnderWay ? stay(scene) : progress(scene, seen);
  const canary = canaryStatus(scene, seen, steps);
  const written = writeStatus(stored, scene, {
    change: {
      ...{ ...steps.change, canary },
      ...(restart.restartedAt === undefined ? {} : { restartedAt: restart.restartedAt }),
    },
    abortMessage: abort,
    trafficFault: traffic.fault,
    isMayEnd: true,
    events: steps.events,
  });
  return planOf(
    [
      ...services,
      ...traffic.actions,
      ...restart.actions,
      ...scaling.actions,
      ...metadataActions(scene),
      ...written.actions,
      // Runs that are begun are named in the status before they are created: none is begun twice.
      ...runs.actions,
      ...experiments.actions,
    ],
    [
      runs.requeueAtMs,
      restart.requeueAtMs,
      traffic.requeueAtMs,
      scaling.requeueAtMs,
      steps.requeueAtMs,
      written.requeueAtMs,
    ],
  );
}

const planOf = (actions: readonly Action[], times: readonly (number | undefined)[]): Plan => {
  const requeueAtMs = earliest(times);
  return { actions, ...(requeueAtMs === undefined ? {} : { requeueAtMs }) };
};

/** Another template, or other steps: it begins anew. */
const hasChanged = ({ status, hash, canary }: Scene): boolean =>
  status.currentStepHash !== stepHash(canary?.steps) ||
  ((status.currentPodHash ?? '') !== '' && status.currentPodHash !== hash);

/** One that goes back to a version that was good has no steps to go through. */
function beginAnew(scene: Scene): Plan {
  const { newSet, status, canary } = scene;
  const count = stepsOf(scene).length;
  const isBack = isPromoted(scene) || (isWithinWindow(scene) && sizeOf(newSet) > 0);
  const message = isPromoted(scene)
    ? 'Rollback to stable ReplicaSets'
    : 'Rollback to active ReplicaSets within RollbackWindow';
  const wasUnderWay = status.currentPodHash !== undefined && count > 0;
  const weights = status.canary?.weights;
  const pingPong = status.canary?.stablePingPong;
  const written = writeStatus(scene, withoutOld(scene), {
    change: {
      currentStepHash: stepHash(canary?.steps),
      ...(count === 0 ? {} : { currentStepIndex: isBack ? count : 0 }),
      canary: {
        ...(weights === undefined ? {} : { weights }),
        ...(pingPong === undefined ? {} : { stablePingPong: pingPong }),
      },
    },
    isMayEnd: false,
  });
  const event: readonly Action[] =
    isBack && wasUnderWay ? [{ kind: 'event', type: 'Normal', reason: 'SkipSteps', message }] : [];
  return planOf([...written.actions, ...event], [written.requeueAtMs]);
}

/** What was about the version before. A restart that was asked for is done by the new pods. */
function withoutOld(scene: Scene): Scene {
  const {
    pauseConditions: _p,
    controllerPause: _c,
    abort: _a,
    abortedAt: _at,
    promoteFull: _f,
    ...status
  } = scene.status;
  const { currentStepIndex: _i, restartedAt: _r, ...rest } = status;
  const { restartAt } = scene.spec;
  return { ...scene, status: { ...rest, ...(restartAt === undefined ? {} : { restartedAt: restartAt }) } };
}

/** What people have asked for, and what has become pointless. */
function asAsked(scene: Scene): Scene {
  const isBack = isWithinWindow(scene);
  if (scene.status.promoteFull === true || isBack) {
    const { pauseConditions: _p, controllerPause: _c, abort: _a, abortedAt: _at, ...status } = scene.status;
    const count = stepsOf(scene).length;
    // Whatever pods the version still has, there are no steps for it.
    return { ...scene, status: isBack && count > 0 ? { ...status, currentStepIndex: count } : status };
  }
  // There is nothing that could be given up.
  return isPromoted(scene) ? withStatus(scene, { abort: false }) : scene;
}

const judged = (scene: Scene, abort: string | undefined): Scene =>
  abort === undefined ? scene : withStatus(scene, { abort: true });

/** What steps go on by. */
interface Seen {
  readonly runs: RunsPlan;
  readonly experiments: ExperimentsPlan;
  readonly traffic: TrafficPlan;
  readonly isScaling: boolean;
}

/** What becomes of the steps. */
interface StepsPlan {
  readonly change: RolloutStatus;
  readonly events: readonly Action[];
  readonly isStepDone: boolean;
  readonly isNewStable: boolean;
  readonly requeueAtMs?: number | undefined;
}

function stay(scene: Scene, change: PauseChange = NO_CHANGE): StepsPlan {
  const index = stepIndex(scene);
  return {
    change: { ...changedPauses(scene, change), ...(index === undefined ? {} : { currentStepIndex: index }) },
    ...{ events: [], isStepDone: false, isNewStable: false },
  };
}

function progress(scene: Scene, seen: Seen): StepsPlan {
  const { runs, experiments, traffic, isScaling } = seen;
  if (runs.isInconclusive) return stay(scene, { add: ['InconclusiveAnalysisRun'], remove: [] });
  if (experiments.isInconclusive) return stay(scene, { add: ['InconclusiveExperiment'], remove: [] });
  // A background analysis that nobody measures would let everything pass. What a person has said is heard once, and counts.
  const isToldToGoOn = currentStep(scene)?.pause !== undefined && isResumed(scene, 'CanaryPauseStep');
  if (runs.isUnmeasured && scene.status.abort !== true && !isToldToGoOn) return stay(scene);
  const reason = promotionReason(scene, traffic);
  if (reason !== undefined) return promoted(scene, reason);
  if (scene.status.abort === true) {
    const none = { events: [], isStepDone: false, isNewStable: false };
    return { change: stepsOf(scene).length === 0 ? {} : { currentStepIndex: 0 }, ...none };
  }
  const step = currentStep(scene);
  const halt = haltReason(scene);
  if (halt === 'inconclusive analysis') return halted(scene);
  if (step === undefined || halt !== undefined || scene.status.promoteFull === true) return stay(scene);
  if (step.pause !== undefined) {
    const pause = stepPause(scene);
    // Whoever sees the pause finds the pods and the runs that go with it.
    if (pause.kind === 'notBegun')
      return isScaling || runs.isBeginning
        ? stay(scene)
        : stay(scene, { add: ['CanaryPauseStep'], remove: [] });
    if (pause.kind === 'waiting') return { ...stay(scene), requeueAtMs: pause.endMs };
  } else if (!isDone(scene, seen)) return stay(scene);
  const index = (stepIndex(scene) ?? 0) + 1;
  const message = `Rollout step ${index}/${stepsOf(scene).length} completed (${describeStep(step)})`;
  return {
    change: { ...changedPauses(scene, { add: [], remove: ['CanaryPauseStep'] }), currentStepIndex: index },
    events: [{ kind: 'event', type: 'Normal', reason: 'RolloutStepCompleted', message }],
    ...{ isStepDone: true, isNewStable: false },
  };
}

/** Somebody has to say how it goes on. The time of a pause passes meanwhile, and then it is no reason any more. */
function halted(scene: Scene): StepsPlan {
  if (currentStep(scene)?.pause === undefined) return stay(scene);
  const pause = stepPause(scene);
  if (pause.kind === 'over') return stay(scene, { add: [], remove: ['CanaryPauseStep'] });
  return pause.kind === 'waiting' ? { ...stay(scene), requeueAtMs: pause.endMs } : stay(scene);
}

/** What a step asks for, all of it, is there, and has been seen. A pause says by itself when its step is over. */
function isDone(scene: Scene, { runs, experiments, traffic }: Seen): boolean {
  const step = currentStep(scene) ?? {};
  const { experiment, analysis, setWeight, setCanaryScale, setHeaderRoute, setMirrorRoute, plugin } = step;
  const isScaled = (setWeight ?? setCanaryScale) === undefined || isAtCounts(scene, sharesOf(scene));
  const isRouted =
    (setWeight ?? setHeaderRoute ?? setMirrorRoute) === undefined || traffic.isInEffect || isFirst(scene);
  return (
    plugin === undefined &&
    (experiment === undefined || experiments.isSuccessful) &&
    (analysis === undefined || isStepRunSuccessful(scene, runs)) &&
    isScaled &&
    isRouted
  );
}

/** Why the newest version is the stable one from now on; undefined: it is not. */
function promotionReason(scene: Scene, traffic: TrafficPlan): string | undefined {
  const { newSet, replicas, canary, status } = scene;
  if (newSet === undefined) return undefined;
  if (isFirst(scene)) return 'Initial deploy';
  if (status.abort === true || haltReason(scene) === 'inconclusive analysis') return undefined;
  const isThere =
    availableOf(newSet) >= replicas || meetsThreshold(canary?.replicaProgressThreshold, newSet, replicas);
  if (!isThere) return undefined;
  if (isPromoted(scene)) return 'Fast rollback';
  if (status.promoteFull === true) return 'Full promotion requested';
  if (isFastTrack(scene)) return 'Rollback within window';
  const count = stepsOf(scene).length;
  const isThrough = count === 0 || stepIndex(scene) === count;
  // All of the traffic has to be there before the version of before may go.
  return isThrough && (count === 0 || traffic.isInEffect) ? `Completed all ${count} canary steps` : undefined;
}

function promoted(scene: Scene, reason: string): StepsPlan {
  const count = stepsOf(scene).length;
  return {
    change: { stableRS: scene.hash, promoteFull: false, ...(count === 0 ? {} : { currentStepIndex: count }) },
    events: isPromoted(scene) ? [] : [promotionEvent(scene, reason)],
    ...{ isStepDone: false, isNewStable: !isPromoted(scene) },
  };
}

function canaryStatus(
  { status, canary }: Scene,
  { runs: { statuses }, experiments: { current }, traffic: { weights } }: Seen,
  { isStepDone, isNewStable }: StepsPlan,
): NonNullable<RolloutStatus['canary']> {
  const { Step: step, Background: background } = statuses;
  const old = status.canary?.stablePingPong;
  const pingPong = canary?.pingPong !== undefined && isNewStable ? (old === 'ping' ? 'pong' : 'ping') : old;
  return {
    ...(step === undefined || isStepDone ? {} : { currentStepAnalysisRunStatus: step }),
    ...(current === undefined || isStepDone ? {} : { currentExperiment: current }),
    ...(background === undefined ? {} : { currentBackgroundAnalysisRunStatus: background }),
    ...(weights === undefined ? {} : { weights }),
    ...(pingPong === undefined ? {} : { stablePingPong: pingPong }),
  };
}
