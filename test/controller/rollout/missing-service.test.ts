import { describe, expect, it } from 'vitest';
import { Simulator, TEMPLATE } from './simulator.js';

const ROUTED = {
  ...{ stableService: 'stable', canaryService: 'canary' },
  trafficRouting: { nginx: { stableIngress: 'shop' } },
};
const steps = [{ setWeight: 40 }, { pause: {} }, { setWeight: 80 }, { pause: {} }];

/** A canary that pauses with 40 % of the traffic. */
function paused(canary: object = {}): Simulator {
  const cluster = new Simulator({ strategy: { canary: { ...ROUTED, steps, ...canary } } }, [
    'stable',
    'canary',
  ]);
  cluster.settle();
  cluster.setImage('v2');
  cluster.settle();
  expect(cluster.traffic?.canaryWeight).toBe(40);
  expect(cluster.rollout.status?.currentStepIndex).toBe(1);
  return cluster;
}
const lose = (cluster: Simulator, name: string) => {
  const { services } = cluster;
  cluster.services = services.filter(({ metadata }) => metadata.name !== name);
  return () => {
    cluster.services = [...cluster.services, { metadata: { name }, spec: { selector: { app: 'shop' } } }];
  };
};
const sizes = ({ replicaSets }: Simulator): readonly (number | undefined)[] =>
  replicaSets.map(({ spec }) => spec.replicas);

describe('a canary whose Service is deleted on its way', () => {
  it('has no traffic as long as that is gone, says why, and goes on where it was', () => {
    const cluster = paused();
    const before = sizes(cluster);
    const bringBack = lose(cluster, 'canary');
    cluster.settle();
    expect(cluster.traffic?.canaryWeight).toBe(0);
    expect(cluster.rollout.status).toMatchObject({
      phase: 'Degraded',
      message:
        'InvalidSpec: The Rollout "shop" is invalid: spec.strategy.canary.canaryService: service "canary" not found',
      currentStepIndex: 1,
      canary: { weights: { canary: { weight: 0 }, stable: { weight: 100 } } },
    });
    expect(cluster.events).toContain('TrafficWeightUpdated: Traffic weight updated from 40 to 0');
    expect(sizes(cluster)).toEqual(before);

    bringBack();
    cluster.settle();
    expect(cluster.traffic?.canaryWeight).toBe(40);
    expect(cluster.rollout.status).toMatchObject({ phase: 'Paused', currentStepIndex: 1 });
    cluster.promote();
    cluster.settle();
    expect(cluster.traffic?.canaryWeight).toBe(80);
  });

  it('that is given up meanwhile has no traffic when the Service is back', () => {
    const cluster = paused();
    const bringBack = lose(cluster, 'canary');
    cluster.settle();
    cluster.change({ status: { abort: true } });
    cluster.settle();
    bringBack();
    const weights: unknown[] = [];
    cluster.settle(() => weights.push(cluster.traffic?.canaryWeight));
    expect(new Set(weights)).toEqual(new Set([0]));
    expect(cluster.rollout.status?.message).toMatch(/^RolloutAborted: /);
  });

  it('keeps only what the stable pods have no room for, where they were scaled down', () => {
    const cluster = paused({ dynamicStableScale: true });
    expect(sizes(cluster)).toEqual([3, 2]);
    lose(cluster, 'canary');
    cluster.settle();
    expect(cluster.traffic?.canaryWeight).toBe(25);
  });

  it('keeps its traffic where the stable Service is gone too', () => {
    const cluster = paused();
    lose(cluster, 'stable');
    lose(cluster, 'canary');
    cluster.settle();
    expect(cluster.traffic?.canaryWeight).toBe(40);
  });
});

describe('an analysis of a canary whose Service is deleted on its way', () => {
  const analysis = { templates: [{ templateName: 'success-rate' }] };
  const analysed = (canary: object = {}): Simulator => {
    const cluster = new Simulator(
      {
        strategy: {
          canary: { ...ROUTED, steps: [{ setWeight: 40 }, { analysis }, { pause: {} }], ...canary },
        },
      },
      ['stable', 'canary'],
    );
    cluster.settle();
    cluster.setImage('v2');
    cluster.settle();
    expect(cluster.runs).toHaveLength(1);
    return cluster;
  };

  it.each(['Successful', 'Running'] as const)(
    'that is %s says nothing good, as there was no traffic, and another one begins',
    (phase) => {
      const cluster = analysed();
      const bringBack = lose(cluster, 'canary');
      cluster.settle();
      if (phase === 'Successful') cluster.judge(phase);
      cluster.settle();
      expect(cluster.rollout.status?.currentStepIndex).toBe(1);
      bringBack();
      cluster.settle();
      expect(cluster.traffic?.canaryWeight).toBe(40);
      expect(cluster.rollout.status).toMatchObject({
        ...{ phase: 'Progressing', currentStepIndex: 1 },
        canary: { currentStepAnalysisRunStatus: { name: expect.stringMatching(/\.1$/) as string } },
      });
      expect(cluster.runs.map(({ status }) => status?.phase)).toEqual(['Successful', 'Running']);
      cluster.judge('Successful');
      cluster.settle();
      expect(cluster.rollout.status?.currentStepIndex).toBe(2);
      expect(cluster.runs).toHaveLength(2);
    },
  );

  it('begins anew in the background too', () => {
    const cluster = analysed({ steps: [{ setWeight: 40 }, { pause: {} }], analysis });
    const bringBack = lose(cluster, 'canary');
    cluster.settle();
    bringBack();
    cluster.settle();
    expect(cluster.runs.map(({ status }) => status?.phase)).toEqual(['Successful', 'Running']);
    expect(cluster.rollout.status).toMatchObject({ phase: 'Paused', currentStepIndex: 1 });
  });

  it('that has failed gives the release up once the Service is back', () => {
    const cluster = analysed();
    const bringBack = lose(cluster, 'canary');
    cluster.settle();
    cluster.judge('Failed', 'too many errors');
    bringBack();
    const weights: unknown[] = [];
    cluster.settle(() => weights.push(cluster.traffic?.canaryWeight));
    expect(new Set(weights)).toEqual(new Set([0]));
    expect(cluster.rollout.status?.message).toContain('too many errors');
    expect(cluster.runs).toHaveLength(1);
  });

  it('goes on where only something else was wrong for a while', () => {
    const cluster = analysed();
    cluster.templates = [];
    cluster.settle();
    expect(cluster.rollout.status?.message).toMatch(/^InvalidSpec: /);
    cluster.templates = [TEMPLATE];
    cluster.settle();
    cluster.judge('Successful');
    cluster.settle();
    expect(cluster.rollout.status?.currentStepIndex).toBe(2);
    expect(cluster.runs).toHaveLength(1);
  });

  it.each([
    [
      'has failed',
      (cluster: Simulator) => {
        cluster.judge('Failed', 'too many errors');
      },
    ],
    [
      'is ended by a person',
      (cluster: Simulator) => {
        cluster.change({ status: { abort: true } });
      },
    ],
  ])('that %s takes the traffic away although its template was deleted', (_, giveUp) => {
    const cluster = analysed();
    cluster.templates = [];
    cluster.settle();
    giveUp(cluster);
    cluster.settle();
    expect(cluster.traffic?.canaryWeight).toBe(0);
    expect(cluster.rollout.status).toMatchObject({ abort: true, phase: 'Degraded' });
    expect(cluster.rollout.status?.message).toMatch(/^RolloutAborted: /);
    cluster.advance(60);
    cluster.settle();
    expect(cluster.pods()).toEqual({ v1: 4 });
    // What begins again needs its template.
    cluster.change({ status: { abort: false } });
    cluster.settle();
    expect(cluster.rollout.status?.conditions?.map(({ type }) => type)).toContain('InvalidSpec');
    expect(cluster.runs).toHaveLength(1);
  });
});

it('a fault of the Rollout itself moves no traffic', () => {
  const cluster = paused();
  lose(cluster, 'canary');
  cluster.change({ spec: { strategy: { canary: { maxSurge: 0, maxUnavailable: 0 } } } });
  cluster.settle();
  expect(cluster.traffic?.canaryWeight).toBe(40);
  expect(cluster.rollout.status?.message).toContain('MaxSurge and MaxUnavailable both can not be zero');
});
