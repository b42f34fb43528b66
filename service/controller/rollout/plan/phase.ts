import type { RolloutStatus } from '../../../../schemas/index.js';
import { momentMs } from './moments.js';
import type { Scene } from './scene.js';

type Phase = Required<Pick<RolloutStatus, 'phase' | 'message'>>;

/** The phase of a Rollout, and why, from its status: what `kubectl argo rollouts` and Argo CD show (Argo Rollouts' `CalculateRolloutPhase`). */
export function phaseOf(scene: Scene, status: RolloutStatus): Phase {
  const { spec, replicas, blueGreen, canary } = scene;
  const progressing = (message: string): Phase => ({ phase: 'Progressing', message });
  const degraded = degradedBy(status);
  if (degraded !== undefined) return { phase: 'Degraded', message: degraded };
  if (spec.paused === true) return { phase: 'Paused', message: 'manually paused' };
  const [pause] = status.pauseConditions ?? [];
  if (pause !== undefined) return { phase: 'Paused', message: pause.reason };
  if (spec.restartAt !== undefined && !isSameTime(spec.restartAt, status.restartedAt))
    return progressing('rollout is restarting');
  const updated = status.updatedReplicas ?? 0;
  if (updated < replicas) return progressing('more replicas need to be updated');
  if ((status.availableReplicas ?? 0) < updated)
    return progressing('updated replicas are still becoming available');
  const isStable = (status.stableRS ?? '') !== '' && status.stableRS === status.currentPodHash;
  if (blueGreen !== undefined) {
    const active = status.blueGreen?.activeSelector ?? '';
    if (active === '' || active !== status.currentPodHash)
      return progressing('active service cutover pending');
    if (!isStable)
      return progressing(
        blueGreen.postPromotionAnalysis !== undefined && !isCompletedRun(status)
          ? 'waiting for analysis to complete'
          : 'waiting for post-promotion verification to complete',
      );
  }
  if (canary !== undefined) {
    if (canary.trafficRouting === undefined && (status.replicas ?? 0) > updated)
      return progressing('old replicas are pending termination');
    if (!isStable) return progressing('waiting for all steps to complete');
  }
  return { phase: 'Healthy', message: '' };
}

function degradedBy({ conditions = [] }: RolloutStatus): string | undefined {
  for (const { type, reason, message } of conditions) {
    if (type === 'InvalidSpec') return `${type}: ${message}`;
    if (reason === 'RolloutAborted' || reason === 'ProgressDeadlineExceeded') return `${reason}: ${message}`;
  }
  return undefined;
}

const isSameTime = (one: string, other: string | undefined): boolean =>
  other !== undefined && momentMs(one) === momentMs(other);

const ENDED: ReadonlySet<string> = new Set(['Successful', 'Failed', 'Error', 'Inconclusive']);

const isCompletedRun = ({ blueGreen }: RolloutStatus): boolean =>
  ENDED.has(blueGreen?.postPromotionAnalysisRunStatus?.status ?? '');
