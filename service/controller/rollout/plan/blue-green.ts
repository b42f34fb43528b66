import type { RolloutStatus } from '../../../../schemas/index.js';
import type { Action, Plan } from '../types.js';
import { isFastTrack, isWithinWindow } from './fast-track.js';
import { metadataActions } from './metadata-actions.js';
import { earliest } from './moments.js';
import { HASH_LABEL } from './names.js';
import { changedPauses, needsSwitchPause, NO_CHANGE, type PauseChange, switchPause } from './pauses.js';
import { availableOf, hashOf, isSaturated, sizeOf } from './replica-set.js';
import { planRestart } from './restart.js';
import { planRuns, runNamed, type RunsPlan } from './runs.js';
import { activeHash, newCount, scaleBlueGreen } from './scale-blue-green.js';
import { haltReason, isFirst, isPromoted, type Scene, serviceNamed, withStatus } from './scene.js';
import { selectPods } from './services.js';
import { promotionEvent, writeStatus } from './status.js';

/** What is to be done about a blue/green rollout: analyses are judged first, so that an abort switches back at once. */
export function planBlueGreen(stored: Scene): Plan {
  const previewed = previewActions(stored);
  if ((stored.status.currentPodHash ?? '') !== '' && stored.status.currentPodHash !== stored.hash)
    return beginAnew(stored, previewed);
  const asked = asAsked(stored);
  const runs = planRuns(asked);
  const scene = runs.abort === undefined ? asked : withStatus(asked, { abort: true });
  const restart = planRestart(scene);
  const pause = planPause(scene, runs);
  const switched = switchActions(scene, runs, pause.change);
  const scaling = scaleBlueGreen(scene);
  const promotion = promotionReason(scene, runs);
  const change: RolloutStatus =
    promotion === undefined
      ? {
          ...changedPauses(scene, pause.change),
          blueGreen: blueGreenStatus(scene, runs, hasCheckPoint(scene, runs, pause.change)),
        }
      : { stableRS: scene.hash, promoteFull: false, blueGreen: blueGreenStatus(scene, runs, false) };
  const written = writeStatus(stored, scene, {
    change: { ...change, ...(restart.restartedAt === undefined ? {} : { restartedAt: restart.restartedAt }) },
    abortMessage: runs.abort,
    isMayEnd: true,
  });
  const event = promotion === undefined || isPromoted(scene) ? [] : [promotionEvent(scene, promotion)];
  const actions: readonly Action[] = [
    ...[...previewed, ...switched, ...restart.actions, ...scaling.actions],
    ...[...metadataActions(scene), ...written.actions, ...event],
    // Runs that are begun are named in the status before they are created: none is begun twice.
    ...runs.actions,
  ];
  return planOf(actions, [
    ...[runs.requeueAtMs, restart.requeueAtMs, pause.requeueAtMs],
    ...[scaling.requeueAtMs, written.requeueAtMs],
  ]);
}

const planOf = (actions: readonly Action[], times: readonly (number | undefined)[]): Plan => {
  const requeueAtMs = earliest(times);
  return { actions, ...(requeueAtMs === undefined ? {} : { requeueAtMs }) };
};

const previewActions = (scene: Scene): readonly Action[] =>
  haltReason(scene) === undefined
    ? selectPods(scene, scene.blueGreen?.previewService, hashOf(scene.newSet))
    : [];

function beginAnew(scene: Scene, previewed: readonly Action[]): Plan {
  const {
    pauseConditions: _p,
    controllerPause: _c,
    abort: _a,
    abortedAt: _at,
    promoteFull: _f,
    ...status
  } = scene.status;
  const { restartedAt: _r, ...rest } = status;
  const { restartAt } = scene.spec;
  const fresh = {
    ...scene,
    status: { ...rest, ...(restartAt === undefined ? {} : { restartedAt: restartAt }) },
  };
  const written = writeStatus(scene, fresh, { change: { blueGreen: selectors(scene) }, isMayEnd: false });
  return planOf([...previewed, ...written.actions], [written.requeueAtMs]);
}

function asAsked(scene: Scene): Scene {
  if (scene.status.promoteFull === true || isWithinWindow(scene)) {
    const { pauseConditions: _p, controllerPause: _c, abort: _a, abortedAt: _at, ...status } = scene.status;
    return { ...scene, status };
  }
  return isPromoted(scene) ? withStatus(scene, { abort: false }) : scene;
}

/** Analyses, pauses and counts are skipped. */
const isSkipped = (scene: Scene): boolean => {
  const active = activeHash(scene);
  return (
    isFastTrack(scene) ||
    scene.status.promoteFull === true ||
    active === '' ||
    active === hashOf(scene.newSet)
  );
};

/** The new version has the pods that it is to have now. */
const isReady = (scene: Scene): boolean =>
  sizeOf(scene.newSet) === newCount(scene) && availableOf(scene.newSet) === newCount(scene);

interface PausePlan {
  readonly change: PauseChange;
  readonly requeueAtMs?: number | undefined;
}

function planPause(scene: Scene, runs: RunsPlan): PausePlan {
  const inconclusive: PauseChange = { add: ['InconclusiveAnalysisRun'], remove: [] };
  if (runs.isInconclusive && scene.status.abort !== true) return { change: inconclusive };
  if (scene.status.abort === true || !isReady(scene) || haltReason(scene) !== undefined)
    return { change: NO_CHANGE };
  const ended: PauseChange = { add: [], remove: ['BlueGreenPause'] };
  if (isSkipped(scene) || !needsSwitchPause(scene)) return { change: ended };
  if (!isPreAnalysisDone(scene, runs)) return { change: NO_CHANGE };
  const pause = switchPause(scene);
  if (pause.kind === 'over') return { change: ended };
  if (pause.kind === 'notBegun') return { change: { add: ['BlueGreenPause'], remove: [] } };
  return { change: NO_CHANGE, requeueAtMs: pause.endMs };
}

function isPreAnalysisDone(scene: Scene, { statuses }: RunsPlan): boolean {
  if ((scene.blueGreen?.prePromotionAnalysis?.templates ?? []).length === 0) return true;
  return runNamed(scene, statuses.PrePromotion?.name)?.status?.phase === 'Successful';
}

/** The active Service goes to the new version once all is done, and back to the stable one at once after an abort. */
function switchActions(scene: Scene, runs: RunsPlan, change: PauseChange): readonly Action[] {
  const { blueGreen, newSet, stableSet, status, replicas } = scene;
  const service = blueGreen?.activeService;
  if (status.abort === true) return selectPods(scene, service, hashOf(stableSet), availableOf(stableSet) > 0);
  if (haltReason(scene) !== undefined || runs.isInconclusive) return [];
  if (!isReady(scene) || !isSaturated(newSet, replicas)) return [];
  const isDone =
    isPreAnalysisDone(scene, runs) && change.add.length === 0 && switchPause(scene).kind === 'over';
  return isSkipped(scene) || isDone
    ? selectPods(scene, service, hashOf(newSet))
    : selectPods(scene, service, activeHash(scene));
}

/** The preview was good with its own number of pods: from now on it gets all of them. */
function hasCheckPoint(scene: Scene, runs: RunsPlan, change: PauseChange): boolean {
  const { blueGreen, status, newSet } = scene;
  if (blueGreen?.previewReplicaCount === undefined) return false;
  if (status.blueGreen?.scaleUpPreviewCheckPoint === true) return true;
  const isDone =
    isPreAnalysisDone(scene, runs) && change.add.length === 0 && switchPause(scene).kind === 'over';
  return isDone && !isFirst(scene) && availableOf(newSet) === blueGreen.previewReplicaCount;
}

/** Hashes that the Services select, as they were seen. */
function selectors(scene: Scene): NonNullable<RolloutStatus['blueGreen']> {
  const preview = serviceNamed(scene, scene.blueGreen?.previewService)?.spec.selector?.[HASH_LABEL];
  return {
    activeSelector: activeHash(scene),
    ...(preview === undefined ? {} : { previewSelector: preview }),
  };
}

function blueGreenStatus(
  scene: Scene,
  { statuses }: RunsPlan,
  scaleUpPreviewCheckPoint: boolean,
): NonNullable<RolloutStatus['blueGreen']> {
  const { PrePromotion: before, PostPromotion: after } = statuses;
  return {
    ...{ ...selectors(scene), scaleUpPreviewCheckPoint },
    ...(before === undefined ? {} : { prePromotionAnalysisRunStatus: before }),
    ...(after === undefined ? {} : { postPromotionAnalysisRunStatus: after }),
  };
}

/** Why the newest version is the stable one from now on; undefined: it is not. */
function promotionReason(scene: Scene, { statuses, isInconclusive }: RunsPlan): string | undefined {
  const { newSet, hash, blueGreen, status } = scene;
  const active = activeHash(scene);
  if (newSet === undefined) return undefined;
  if (isFirst(scene)) return 'Initial deploy';
  if (active !== hash || isInconclusive) return undefined;
  if (status.promoteFull === true) return 'Full promotion requested';
  if (isFastTrack(scene)) return isWithinWindow(scene) ? 'Rollback within window' : 'Fast rollback';
  if (status.abort === true || haltReason(scene) === 'inconclusive analysis') return undefined;
  if ((blueGreen?.postPromotionAnalysis?.templates ?? []).length === 0) return 'Completed blue-green update';
  const isGood = runNamed(scene, statuses.PostPromotion?.name)?.status?.phase === 'Successful';
  return isGood ? 'Completed blue-green update' : undefined;
}
