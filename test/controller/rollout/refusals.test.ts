import { describe, expect, it } from 'vitest';
import { Refusals } from '../../../service/controller/rollout/apply/refusals.js';
import { plan } from '../../../service/controller/rollout/plan/index.js';
import type { Refusal } from '../../../service/controller/rollout/types.js';
import { KubernetesError } from '../../../service/providers/kubernetes/index.js';
import { Simulator } from './simulator.js';

const LIMIT_MS = 600_000;
const RUN = { kind: 'AnalysisRun', name: 'shop-1' };
const answered = (status: number | undefined, message = 'no'): KubernetesError =>
  new KubernetesError('badResponse', message, status);

describe('an object that could not be made', () => {
  it.each([
    ['refused as it is', answered(422), 1_000],
    ['forbidden, as by a quota,', answered(403), 1_000 + LIMIT_MS],
    ['not taken by a server that is ill', answered(500), 1_000 + LIMIT_MS],
    ['in the place of another one', new Error('it exists'), 1_000 + LIMIT_MS],
    ['not answered about', answered(undefined), undefined],
  ])('and is %s ends the rollout in time', (_, error, abortAtMs) => {
    const ofRollout = new Refusals(() => 1_000).of('default/shop', 'u1', false);
    ofRollout.failed(RUN, error, LIMIT_MS);
    expect(ofRollout.byObject.get('AnalysisRun/shop-1')?.abortAtMs).toBe(abortAtMs);
  });

  it('does so a time after it failed first, with what was said last, unless it is made', () => {
    let nowMs = 0;
    const ofRollout = new Refusals(() => nowMs).of('default/shop', 'u1', false);
    ofRollout.failed(RUN, answered(500, 'no webhook'), LIMIT_MS);
    nowMs = 5_000;
    ofRollout.failed(RUN, answered(503, 'overloaded'), LIMIT_MS);
    expect([...ofRollout.byObject.values()]).toEqual([{ why: 'overloaded', abortAtMs: LIMIT_MS }]);
    ofRollout.made(RUN);
    expect(ofRollout.byObject.size).toBe(0);
  });

  it('counts for this Rollout only, and not for a retry', () => {
    const refusals = new Refusals(() => 0);
    const size = (uid: string, isAborted = false): number =>
      refusals.of('default/shop', uid, isAborted).byObject.size;
    const fail = (uid: string): void => {
      refusals.of('default/shop', uid, false).failed(RUN, answered(422), LIMIT_MS);
    };
    fail('u1');
    expect([size('u1'), size('u2')]).toEqual([1, 0]);
    fail('u2');
    expect([size('u2', true), size('u2')]).toEqual([0, 0]);
  });
});

describe('a canary', () => {
  const told = new Map<string, Refusal>();
  const planned = (step: object) => {
    const cluster = new Simulator({ strategy: { canary: { steps: [{ setWeight: 25 }, step] } } });
    cluster.isTakingRuns = false;
    cluster.settle();
    cluster.setImage('v2');
    // Until it waits for what it can not have.
    for (let round = 0; round < 8; round += 1) {
      cluster.step();
      cluster.movePods();
    }
    cluster.experiments = [];
    const made = plan(cluster.snapshot()).actions.flatMap((action) => {
      if (action.kind === 'createAnalysisRun') return [`AnalysisRun/${action.run.metadata?.name ?? ''}`];
      return action.kind === 'createExperiment'
        ? [`Experiment/${action.experiment.metadata?.name ?? ''}`]
        : [];
    });
    expect(made).toHaveLength(1);
    const [id = ''] = made;
    return (abortAtMs: number) => {
      told.clear();
      told.set(id, { why: 'metadata.labels: Invalid value: "a b"', abortAtMs: cluster.nowMs + abortAtMs });
      const { actions } = plan({ ...cluster.snapshot(), refusals: told });
      return {
        message: actions.flatMap((action) =>
          action.kind === 'patchStatus' ? (action.status.message ?? '') : [],
        ),
        isTried: actions.some(({ kind }) => kind === 'createAnalysisRun' || kind === 'createExperiment'),
      };
    };
  };
  const experiment = { templates: [{ name: 'canary', specRef: 'canary' }] };
  it.each([
    ['Step-based analysis', { analysis: { templates: [{ templateName: 'success-rate' }] } }],
    ['Experiment', { experiment }],
  ])('is given up once its %s can not be made', (what, step) => {
    const plannedAt = planned(step);
    expect(plannedAt(1)).toMatchObject({ isTried: true });
    expect(plannedAt(0)).toEqual({
      isTried: false,
      message: [
        `RolloutAborted: Rollout aborted update to revision 2: ${what} can not be made: metadata.labels: Invalid value: "a b"`,
      ],
    });
  });
});

it('a Rollout whose pods the API server does not take is invalid, and they are tried again', () => {
  const cluster = new Simulator({ strategy: { canary: { steps: [{ setWeight: 25 }, { pause: {} }] } } });
  cluster.settle();
  cluster.setImage('v2');
  const made = plan(cluster.snapshot()).actions.flatMap((action) =>
    action.kind === 'createReplicaSet' ? [action.replicaSet.metadata.name ?? ''] : [],
  );
  expect(made).toHaveLength(1);
  const refusals = new Map([
    [`ReplicaSet/${made[0] ?? ''}`, { why: 'spec.template.spec.containers[0].name: Invalid', abortAtMs: 0 }],
  ]);
  const { actions } = plan({ ...cluster.snapshot(), refusals });
  expect(actions.map(({ kind }) => kind)).toEqual(['patchStatus', 'event', 'createReplicaSet', 'event']);
  expect(actions[0]).toMatchObject({
    status: {
      phase: 'Degraded',
      message:
        'InvalidSpec: The Rollout "shop" is invalid: spec.template: spec.template.spec.containers[0].name: Invalid',
    },
  });
});
