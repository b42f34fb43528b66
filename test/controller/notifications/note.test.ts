import { describe, expect, it } from 'vitest';
import type {
  AnalysisRun,
  NotificationRecord,
  NotificationsFile,
  ReplicaSet,
  Rollout,
  RolloutStatus,
} from '../../../schemas/index.js';
import { note, type Noted } from '../../../service/controller/notifications/note.js';
import { RECORD } from '../../../service/controller/notifications/record.js';

const NOW = Date.parse('2026-11-28T12:00:00Z');
const at = '2026-11-28T11:59:00Z';

const FILE: NotificationsFile = {
  services: [
    { name: 'ci', type: 'webhook', url: { value: 'https://ci.example/hook' } },
    { name: 'slack', type: 'slack', token: { file: '/token' } },
  ],
  links: {
    rollout: 'https://argocd.example/{cluster}/{namespace}/{name}',
    run: 'https://assay.example/v1/analysisruns/{uid}',
  },
};

const set = (revision: number): ReplicaSet => ({
  metadata: {
    name: `checkout-h${revision}`,
    labels: { 'rollouts-pod-template-hash': `h${revision}` },
    annotations: { 'rollout.argoproj.io/revision': String(revision) },
  },
  spec: { selector: {}, template: { spec: { containers: [{ name: 'app', image: `app:${revision}` }] } } },
});

const condition = (type: string, status: string, reason: string, message = '') => ({
  ...{ type, status, reason, message, lastTransitionTime: at, lastUpdateTime: at },
});

const COMPLETED: RolloutStatus = {
  ...{ phase: 'Healthy', currentPodHash: 'h1', stableRS: 'h1' },
  conditions: [condition('Completed', 'True', 'RolloutCompleted')],
};
const UPDATING: RolloutStatus = {
  ...{ phase: 'Progressing', currentPodHash: 'h2', stableRS: 'h1', currentStepIndex: 1 },
  conditions: [condition('Completed', 'False', 'RolloutCompleted')],
};
const PAUSED: RolloutStatus = {
  ...{ ...UPDATING, phase: 'Paused' },
  pauseConditions: [{ reason: 'CanaryPauseStep', startTime: at }],
};
const ABORTED: RolloutStatus = {
  ...{ ...UPDATING, phase: 'Degraded', abort: true, abortedAt: at },
  conditions: [
    condition('Completed', 'False', 'RolloutCompleted'),
    condition(
      'Progressing',
      'False',
      'RolloutAborted',
      'Rollout aborted update to revision 2: Metric "rate" …',
    ),
  ],
};

/** A Rollout that is looked at again and again. */
class Watched {
  annotations: Record<string, string> = {};
  runs: readonly AnalysisRun[] = [];
  done = new Set<string>();
  file = FILE;

  look(status: RolloutStatus): Noted {
    const rollout: Rollout = {
      metadata: { ...{ name: 'checkout', namespace: 'shop', uid: 'u1' }, annotations: this.annotations },
      spec: { strategy: { canary: { steps: [{ setWeight: 20 }, { pause: {} }] } } },
      status,
    };
    const noted = note({
      ...{ cluster: 'west', file: this.file, rollout, replicaSets: [set(1), set(2)], nowMs: NOW },
      analysisRuns: this.runs,
      isDone: (key, recipient) => this.done.has(`${key} ${recipient}`),
    });
    if (noted.write !== undefined)
      this.annotations = { ...this.annotations, [RECORD]: JSON.stringify(noted.write) };
    return noted;
  }

  subscribe(what: string, value = ''): this {
    this.annotations[`notifications.argoproj.io/subscribe.${what}`] = value;
    return this;
  }
}

const told = ({ pending }: Noted): readonly string[] =>
  pending.flatMap(({ data, to }) => to.map((recipient) => `${data.trigger} ${recipient}`));
const only = ({ pending }: Noted): NotificationRecord['pending'][number] => {
  const [first, ...others] = pending;
  if (first === undefined || others.length > 0) throw new Error(`${pending.length} are pending`);
  return first;
};

describe('what is told of a Rollout', () => {
  it('is nothing where nobody wants to know, and nothing is written then', () => {
    expect(new Watched().look(PAUSED)).toEqual({ pending: [], faults: [], dropped: 0 });
  });

  it('is what came after it was first looked at', () => {
    const watched = new Watched().subscribe('ci');
    expect(told(watched.look(COMPLETED))).toEqual([]);
    expect(watched.look(COMPLETED).write).toBeUndefined();
    expect(told(watched.look(PAUSED))).toEqual(['on-rollout-paused ci:']);
  });

  it('stays on record until everybody has been told, and is not told twice', () => {
    const watched = new Watched().subscribe('on-rollout-paused.slack', 'releases; ops');
    watched.look(UPDATING);
    expect(told(watched.look(PAUSED))).toEqual([
      'on-rollout-paused slack:releases',
      'on-rollout-paused slack:ops',
    ]);
    // Another controller goes on, and the pause is over by then.
    const { key } = only(watched.look(UPDATING));
    watched.done.add(`${key} slack:releases`);
    expect(told(watched.look(UPDATING))).toEqual(['on-rollout-paused slack:ops']);
    watched.done = new Set([`${key} slack:ops`]);
    expect(told(watched.look(UPDATING))).toEqual([]);
    watched.done.clear();
    expect(watched.look(UPDATING)).toEqual({ pending: [], faults: [], dropped: 0 });
  });

  it('of an abort is enough to open a revert pull request', () => {
    const watched = new Watched().subscribe('on-rollout-aborted.ci');
    watched.annotations['argocd.argoproj.io/tracking-id'] = 'shop:argoproj.io/Rollout:shop/checkout';
    watched.annotations['kubectl.kubernetes.io/last-applied-configuration'] = '{}';
    watched.look(UPDATING);
    watched.runs = [
      {
        metadata: { name: 'checkout-h2-2', uid: 'r1', labels: { 'rollouts-pod-template-hash': 'h2' } },
        spec: { metrics: [] },
        status: {
          ...{ phase: 'Failed', message: 'Metric "rate" assessed Failed' },
          metricResults: [
            { name: 'fine', phase: 'Successful' },
            {
              ...{ name: 'rate', phase: 'Failed', message: 'failed (1) > failureLimit (0)' },
              measurements: [{ phase: 'Failed', value: '[0.41]' }],
            },
          ],
        },
      },
    ];
    expect(only(watched.look(ABORTED)).data).toEqual({
      ...{ trigger: 'on-rollout-aborted', cluster: 'west', namespace: 'shop', name: 'checkout', uid: 'u1' },
      ...{ phase: 'Degraded', reason: 'RolloutAborted', at: '2026-11-28T12:00:00.000Z', strategy: 'canary' },
      message: 'Rollout aborted update to revision 2: Metric "rate" …',
      step: { index: 1, count: 2 },
      from: { revision: 1, podTemplateHash: 'h1', images: [{ container: 'app', image: 'app:1' }] },
      to: { revision: 2, podTemplateHash: 'h2', images: [{ container: 'app', image: 'app:2' }] },
      analysis: {
        ...{ name: 'checkout-h2-2', uid: 'r1', phase: 'Failed', message: 'Metric "rate" assessed Failed' },
        link: 'https://assay.example/v1/analysisruns/r1',
        metrics: [
          {
            ...{ name: 'rate', phase: 'Failed', message: 'failed (1) > failureLimit (0)' },
            measurements: [{ phase: 'Failed', value: '[0.41]' }],
          },
        ],
      },
      labels: {},
      annotations: { 'argocd.argoproj.io/tracking-id': 'shop:argoproj.io/Rollout:shop/checkout' },
      link: 'https://argocd.example/west/shop/checkout',
    });
  });

  it('of a completed update names the version before', () => {
    const watched = new Watched().subscribe('on-rollout-completed.ci');
    watched.look(UPDATING);
    const { from, to } = only(
      watched.look({
        ...{ phase: 'Healthy', currentPodHash: 'h2', stableRS: 'h2' },
        conditions: [condition('Completed', 'True', 'RolloutCompleted')],
      }),
    ).data;
    expect([from?.podTemplateHash, to.podTemplateHash]).toEqual(['h1', 'h2']);
  });

  it('is also a spec that can not be carried out, and a lack of progress', () => {
    const watched = new Watched().subscribe('on-rollout-degraded.ci');
    watched.look(UPDATING);
    const invalid = condition('InvalidSpec', 'True', 'InvalidSpec', 'spec.x: is wrong');
    expect(only(watched.look({ ...UPDATING, conditions: [invalid] })).data).toMatchObject({
      ...{ reason: 'InvalidSpec', message: 'spec.x: is wrong' },
    });
    const late = condition('Progressing', 'False', 'ProgressDeadlineExceeded', 'too late');
    expect(told(watched.look({ ...UPDATING, conditions: [late] }))).toHaveLength(2);
  });

  it('of a run that failed is told once, also when its version comes back', () => {
    const watched = new Watched().subscribe('on-analysis-run-failed.ci');
    watched.look(UPDATING);
    watched.runs = [
      {
        metadata: { name: 'r', uid: 'r1', labels: { 'rollouts-pod-template-hash': 'h2' } },
        ...{ spec: { metrics: [] }, status: { phase: 'Failed' } },
      },
    ];
    const { key } = only(watched.look(UPDATING));
    watched.done.add(`${key} ci:`);
    expect(told(watched.look(COMPLETED))).toEqual([]);
    watched.done.clear();
    expect(told(watched.look(UPDATING))).toEqual([]);
  });

  it('goes to those of the settings as well, in their namespaces', () => {
    const watched = new Watched();
    const subscription = { recipients: ['ci', 'slack:ops'], triggers: ['on-rollout-paused'] as const };
    watched.file = { ...FILE, subscriptions: [{ ...subscription, namespaces: ['shop*'] }] };
    watched.look(UPDATING);
    expect(told(watched.look(PAUSED))).toEqual(['on-rollout-paused ci:', 'on-rollout-paused slack:ops']);
    const elsewhere = new Watched();
    elsewhere.file = { ...FILE, subscriptions: [{ ...subscription, namespaces: ['billing'] }] };
    expect(elsewhere.look(PAUSED).write).toBeUndefined();
  });

  it('tells what can not be followed', () => {
    const { faults } = new Watched()
      .subscribe('on-rollout-aborted.teams', 'x')
      .subscribe('on-rollout-stopped.ci')
      .look(UPDATING);
    expect(faults).toEqual([
      'notifications.argoproj.io/subscribe.on-rollout-aborted.teams: there is no service teams; the controller knows ci, slack',
      expect.stringContaining(
        'notifications.argoproj.io/subscribe.on-rollout-stopped.ci: on-rollout-stopped is no trigger; there are on-rollout-updated, ',
      ),
    ]);
  });

  it('a record that somebody else has spoilt is begun anew, and nothing is told of what holds', () => {
    const watched = new Watched().subscribe('ci');
    watched.annotations[RECORD] = '{"seen": 1';
    expect(told(watched.look(PAUSED))).toEqual([]);
    expect(told(watched.look(ABORTED))).toEqual(['on-rollout-aborted ci:']);
  });

  it('beyond twenty that could not be delivered gives up the oldest', () => {
    const watched = new Watched().subscribe('on-rollout-paused.ci');
    watched.look(UPDATING);
    const pause = (second: number): RolloutStatus => ({
      ...UPDATING,
      pauseConditions: [{ reason: 'CanaryPauseStep', startTime: `2026-11-28T11:00:${10 + second}Z` }],
    });
    for (let second = 0; second < 20; second += 1) expect(watched.look(pause(second)).dropped).toBe(0);
    const { pending, dropped } = watched.look(pause(20));
    expect([pending.length, dropped]).toEqual([20, 1]);
  });
});
