import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { plan } from '../../../service/controller/rollout/plan/index.js';
import type { CanaryStep } from '../../../schemas/index.js';
import { Simulator } from './simulator.js';

const analysis = { templates: [{ templateName: 'success-rate' }] };
const ROUTING = {
  trafficRouting: { nginx: { stableIngress: 'shop' } },
  stableService: 'stable',
  canaryService: 'canary',
};

/** What may happen to a rollout. */
const DEEDS = {
  image: (cluster, number) => {
    cluster.setImage(`v${number + 2}`);
  },
  good: (cluster) => {
    judge(cluster, 'Successful');
  },
  failed: (cluster) => {
    judge(cluster, 'Failed');
  },
  unknown: (cluster) => {
    judge(cluster, 'Inconclusive');
  },
  tried: (cluster, number) => {
    const last = cluster.experiments.at(-1);
    const phase = ['Running', 'Successful', 'Failed', 'Inconclusive'][number % 4];
    const isOver = !['', 'Running'].includes(last?.status?.phase ?? '');
    if (last !== undefined && !isOver)
      cluster.changeExperiment(last.metadata?.name ?? '', { status: { phase } });
  },
  promote: (cluster) => {
    cluster.promote();
  },
  abort: (cluster) => {
    cluster.change({ status: { abort: true } });
  },
  retry: (cluster) => {
    cluster.change({ status: { abort: false } });
  },
  wait: (cluster) => {
    cluster.advance(31);
  },
  scale: (cluster, number) => {
    cluster.change({ spec: { replicas: 2 + (number % 5) } });
  },
  pods: (cluster) => {
    cluster.movePods();
  },
  service: (cluster, number) => {
    if (number % 2 === 0) loseService(cluster);
    else bringServiceBack(cluster);
  },
  step: (cluster, number) => {
    watched(cluster, number);
  },
} satisfies Record<string, (cluster: Simulator, number: number) => void>;

type Deed = keyof typeof DEEDS;

function judge(cluster: Simulator, phase: 'Successful' | 'Failed' | 'Inconclusive'): void {
  const run = cluster.runs.at(-1);
  if (run !== undefined && (run.status?.phase ?? '') === '' && run.spec.terminate !== true)
    cluster.judge(phase);
}

function loseService(cluster: Simulator): void {
  cluster.services = cluster.services.filter(({ metadata }) => metadata.name !== 'canary');
}

function bringServiceBack(cluster: Simulator): void {
  loseService(cluster);
  const service = { metadata: { name: 'canary' }, spec: { selector: { app: 'shop' } } };
  cluster.services = [...cluster.services, service];
}

const hashOfImage = (cluster: Simulator): string => cluster.rollout.status?.currentPodHash ?? '';

/** One plan, perhaps cut off, with a look at everything that it does. */
function watched(cluster: Simulator, upTo: number): void {
  const snapshot = cluster.snapshot();
  const made = plan(snapshot);
  expect(plan(cluster.snapshot()).actions).toEqual(made.actions);
  const steps: readonly CanaryStep[] = snapshot.rollout.spec.strategy?.canary?.steps ?? [];
  const index = snapshot.rollout.status?.currentStepIndex ?? 0;
  const allowed =
    index >= steps.length
      ? 100
      : Math.max(0, ...steps.slice(0, index + 1).map(({ setWeight }) => setWeight ?? 0));
  for (const action of made.actions.slice(0, upTo)) {
    if (action.kind === 'setTraffic') {
      const isThere = cluster.services.some(({ metadata }) => metadata.name === 'canary');
      const most = isThere ? allowed : Math.min(allowed, cluster.traffic?.canaryWeight ?? 0);
      expect(action.traffic.canaryWeight).toBeLessThanOrEqual(most);
    }
    if (action.kind === 'scaleReplicaSet' && snapshot.rollout.status?.abort === true) {
      const set = cluster.replicaSets.find(({ metadata }) => metadata.name === action.name);
      const isCanary = set?.metadata.labels?.['rollouts-pod-template-hash'] === cluster.traffic?.canaryHash;
      const isStable = cluster.traffic?.canaryHash === cluster.traffic?.stableHash;
      if (isCanary && !isStable && action.replicas < (set?.spec.replicas ?? 1))
        expect(cluster.traffic?.canaryWeight).toBe(0);
    }
    if (
      action.kind === 'event' &&
      action.reason === 'RolloutCompleted' &&
      action.message.includes('Completed all')
    ) {
      const judged = cluster.runs.filter(
        ({ metadata, status }) =>
          metadata?.labels?.['rollouts-pod-template-hash'] === hashOfImage(cluster) &&
          status?.phase === 'Successful',
      );
      expect(judged).not.toEqual([]);
    }
    if (action.kind === 'createExperiment')
      expect(steps[index]?.experiment, 'an experiment that no step asks for').toBeDefined();
    cluster.apply(action);
  }
}

const deeds = fc.array(
  fc.tuple(
    fc.oneof(
      { weight: 6, arbitrary: fc.constant<Deed>('step') },
      { weight: 4, arbitrary: fc.constant<Deed>('pods') },
      { weight: 5, arbitrary: fc.constantFrom(...(Object.keys(DEEDS) as Deed[])) },
    ),
    fc.integer({ min: 0, max: 12 }),
  ),
  { maxLength: 60 },
);

const canarySteps = fc
  .array(
    fc.oneof(
      fc.integer({ min: 0, max: 100 }).map((setWeight): CanaryStep => ({ setWeight })),
      fc.constantFrom<CanaryStep>(
        { pause: { duration: 10 } },
        { pause: {} },
        { setCanaryScale: { replicas: 1 } },
        { experiment: { templates: [{ name: 'try', specRef: 'canary' }] } },
      ),
    ),
    { maxLength: 4 },
  )
  .map((steps): readonly CanaryStep[] => [...steps, { analysis }]);

describe('whatever happens to a canary', () => {
  test.prop([canarySteps, fc.boolean(), deeds], { numRuns: 150 })(
    'weights stay within the step, pods go after their traffic, no promotion is without a verdict, and it comes to rest',
    (steps, dynamicStableScale, story) => {
      const cluster = new Simulator({ strategy: { canary: { ...ROUTING, steps, dynamicStableScale } } }, [
        'stable',
        'canary',
      ]);
      cluster.settle();
      for (const [deed, number] of story) DEEDS[deed](cluster, number);
      cluster.settle();
      bringServiceBack(cluster);
      cluster.settle();
      expect(plan(cluster.snapshot()).actions).toEqual([]);
      const { currentExperiment } = cluster.rollout.status?.canary ?? {};
      const running = cluster.experiments.filter(({ spec, status }) =>
        spec.terminate === true ? false : ['', 'Running'].includes(status?.phase ?? ''),
      );
      expect(running.every(({ metadata }) => metadata?.name === currentExperiment)).toBe(true);
    },
  );

  test.prop([deeds], { numRuns: 100 })(
    'a blue/green rollout comes to rest, with its active Service on pods that are there',
    (story) => {
      const blueGreen = { activeService: 'stable', previewService: 'canary', prePromotionAnalysis: analysis };
      const cluster = new Simulator({ strategy: { blueGreen } }, ['stable', 'canary']);
      cluster.settle();
      for (const [deed, number] of story) DEEDS[deed](cluster, number);
      cluster.settle();
      bringServiceBack(cluster);
      cluster.settle();
      expect(plan(cluster.snapshot()).actions).toEqual([]);
      expect(cluster.pods()[cluster.selected('stable') ?? '']).toBe(cluster.rollout.spec.replicas);
    },
  );
});

describe('a controller that ends at any action', () => {
  const steps = [{ setWeight: 20 }, { analysis }, { setWeight: 60 }, { pause: { duration: 10 } }];

  /** The whole story of a version, with the controller ending before its `end`th action. */
  function told(
    verdict: 'Successful' | 'Failed',
    end: number,
  ): { readonly state: unknown; readonly actions: number } {
    const cluster = new Simulator({ strategy: { canary: { ...ROUTING, steps } } }, ['stable', 'canary']);
    cluster.settle();
    const before = cluster.log.length;
    let hasEnded = false;
    const settle = (): void => {
      for (let round = 0; round < 60; round += 1) {
        const left = hasEnded ? Number.POSITIVE_INFINITY : Math.max(0, end - (cluster.log.length - before));
        const { actions } = cluster.step(left);
        hasEnded ||= actions.length > left;
        if (!cluster.movePods() && actions.length === 0) return;
      }
      throw new Error('no end');
    };
    cluster.setImage('v2');
    settle();
    cluster.judge(verdict);
    settle();
    for (let round = 0; round < 3; round += 1) {
      cluster.advance(31);
      settle();
    }
    const { rollout, runs } = cluster;
    const { conditions: _times, ...status } = rollout.status ?? {};
    const { abortedAt: _at, ...rest } = status;
    const state = {
      status: rest,
      pods: cluster.pods(),
      traffic: cluster.traffic,
      runs: runs.map(({ metadata }) => metadata?.name),
    };
    return { state, actions: cluster.log.length - before };
  }

  it.each(['Successful', 'Failed'] as const)(
    'comes to the same end after %s, and begins no run twice',
    (verdict) => {
      const whole = told(verdict, Number.POSITIVE_INFINITY);
      expect(whole.actions).toBeGreaterThan(20);
      for (let end = 0; end < whole.actions; end += 1) expect(told(verdict, end).state).toEqual(whole.state);
    },
  );
});
