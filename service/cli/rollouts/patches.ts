import { text } from '../../providers/kubernetes/index.js';
import { at, given, list } from './json.js';
import { stepIndex, stepsOf } from './rollout-view.js';

/** What a command changes of a Rollout, as JSON merge patches. Absent: nothing. */
export interface RolloutPatches {
  readonly spec?: unknown;
  /** For the status subresource. */
  readonly status?: unknown;
  /** All of it at once, for a definition without a status subresource. */
  readonly unified: unknown;
}

const only = (status: unknown): RolloutPatches => ({ status: { status }, unified: { status } });

/** Ends a release: traffic goes back to the stable version. */
export const ABORT: RolloutPatches = only({ abort: true });

/** Begins an aborted release again. */
export const RETRY: RolloutPatches = only({ abort: false });

/** Stops where it is. */
export const PAUSE: RolloutPatches = {
  spec: { spec: { paused: true } },
  unified: { spec: { paused: true } },
};

/** Renews the pods that are older than this. @param atMs epoch ms; whole seconds count. */
export function restartPatches(atMs: number): RolloutPatches {
  const patch = { spec: { restartAt: new Date(atMs).toISOString().replace(/\.\d+Z$/, 'Z') } };
  return { spec: patch, unified: patch };
}

/**
 * Skips all that is left: steps, pauses and analyses. A Rollout that is all stable has nothing left, and keeps no wish for
 * its next release.
 */
export function promoteFullPatches(rollout: unknown): RolloutPatches {
  const isStable = text(at(rollout, 'status', 'currentPodHash')) === text(at(rollout, 'status', 'stableRS'));
  return {
    ...unpaused(rollout),
    ...(isStable ? {} : { status: { status: { promoteFull: true } } }),
    unified: { spec: { paused: false }, status: { promoteFull: true } },
  };
}

/**
 * Goes on: ends a pause, or else leaves the current step. Never both, except where an Inconclusive analysis has paused it:
 * without leaving the step it would be measured again.
 */
export function promotePatches(rollout: unknown): RolloutPatches {
  const index = stepIndex(rollout);
  const next = index === undefined ? undefined : Math.min(index + 1, stepsOf(rollout).length);
  const isPaused = list(at(rollout, 'status', 'pauseConditions')).length > 0;
  const cleared = { pauseConditions: null };
  const base = { ...unpaused(rollout), unified: { spec: { paused: false }, status: cleared } };
  if (isPaused && isInconclusive(rollout) && at(rollout, 'status', 'controllerPause') === true) {
    if (next === undefined) return base;
    return { ...base, status: { status: { ...cleared, controllerPause: false, currentStepIndex: next } } };
  }
  if (isPaused) return { ...base, status: { status: cleared } };
  if (next === undefined) return base;
  const status = { ...cleared, currentStepIndex: next };
  return { ...base, status: { status }, unified: { spec: { paused: false }, status } };
}

const unpaused = (rollout: unknown): Pick<RolloutPatches, 'spec'> =>
  at(rollout, 'spec', 'paused') === true ? { spec: { spec: { paused: false } } } : {};

function isInconclusive(rollout: unknown): boolean {
  const run = at(rollout, 'status', 'canary', 'currentStepAnalysisRunStatus');
  return given(run) && at(run, 'status') === 'Inconclusive';
}
