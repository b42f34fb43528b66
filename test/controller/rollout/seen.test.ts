import { describe, expect, it } from 'vitest';
import { Simulator, templateOf } from './simulator.js';

/** What somebody sees who looks between two writes of the controller. */

const analysis = { templates: [{ templateName: 'success-rate' }] };

/** Carries everything out, one action at a time, and looks after each. */
function settleLooking(cluster: Simulator, look: () => void): void {
  for (let round = 0; round < 60; round += 1) {
    const { actions } = cluster.step(0);
    for (const action of actions) {
      cluster.apply(action);
      look();
    }
    if (!cluster.movePods() && actions.length === 0) return;
  }
  throw new Error('no end');
}

it('a pause has the run that begins with its step', () => {
  const cluster = new Simulator({
    strategy: {
      canary: { analysis: { ...analysis, startingStep: 1 }, steps: [{ setWeight: 50 }, { pause: {} }] },
    },
  });
  cluster.settle();
  cluster.setImage('v2');
  const runsAtPause: number[] = [];
  settleLooking(cluster, () => {
    if ((cluster.rollout.status?.pauseConditions ?? []).length > 0) runsAtPause.push(cluster.runs.length);
  });
  expect(new Set(runsAtPause)).toEqual(new Set([1]));
});

it('going back to a version that still has its pods begins no analysis, before the switch or after it', () => {
  const blueGreen = {
    ...{ activeService: 'active', autoPromotionEnabled: false },
    ...{ prePromotionAnalysis: analysis, postPromotionAnalysis: analysis },
  };
  const cluster = new Simulator({ strategy: { blueGreen } }, ['active']);
  cluster.settle();
  cluster.setImage('v2');
  cluster.settle();
  cluster.judge('Successful');
  cluster.settle();
  cluster.promote();
  cluster.settle();
  cluster.judge('Successful');
  cluster.settle();
  expect([cluster.rollout.status?.phase, cluster.runs.length]).toEqual(['Healthy', 2]);
  cluster.setImage('v1');
  cluster.settle();
  expect([cluster.rollout.status?.phase, cluster.runs.length]).toEqual(['Healthy', 2]);
  expect(cluster.selected('active')).toBe('v1');
  expect(cluster.events.at(-1)).toMatch(/^RolloutCompleted: .*: Fast rollback$/);
  // What it was to be scaled down at is no more.
  const current = cluster.replicaSets.find(({ metadata }) =>
    metadata.name?.endsWith(cluster.rollout.status?.stableRS ?? '?'),
  );
  expect(current?.metadata.annotations).not.toHaveProperty('scale-down-deadline');
});

it('a first version that is never ready is told to have timed out, also before its Service was switched', () => {
  const cluster = new Simulator(
    {
      ...{ progressDeadlineSeconds: 5, template: templateOf('bad') },
      strategy: { blueGreen: { activeService: 'active' } },
    },
    ['active'],
  );
  cluster.settle();
  cluster.advance(6);
  cluster.settle();
  expect(cluster.rollout.status?.phase).toBe('Degraded');
  expect(cluster.rollout.status?.message).toMatch(/^ProgressDeadlineExceeded: /);
});

it.each([
  ['pods', {}],
  [
    'traffic',
    {
      trafficRouting: { nginx: { stableIngress: 'shop' } },
      stableService: 'stable',
      canaryService: 'canary',
    },
  ],
])(
  'going back within the window needs no steps though the version has no pods any more, by %s',
  (_by, routing) => {
    const cluster = new Simulator(
      {
        rollbackWindow: { revisions: 2 },
        strategy: { canary: { ...routing, steps: [{ setWeight: 50 }, { analysis }] } },
      },
      ['stable', 'canary'],
    );
    cluster.settle();
    for (const image of ['v2', 'v3']) {
      cluster.setImage(image);
      cluster.settle();
      cluster.judge('Successful');
      cluster.settle();
      cluster.advance(60);
      cluster.settle();
    }
    expect(cluster.pods()).toEqual({ v3: 4 });
    cluster.setImage('v1');
    const weights = new Set<number>();
    cluster.settle(() => {
      const canary = cluster.replicaSets.find((set) => JSON.stringify(set.spec.template).includes('\"v1\"'));
      if ((canary?.status?.availableReplicas ?? 0) < 4) weights.add(cluster.traffic?.canaryWeight ?? 0);
    });
    expect([cluster.rollout.status?.phase, cluster.runs.length]).toEqual(['Healthy', 2]);
    expect(cluster.events.filter((event) => event.startsWith('RolloutCompleted')).at(-1)).toMatch(
      /: Rollback within window$/,
    );
    // Not before all of its pods are there.
    expect(weights).toEqual(new Set([0]));
  },
);

it('the time of a pause passes while an analysis that could not tell waits for a person', () => {
  const cluster = new Simulator({
    strategy: {
      canary: { analysis, steps: [{ setWeight: 50 }, { pause: { duration: 30 } }, { pause: {} }] },
    },
  });
  cluster.settle();
  cluster.setImage('v2');
  cluster.settle();
  cluster.judge('Inconclusive');
  cluster.settle();
  const told = (): unknown => {
    const { message, pauseConditions = [], currentStepIndex } = cluster.rollout.status ?? {};
    return [message, pauseConditions.map(({ reason }) => reason), currentStepIndex];
  };
  expect(told()).toEqual(['CanaryPauseStep', ['CanaryPauseStep', 'InconclusiveAnalysisRun'], 1]);
  expect(cluster.step().requeueAtMs).toBeDefined();
  cluster.advance(31);
  cluster.settle();
  expect(told()).toEqual(['InconclusiveAnalysisRun', ['InconclusiveAnalysisRun'], 1]);
  cluster.promote();
  cluster.settle();
  // The next pause waits for a person of its own, and another run judges meanwhile.
  expect(told()).toEqual(['CanaryPauseStep', ['CanaryPauseStep'], 2]);
  expect(cluster.runs.length).toBe(2);
});

describe('a canary with traffic that is given up', () => {
  const ROUTED = {
    trafficRouting: { nginx: { stableIngress: 'shop' } },
    ...{ stableService: 'stable', canaryService: 'canary', steps: [{ setWeight: 50 }, { pause: {} }] },
  };
  const deadlineOf = ({ replicaSets }: Simulator): string | undefined =>
    replicaSets.find((set) => JSON.stringify(set.spec.template).includes('"v2"'))?.metadata.annotations?.[
      'scale-down-deadline'
    ];
  const underWay = (): Simulator => {
    const cluster = new Simulator({ strategy: { canary: ROUTED } }, ['stable', 'canary']);
    cluster.settle();
    cluster.setImage('v2');
    cluster.settle();
    cluster.change({ status: { abort: true } });
    return cluster;
  };

  it('is told to be so when it is known until when its pods stay', () => {
    const cluster = underWay();
    settleLooking(cluster, () => {
      if (cluster.rollout.status?.phase === 'Degraded') expect(deadlineOf(cluster)).toBeDefined();
    });
    expect(cluster.pods()).toEqual({ v1: 4, v2: 2 });
    cluster.advance(31);
    cluster.settle();
    expect(cluster.pods()).toEqual({ v1: 4 });
  });

  it('keeps its pods as long as its traffic, and half of the delay after that', () => {
    const cluster = underWay();
    cluster.isConfirming = false;
    for (let seconds = 0; seconds < 120; seconds += 5) {
      cluster.advance(5);
      cluster.settle();
      expect(cluster.pods()).toEqual({ v1: 4, v2: 2 });
    }
    cluster.isConfirming = true;
    cluster.settle();
    const left = Date.parse(deadlineOf(cluster) ?? '') - cluster.nowMs;
    expect(left).toBeGreaterThanOrEqual(15_000);
    expect(left).toBeLessThanOrEqual(30_000);
    cluster.advance(31);
    cluster.settle();
    expect(cluster.pods()).toEqual({ v1: 4 });
  });
});

it('what is on record of notifications is no annotation of the pods, whose ReplicaSet would be written with each of them', () => {
  const cluster = new Simulator({ strategy: { canary: {} } });
  cluster.change({ metadata: { annotations: { 'assay.dev/notifications': '{}', team: 'shop' } } });
  cluster.settle();
  cluster.change({ metadata: { annotations: { 'assay.dev/notifications': '{"seen":[]}' } } });
  expect(cluster.step().actions).toEqual([]);
  expect(cluster.replicaSets[0]?.metadata.annotations).toMatchObject({ team: 'shop' });
});
