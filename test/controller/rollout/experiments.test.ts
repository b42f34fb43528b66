import { describe, expect, it } from 'vitest';
import type { CanaryStep, Experiment } from '../../../schemas/index.js';
import { Simulator } from './simulator.js';

const ISTIO = {
  trafficRouting: { istio: { virtualService: { name: 'shop' } } },
  stableService: 'stable',
  canaryService: 'canary',
};
const STEP: NonNullable<CanaryStep['experiment']> = {
  templates: [
    { name: 'baseline', specRef: 'stable', metadata: { labels: { role: 'baseline' } } },
    { name: 'canary', specRef: 'canary', replicas: 2 },
  ],
  ...{ duration: '5m', scaleDownDelaySeconds: 5, dryRun: [{ metricName: 'rate' }] },
  analyses: [
    {
      ...{ name: 'compare', templateName: 'success-rate', requiredForCompletion: true },
      args: [
        { name: 'stable', valueFrom: { podTemplateHashValue: 'Stable' } },
        { name: 'baseline', value: '{{templates.baseline.podTemplateHash}}' },
      ],
    },
  ],
};

/** A rollout of v2 that has come to its experiment. */
function atExperiment(experiment = STEP, more: object = {}, services: readonly string[] = []): Simulator {
  const cluster = new Simulator(
    {
      strategy: { canary: { ...more, steps: [{ experiment }, { pause: {} }] } },
      ...{ progressDeadlineSeconds: 120, minReadySeconds: 3 },
    },
    services,
  );
  cluster.change({ metadata: { labels: { team: 'shop' } } });
  cluster.settle();
  cluster.setImage('v2');
  cluster.settle();
  return cluster;
}

const only = ({ experiments: [experiment] }: Simulator): Experiment => {
  if (experiment === undefined) throw new Error('there is no experiment');
  return experiment;
};
const end = (cluster: Simulator, phase: string, message = ''): void => {
  cluster.changeExperiment(cluster.rollout.status?.canary?.currentExperiment ?? '', {
    status: { phase, message },
  });
  cluster.settle();
};

describe('an experiment step', () => {
  it('begins one with the pods of both versions, and waits for it', () => {
    const cluster = atExperiment();
    const { currentPodHash = '', stableRS = '', canary, currentStepIndex } = cluster.rollout.status ?? {};
    const { metadata, spec } = only(cluster);
    expect([currentStepIndex, canary?.currentExperiment]).toEqual([0, `shop-${currentPodHash}-2-0`]);
    expect(metadata).toMatchObject({
      name: `shop-${currentPodHash}-2-0`,
      labels: { team: 'shop', 'rollouts-pod-template-hash': currentPodHash },
      annotations: { 'rollout.argoproj.io/revision': '2' },
      ownerReferences: [{ kind: 'Rollout', name: 'shop', uid: 'u-1', controller: true }],
    });
    expect(spec).toMatchObject({
      ...{ duration: '5m', scaleDownDelaySeconds: 5, progressDeadlineSeconds: 120 },
      dryRun: [{ metricName: 'rate' }],
      templates: [
        {
          ...{ name: 'baseline', minReadySeconds: 3 },
          selector: { matchLabels: { app: 'shop', role: 'baseline' } },
          template: {
            metadata: { labels: { app: 'shop', role: 'baseline', 'rollouts-pod-template-hash': stableRS } },
            spec: { containers: [{ image: 'v1' }] },
          },
        },
        { name: 'canary', replicas: 2, template: { spec: { containers: [{ image: 'v2' }] } } },
      ],
      analyses: [
        {
          ...{ name: 'compare', templateName: 'success-rate', requiredForCompletion: true },
          args: [
            { name: 'stable', value: stableRS },
            { name: 'baseline', value: '{{templates.baseline.podTemplateHash}}' },
          ],
        },
      ],
    });
    expect(spec.templates.some(({ service }) => service !== undefined)).toBe(false);
    expect(cluster.pods()).toEqual({ v1: 4 });
    expect(cluster.events).toContain(`ExperimentCreated: Created Experiment 'shop-${currentPodHash}-2-0'`);
    // However long it takes.
    cluster.advance(3_600);
    cluster.settle();
    expect(cluster.rollout.status?.phase).toBe('Progressing');
  });

  it('is over when it is Successful', () => {
    const cluster = atExperiment();
    end(cluster, 'Successful');
    expect(cluster.rollout.status).toMatchObject({ currentStepIndex: 1, message: 'CanaryPauseStep' });
    expect(cluster.rollout.status?.canary?.currentExperiment).toBeUndefined();
    expect(cluster.events).toContain('RolloutStepCompleted: Rollout step 1/2 completed (experiment)');
    cluster.promote();
    cluster.settle();
    expect(cluster.rollout.status?.phase).toBe('Healthy');
    expect(cluster.experiments).toHaveLength(1);
  });

  it.each(['Failed', 'Error'])('aborts the rollout when it is %s, and a retry begins another', (phase) => {
    const cluster = atExperiment();
    end(cluster, phase, 'rate was 0');
    const { status } = cluster.rollout;
    expect([status?.phase, status?.message]).toEqual([
      'Degraded',
      'RolloutAborted: Rollout aborted update to revision 2: Experiment analysis phase is error/failed: rate was 0',
    ]);
    expect(cluster.experiments).toHaveLength(1);
    cluster.change({ status: { abort: false } });
    cluster.settle();
    const hash = cluster.rollout.status?.currentPodHash ?? '';
    expect(cluster.experiments.map(({ metadata }) => metadata?.name)).toEqual([
      `shop-${hash}-2-0`,
      `shop-${hash}-2-0-1`,
    ]);
    expect(cluster.rollout.status?.canary?.currentExperiment).toBe(`shop-${hash}-2-0-1`);
  });

  it('that could not tell pauses the rollout until somebody goes on, with another one', () => {
    const cluster = atExperiment();
    end(cluster, 'Inconclusive');
    expect([cluster.rollout.status?.phase, cluster.rollout.status?.message]).toEqual([
      'Paused',
      'InconclusiveExperiment',
    ]);
    cluster.settle();
    expect(cluster.experiments).toHaveLength(1);
    cluster.promote();
    cluster.settle();
    expect(cluster.experiments).toHaveLength(2);
    end(cluster, 'Successful');
    expect(cluster.rollout.status?.currentStepIndex).toBe(1);
  });

  it.each`
    why                         | change
    ${'the rollout is aborted'} | ${{ status: { abort: true } }}
    ${'all of it is promoted'}  | ${{ status: { promoteFull: true } }}
    ${'somebody skips it'}      | ${{ status: { currentStepIndex: 1 } }}
  `('is ended when $why', ({ change }: { readonly change: object }) => {
    const cluster = atExperiment();
    cluster.change({ ...change });
    cluster.settle();
    expect(only(cluster).spec.terminate).toBe(true);
    expect(cluster.rollout.status?.canary?.currentExperiment).toBeUndefined();
  });

  it('is made again when somebody deletes it, and old ones go with their limits', () => {
    const cluster = atExperiment();
    const before = only(cluster).metadata?.name;
    cluster.experiments = [];
    cluster.settle();
    expect(only(cluster).metadata?.name).toBe(before);
    cluster.change({ spec: { analysis: { successfulRunHistoryLimit: 0 } } });
    end(cluster, 'Successful');
    expect(cluster.experiments).toEqual([]);
  });

  it('begins no second one when its controller ends after any action', () => {
    for (let upTo = 1; upTo < 6; upTo += 1) {
      const cluster = atExperiment();
      cluster.experiments = [];
      cluster.change({ status: { canary: { currentExperiment: null } } });
      for (let round = 0; round < 10; round += 1) cluster.step(upTo);
      cluster.settle();
      expect(cluster.experiments).toHaveLength(1);
    }
  });
});

describe('versions of an experiment with a share of the traffic', () => {
  const weighed = {
    templates: [
      { name: 'baseline', specRef: 'stable', weight: 5 },
      { name: 'canary', specRef: 'canary', weight: 10 },
    ],
  };

  it('get it while the experiment runs', () => {
    const cluster = atExperiment(weighed, ISTIO, ['stable', 'canary']);
    const { metadata, spec } = only(cluster);
    expect(spec.templates.map(({ service }) => service)).toEqual([{}, {}]);
    const templateStatuses = [
      { name: 'baseline', serviceName: 'x-baseline', podTemplateHash: 'hb' },
      { name: 'canary', serviceName: 'x-canary', podTemplateHash: 'hc' },
    ];
    cluster.changeExperiment(metadata?.name ?? '', { status: { phase: 'Pending', templateStatuses } });
    cluster.settle();
    expect(cluster.traffic?.additional).toEqual([]);
    end(cluster, 'Running');
    expect(cluster.traffic).toMatchObject({
      canaryWeight: 0,
      additional: [
        { serviceName: 'x-baseline', podTemplateHash: 'hb', weight: 5 },
        { serviceName: 'x-canary', podTemplateHash: 'hc', weight: 10 },
      ],
    });
    const pods = {
      containers: [{ ports: [{ containerPort: 9000 }] }, { ports: [{ name: 'http', containerPort: 8080 }] }],
    };
    cluster.changeExperiment(metadata?.name ?? '', {
      spec: {
        templates: ['baseline', 'canary'].map((name) => ({ name, selector: {}, template: { spec: pods } })),
      },
    });
    cluster.settle();
    expect(cluster.traffic?.additional.map(({ port }) => port)).toEqual([8080, 8080]);
    expect(cluster.rollout.status?.canary?.weights).toMatchObject({
      ...{ canary: { weight: 0 }, stable: { weight: 85 } },
      additional: [{ serviceName: 'x-baseline', weight: 5 }, { serviceName: 'x-canary' }],
    });
    expect(cluster.events).toContain(
      'TrafficWeightUpdated: Traffic weight updated experiments: x-baseline 5, x-canary 10',
    );
    end(cluster, 'Failed');
    expect(cluster.traffic?.additional).toEqual([]);
    expect(cluster.rollout.status?.canary?.weights).toMatchObject({ stable: { weight: 100 } });
  });

  it.each`
    experiment                                                        | routing                                                               | path                      | message
    ${weighed}                                                        | ${{}}                                                                 | ${'templates[0].weight'}  | ${'Experiment template weight cannot be set unless TrafficRouting is enabled'}
    ${weighed}                                                        | ${{ ...ISTIO, trafficRouting: { nginx: { stableIngress: 'shop' } } }} | ${'templates[1].weight'}  | ${'Experiment template weight is only available for TrafficRouting with SMI, ALB, Istio and Plugins at this time'}
    ${{ templates: [{ name: 'a', specRef: 'newest' }] }}              | ${{}}                                                                 | ${'templates[0].specRef'} | ${"must be canary or stable, not 'newest'"}
    ${{ templates: [{ name: 'a', specRef: 'canary', weight: 101 }] }} | ${ISTIO}                                                              | ${'templates'}            | ${'their weights must not be above 100 together'}
    ${{ ...STEP, duration: '300' }}                                   | ${{}}                                                                 | ${'duration'}             | ${"must be a Go duration such as 30s or 5m, not '300'"}
  `('$path: $message', ({ experiment, routing, path, message }) => {
    const cluster = atExperiment(experiment as typeof STEP, routing as object, ['stable', 'canary']);
    expect(cluster.rollout.status?.conditions?.find(({ type }) => type === 'InvalidSpec')?.message).toContain(
      `spec.strategy.canary.steps[0].experiment.${String(path)}: ${String(message)}`,
    );
  });
});
