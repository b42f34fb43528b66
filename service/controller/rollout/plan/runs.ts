import { isCompleted } from '../../../analysis/index.js';
import type { AnalysisRun } from '../../../../schemas/index.js';
import type { Action } from '../types.js';
import { conditionOf } from './conditions.js';
import { isFastTrack } from './fast-track.js';
import { endedRunActions, terminate } from './ended-runs.js';
import { lossOf } from './lost-run.js';
import { earliest } from './moments.js';
import { RUN_STEP } from './names.js';
import { newRun, nextRunName } from './new-run.js';
import {
  analysisOf,
  recordedRuns,
  type RunKind,
  type RunStatus,
  type RunStatuses,
  TOLD,
} from './run-kinds.js';
import { isFirst, isPromoted, pauseOf, refusalOf, type Scene } from './scene.js';
import { currentStep, stepIndex, stepWeight } from './steps.js';
import { mayBegin } from './run-beginning.js';

/** What is to be done about the analyses of a rollout, and what they say. */
export interface RunsPlan {
  /** The runs that it waits for, for its status. They are named there before they are created. */
  readonly statuses: RunStatuses;
  readonly actions: readonly Action[];
  /** Why the rollout ends. */
  readonly abort?: string;
  /** One of them could not tell. */
  readonly isInconclusive: boolean;
  /** One begins with this plan. */
  readonly isBeginning: boolean;
  /** One that is to measure has not been made, or nobody measures it: until then nothing goes on. */
  readonly isUnmeasured: boolean;
  readonly requeueAtMs?: number;
}

/** What is to be done about one of them. */
interface RunPlan {
  readonly status?: RunStatus;
  readonly actions: readonly Action[];
  readonly verdict?: 'abort' | 'inconclusive';
  readonly message?: string;
  /** Nobody measures it. */
  readonly isLost?: boolean;
  readonly requeueAtMs?: number | undefined;
}

/** A run that no status tells of is ended with the others. */
const NOTHING: RunPlan = { actions: [] };

/** Runs are begun, ended and judged. A run that is gone, or has not ended, promotes nothing. */
export function planRuns(scene: Scene): RunsPlan {
  const kinds: readonly RunKind[] =
    scene.canary === undefined ? ['PrePromotion', 'PostPromotion'] : ['Step', 'Background'];
  const plans = new Map(
    kinds.map((kind) => [kind, isOver(scene) ? whenOver(scene, kind) : planRun(scene, kind)] as const),
  );
  const all = [...plans.values()];
  const statuses: RunStatuses = Object.fromEntries(
    [...plans].flatMap(([kind, { status }]) => (status === undefined ? [] : [[kind, status] as const])),
  );
  const abort = all.find(({ verdict }) => verdict === 'abort')?.message;
  const requeueAtMs = earliest(all.map((plan) => plan.requeueAtMs));
  const kept = new Set(Object.values(statuses).map(({ name }) => name));
  const isBeginning = all.some(({ actions }) => actions.some(({ kind }) => kind === 'createAnalysisRun'));
  return {
    statuses,
    actions: [...all.flatMap(({ actions }) => actions), ...endedRunActions(scene, kept)],
    isInconclusive: all.some(({ verdict }) => verdict === 'inconclusive'),
    isBeginning,
    isUnmeasured: isBeginning || all.some(({ isLost }) => isLost === true),
    ...(abort === undefined ? {} : { abort }),
    ...(requeueAtMs === undefined ? {} : { requeueAtMs }),
  };
}

/** No analysis has anything to say any more. */
export const isOver = (scene: Scene): boolean =>
  scene.status.abort === true ||
  scene.status.promoteFull === true ||
  isPromoted(scene) ||
  isFirst(scene) ||
  isFastTrack(scene);

/** Those of a blue/green rollout stay in its status for people to see. */
function whenOver(scene: Scene, kind: RunKind): RunPlan {
  const recorded = recordedRuns(scene)[kind];
  const run = runNamed(scene, recorded?.name);
  const status = recorded === undefined || run === undefined ? recorded : statusOf(run);
  return {
    actions: terminate(run),
    ...(scene.blueGreen === undefined || status === undefined ? {} : { status }),
  };
}

function planRun(scene: Scene, kind: RunKind): RunPlan {
  const recorded = recordedRuns(scene)[kind];
  const run = runNamed(scene, recorded?.name);
  // A paused step waits for somebody; one that could not be told goes on when that has ended.
  const isHeld =
    kind === 'Step'
      ? (scene.status.pauseConditions ?? []).length > 0
      : pauseOf(scene, 'InconclusiveAnalysisRun') !== undefined;
  const isOfThisStep =
    kind !== 'Step' || run === undefined || run.metadata?.labels?.[RUN_STEP] === String(stepIndex(scene));
  const analysis = analysisOf(scene, kind);
  if (isHeld && analysis !== undefined) return recorded === undefined ? NOTHING : held(recorded, run);
  if (analysis === undefined) return NOTHING;
  const beginning = mayBegin(scene, kind, run);
  if (beginning === 'no') return NOTHING;
  if (beginning === 'keep')
    return recorded === undefined ? NOTHING : { actions: terminate(run), status: recorded };
  if (recorded === undefined || !isOfThisStep || isUsedUp(scene, run))
    return begin(scene, kind, nextRunName(scene, kind, recorded?.name));
  return run === undefined ? begin(scene, kind, recorded.name) : judged(scene, kind, run, recorded);
}

const held = (recorded: RunStatus, run: AnalysisRun | undefined): RunPlan => ({
  actions: [],
  status: run === undefined ? recorded : statusOf(run),
});

/**
 * It told what it can: a retry after an abort, and going on after one that could not tell, begin another. The pauses of
 * steps and switches leave the same trace in the status, and are no answer to it.
 */
function isUsedUp(scene: Scene, run: AnalysisRun | undefined): boolean {
  const { controllerPause, abortedAt } = scene.status;
  if (run === undefined) return false;
  if (hadNoTraffic(scene) && !isBad(run)) return true;
  const isAnswered =
    controllerPause === true &&
    pauseOf(scene, 'CanaryPauseStep') === undefined &&
    pauseOf(scene, 'BlueGreenPause') === undefined;
  return isAnswered ? run.status?.phase === 'Inconclusive' : abortedAt !== undefined;
}

/** Until just now the Service of the canary was gone, and its share went to the stable version: nothing good was seen of it. */
function hadNoTraffic(scene: Scene): boolean {
  const { conditions = [], canary } = scene.status;
  const weight = canary?.weights?.canary.weight;
  return (
    conditionOf(conditions, 'InvalidSpec') !== undefined && weight !== undefined && weight < stepWeight(scene)
  );
}

const isBad = ({ status }: AnalysisRun): boolean =>
  isCompleted(status?.phase ?? '') && status?.phase !== 'Successful';

function begin(scene: Scene, kind: RunKind, name: string): RunPlan {
  const analysis = analysisOf(scene, kind) ?? {};
  const refusal = refusalOf(scene, 'AnalysisRun', name);
  const built =
    refusal === undefined ? newRun(scene, kind, analysis, name) : ({ ok: false, message: refusal } as const);
  if (!built.ok)
    return { actions: [], verdict: 'abort', message: `${TOLD[kind]} can not be made: ${built.message}` };
  return { status: { name, status: '' }, actions: [{ kind: 'createAnalysisRun', run: built.run }] };
}

function judged(scene: Scene, kind: RunKind, run: AnalysisRun, recorded: RunStatus): RunPlan {
  const status = statusOf(run);
  const actions = changeEvent(kind, status, recorded);
  switch (run.status?.phase) {
    case 'Inconclusive':
      return { status, actions, verdict: 'inconclusive' };
    case 'Failed':
    case 'Error': {
      const why = status.message === undefined ? '' : `: ${status.message}`;
      return { status, actions, verdict: 'abort', message: `${TOLD[kind]} phase error/failed${why}` };
    }
    default: {
      const loss = lossOf(run, scene.snapshot.settings.analysisLostAbortMs);
      if (loss === undefined) return { status, actions };
      if (scene.nowMs < loss.abortAtMs) return { status, actions, isLost: true, requeueAtMs: loss.abortAtMs };
      return { status, actions, verdict: 'abort', message: `${TOLD[kind]} was lost: ${loss.reason}` };
    }
  }
}

function changeEvent(kind: RunKind, status: RunStatus, recorded: RunStatus): readonly Action[] {
  if (status.status === '' || status.status === recorded.status) return [];
  const previous = recorded.status === '' ? 'NoPreviousStatus' : recorded.status;
  const isBad = status.status === 'Failed' || status.status === 'Error';
  return [
    {
      kind: 'event',
      type: isBad ? 'Warning' : 'Normal',
      reason: `AnalysisRun${status.status}`,
      message: `${kind} Analysis Run '${status.name}' Status New: '${status.status}' Previous: '${previous}'`,
    },
  ];
}

/** The run of a name; undefined: there is none. */
export const runNamed = ({ snapshot }: Scene, name: string | undefined): AnalysisRun | undefined =>
  name === undefined ? undefined : snapshot.analysisRuns.find(({ metadata }) => metadata?.name === name);

function statusOf({ metadata, status }: AnalysisRun): RunStatus {
  const message = status?.message ?? '';
  return { name: metadata?.name ?? '', status: status?.phase ?? '', ...(message === '' ? {} : { message }) };
}

/** The run that the current step waits for has ended well. */
export function isStepRunSuccessful(scene: Scene, { statuses }: RunsPlan): boolean {
  const run = runNamed(scene, statuses.Step?.name);
  return (
    currentStep(scene)?.analysis !== undefined &&
    run?.metadata?.labels?.[RUN_STEP] === String(stepIndex(scene)) &&
    run.status !== undefined &&
    isCompleted(run.status.phase) &&
    run.status.phase === 'Successful'
  );
}
