import type { AnalysisRun, NotificationTrigger, Rollout } from '../../../schemas/index.js';

/** Something that holds of a Rollout now, and that a person may want to know once. */
export interface Moment {
  readonly trigger: NotificationTrigger;
  /** The same for as long as it holds, and another one when it comes to hold again. */
  readonly key: string;
  /** Why, as one word. */
  readonly reason: string;
  /** Why, as a sentence. */
  readonly message: string;
  /** The analysis that it is about. */
  readonly run?: AnalysisRun;
}

/** Label of runs: hash of the version that they are about. */
const HASH_LABEL = 'rollouts-pod-template-hash';

/**
 * What holds of a Rollout by its status. Everything follows from the status as it is stored, so whoever looks after a restart
 * sees the same.
 * @param runs those that the Rollout controls.
 */
export function momentsOf(rollout: Rollout, runs: readonly AnalysisRun[]): readonly Moment[] {
  const { status = {} } = rollout;
  const hash = status.currentPodHash ?? '';
  const moment = (
    trigger: NotificationTrigger,
    key: string,
    reason: string,
    message: string,
  ): Omit<Moment, 'run'> => ({
    trigger,
    key: `${nameOf(trigger)}/${hash}/${key}`,
    reason,
    message,
  });
  const ofVersion = runs.filter(({ metadata }) => metadata?.labels?.[HASH_LABEL] === hash);
  const told = status.message ?? '';
  const moments: Moment[] = [];
  const [pause] = status.pauseConditions ?? [];
  const completed = status.conditions?.find(({ type }) => type === 'Completed');
  const isStable = hash !== '' && status.stableRS === hash;
  if (status.abort === true) {
    const run = latest(ofVersion, ['Failed', 'Error']);
    const message = conditionOf(rollout, ({ reason }) => reason === 'RolloutAborted')?.message ?? told;
    moments.push({
      ...moment('on-rollout-aborted', status.abortedAt ?? '', 'RolloutAborted', message),
      ...(run === undefined ? {} : { run }),
    });
  } else if (pause !== undefined) {
    const run = pause.reason === 'InconclusiveAnalysisRun' ? latest(ofVersion, ['Inconclusive']) : undefined;
    const message = run?.status?.message ?? `Rollout is paused (${pause.reason})`;
    moments.push({
      ...moment('on-rollout-paused', `${pause.reason}/${pause.startTime}`, pause.reason, message),
      ...(run === undefined ? {} : { run }),
    });
  }
  const fault = conditionOf(
    rollout,
    ({ type, reason }) => type === 'InvalidSpec' || reason === 'ProgressDeadlineExceeded',
  );
  if (fault !== undefined)
    moments.push(
      moment(
        'on-rollout-degraded',
        `${fault.reason}/${fault.lastTransitionTime}`,
        fault.reason,
        fault.message,
      ),
    );
  if (isStable && completed?.status === 'True')
    moments.push(
      moment(
        'on-rollout-completed',
        completed.lastTransitionTime,
        'RolloutCompleted',
        'Rollout completed the update',
      ),
    );
  else if (completed?.status === 'False' && hash !== '')
    moments.push(
      moment(
        'on-rollout-updated',
        completed.lastTransitionTime,
        'RolloutNotCompleted',
        'Rollout started an update',
      ),
    );
  for (const [phase, trigger] of RUN_TRIGGERS) {
    // Of all versions: what was told of a run is not told again when its version comes back.
    for (const run of runs.filter(({ status: of }) => of?.phase === phase)) {
      const { name = '', uid = '' } = run.metadata ?? {};
      const message = `AnalysisRun ${name}: ${run.status?.message ?? phase}`;
      moments.push({
        trigger,
        key: `${nameOf(trigger)}/${uid}`,
        reason: `AnalysisRun${phase}`,
        message,
        run,
      });
    }
  }
  return moments;
}

const nameOf = (trigger: NotificationTrigger): string => trigger.replace(/^on-/, '');

const RUN_TRIGGERS = [
  ['Failed', 'on-analysis-run-failed'],
  ['Error', 'on-analysis-run-error'],
] as const;

type Condition = NonNullable<NonNullable<Rollout['status']>['conditions']>[number];

const conditionOf = (
  { status }: Rollout,
  isWanted: (condition: Condition) => boolean,
): Condition | undefined => status?.conditions?.find(isWanted);

/** The run of these phases that ended last. */
function latest(runs: readonly AnalysisRun[], phases: readonly string[]): AnalysisRun | undefined {
  return runs
    .filter(({ status }) => phases.includes(status?.phase ?? ''))
    .toSorted((one, other) => endOf(other) - endOf(one))[0];
}

const endOf = ({ metadata, status }: AnalysisRun): number =>
  Date.parse(status?.completedAt ?? metadata?.creationTimestamp ?? '') || 0;
