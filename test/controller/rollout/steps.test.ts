import { describe, expect, it } from 'vitest';
import { Simulator } from './simulator.js';

const ROUTING = {
  trafficRouting: { nginx: { stableIngress: 'shop' } },
  stableService: 'stable',
  canaryService: 'canary',
};
const analysis = { templates: [{ templateName: 'success-rate' }] };

/** A rollout of v1 that has come to rest. */
function settled(canary: object): Simulator {
  const cluster = new Simulator({ strategy: { canary } }, ['stable', 'canary']);
  cluster.settle();
  return cluster;
}

const phase = ({ rollout: { status } }: Simulator): readonly [string | undefined, string] => [
  status?.phase,
  status?.message ?? '',
];

describe('a promotion, which takes the pauses away and then ends that of a person', () => {
  it('goes on after the step of a canary, however much is seen between the two', () => {
    const cluster = settled({ steps: [{ setWeight: 25 }, { pause: {} }, { setWeight: 50 }, { pause: {} }] });
    cluster.setImage('v2');
    cluster.settle();
    cluster.change({ spec: { paused: true } });
    cluster.settle();
    cluster.promote();
    cluster.settle();
    expect(phase(cluster)).toEqual(['Paused', 'manually paused']);
    cluster.change({ spec: { paused: false } });
    cluster.settle();
    expect(cluster.rollout.status?.currentStepIndex).toBe(3);
    expect(phase(cluster)).toEqual(['Paused', 'CanaryPauseStep']);
  });

  it('switches a blue/green release too', () => {
    const blueGreen = { activeService: 'active', previewService: 'preview', autoPromotionEnabled: false };
    const cluster = new Simulator({ strategy: { blueGreen } }, ['active', 'preview']);
    cluster.settle();
    cluster.setImage('v2');
    cluster.settle();
    cluster.change({ spec: { paused: true } });
    cluster.settle();
    cluster.promote();
    cluster.settle();
    expect(cluster.selected('active')).toBe('v1');
    cluster.change({ spec: { paused: false } });
    cluster.settle();
    expect(cluster.selected('active')).toBe('v2');
    expect(cluster.rollout.status?.controllerPause).toBeUndefined();
  });
});

describe('a step of a canary', () => {
  it('may set pods and routes in the step of a pause, or of an analysis', () => {
    const match = [{ headerName: 'x', headerValue: { exact: 'y' } }];
    const trafficRouting = { ...ROUTING.trafficRouting, managedRoutes: [{ name: 'beta' }] };
    const steps = [
      { setCanaryScale: { replicas: 3 }, setHeaderRoute: { name: 'beta', match }, pause: {} },
      { setHeaderRoute: { name: 'beta' }, analysis },
      { pause: {} },
    ];
    const cluster = settled({ ...ROUTING, trafficRouting, steps });
    cluster.setImage('v2');
    cluster.settle();
    expect(phase(cluster)).toEqual(['Paused', 'CanaryPauseStep']);
    expect(cluster.pods()).toEqual({ v1: 4, v2: 3 });
    expect(cluster.traffic?.headerRoutes).toEqual([{ name: 'beta', match }]);
    cluster.promote();
    cluster.settle();
    expect(cluster.rollout.status?.currentStepIndex).toBe(1);
    expect(cluster.traffic?.headerRoutes).toEqual([]);
    cluster.judge('Successful');
    cluster.settle();
    expect(cluster.rollout.status?.currentStepIndex).toBe(2);
  });

  it.each`
    step                                 | message
    ${{}}                                | ${'Step must have one of the following set: setWeight, pause, setCanaryScale, analysis, setHeaderRoute, setMirrorRoute, experiment, plugin'}
    ${{ setWeight: 5, pause: {} }}       | ${'Step must have only one of the following set: setWeight, pause, experiment, analysis'}
    ${{ plugin: { name: 'acme/gate' } }} | ${'steps of plugins are not run by this controller: use an analysis step'}
  `('says what is wrong with the step $step', ({ step, message }: Readonly<Record<string, unknown>>) => {
    const cluster = settled({ ...ROUTING, steps: [step] });
    expect(phase(cluster)[1]).toContain(message);
  });
});
