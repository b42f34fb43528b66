import { fields, text } from '../../providers/kubernetes/index.js';
import { at, given, list, maybeNumber, number } from './json.js';

/** A phase of a Rollout and why it has it. */
interface Phase {
  readonly phase: string;
  readonly message: string;
}

const progressing = (message: string): Phase => ({ phase: 'Progressing', message });

/** The phase of a Rollout whose controller wrote none: because it has not begun, or is older than phases. */
export function calculatedPhase(json: unknown): Phase {
  const spec = fields(at(json, 'spec'));
  const status = fields(at(json, 'status'));
  return (
    degraded(list(status['conditions'])) ??
    paused(spec, status) ??
    replicas(spec, status) ??
    switching(spec, status) ?? { phase: 'Healthy', message: '' }
  );
}

function degraded(conditions: readonly Readonly<Record<string, unknown>>[]): Phase | undefined {
  for (const condition of conditions) {
    const [type, reason] = [text(condition['type']), text(condition['reason'])];
    const why = type === 'InvalidSpec' ? type : reason;
    if (['InvalidSpec', 'RolloutAborted', 'ProgressDeadlineExceeded'].includes(why))
      return { phase: 'Degraded', message: `${why}: ${text(condition['message'])}` };
  }
  return undefined;
}

type Fields = Readonly<Record<string, unknown>>;

function paused(spec: Fields, status: Fields): Phase | undefined {
  if (spec['paused'] === true) return { phase: 'Paused', message: 'manually paused' };
  const [pause] = list(status['pauseConditions']);
  return pause === undefined ? undefined : { phase: 'Paused', message: text(pause['reason']) };
}

function replicas(spec: Fields, status: Fields): Phase | undefined {
  const [wanted, done] = [Date.parse(text(spec['restartAt'])), Date.parse(text(status['restartedAt']))];
  if (!Number.isNaN(wanted) && wanted !== done) return progressing('rollout is restarting');
  const updated = number(status['updatedReplicas']);
  if (updated < (maybeNumber(spec['replicas']) ?? 1)) return progressing('more replicas need to be updated');
  if (number(status['availableReplicas']) < updated)
    return progressing('updated replicas are still becoming available');
  return undefined;
}

function switching(spec: Fields, status: Fields): Phase | undefined {
  const hash = text(status['currentPodHash']);
  const isStable = text(status['stableRS']) !== '' && text(status['stableRS']) === hash;
  const { blueGreen, canary } = fields(spec['strategy']);
  if (given(blueGreen)) {
    const active = text(at(status, 'blueGreen', 'activeSelector'));
    if (active === '' || active !== hash) return progressing('active service cutover pending');
    if (isStable) return undefined;
    const run = text(at(status, 'blueGreen', 'postPromotionAnalysisRunStatus', 'status'));
    const isMeasuring = given(at(blueGreen, 'postPromotionAnalysis')) && !ENDED.includes(run);
    return progressing(
      isMeasuring
        ? 'waiting for analysis to complete'
        : 'waiting for post-promotion verification to complete',
    );
  }
  if (!given(canary)) return undefined;
  // With a router the old pods are kept for a while after the end.
  if (!given(at(canary, 'trafficRouting')) && number(status['replicas']) > number(status['updatedReplicas']))
    return progressing('old replicas are pending termination');
  return isStable ? undefined : progressing('waiting for all steps to complete');
}

const ENDED: readonly string[] = ['Successful', 'Failed', 'Error', 'Inconclusive'];
