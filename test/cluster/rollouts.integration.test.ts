import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ServingAssay } from '../../service/cli/index.js';
import type { RunningController } from '../../service/controller/index.js';
import { type Cluster, startCluster, startControllerOf, startService } from './cluster.js';
import { canaryOf, type Rollouts, rolloutsOf } from './rollouts.js';

let cluster: Cluster;
let service: ServingAssay;
let rollouts: Rollouts;
const controllers: RunningController[] = [];
let namespace = '';
let namespaces = 0;

beforeAll(async () => {
  cluster = await startCluster({ pods: true });
  service = await startService();
}, 120_000);
afterAll(async () => {
  await service.close();
  await cluster.stop();
});
beforeEach(async () => {
  namespace = `shop-${++namespaces}`;
  await cluster.createNamespace(namespace);
  rollouts = rolloutsOf(cluster, namespace);
  await begin();
});
afterEach(async () => {
  for (const controller of controllers.splice(0)) await controller.stop();
});

const begin = async (): Promise<void> => {
  controllers.push(await startControllerOf(cluster, service.url, { namespace }));
};
const restart = async (): Promise<void> => {
  for (const controller of controllers.splice(0)) await controller.stop();
  await begin();
};

describe('a canary without a router', () => {
  const steps = [{ setWeight: 25 }, { pause: {} }, { setWeight: 50 }, { pause: {} }];

  it('is promoted step by step, also when the controller is restarted at each of them', async () => {
    await rollouts.create(canaryOf('checkout', { replicas: 4, steps }));
    await rollouts.until('checkout', 'the first version is healthy', ({ phase }) => phase === 'Healthy');
    expect(await rollouts.sizes('checkout')).toEqual({ '1': 4 });

    await rollouts.setImage('checkout', 'app:2');
    await rollouts.until('checkout', 'step 1 pauses', (status) => isPausedAt(status, 1));
    expect(await rollouts.sizes('checkout')).toEqual({ '1': 3, '2': 1 });
    await restart();
    await rollouts.promote('checkout');
    await rollouts.until('checkout', 'step 3 pauses', (status) => isPausedAt(status, 3));
    expect(await rollouts.sizes('checkout')).toEqual({ '1': 2, '2': 2 });
    await restart();
    await rollouts.promote('checkout');
    await rollouts.until('checkout', 'the second version is healthy', ({ phase }) => phase === 'Healthy');
    await rollouts.untilSizes('checkout', { '1': 0, '2': 4 });
  });

  it('that is aborted has all pods of the stable version again, and goes on when it is retried', async () => {
    await rollouts.create(canaryOf('checkout', { replicas: 4, steps }));
    await rollouts.until('checkout', 'the first version is healthy', ({ phase }) => phase === 'Healthy');
    await rollouts.setImage('checkout', 'app:2');
    await rollouts.until('checkout', 'step 1 pauses', (status) => isPausedAt(status, 1));

    await rollouts.patchStatus('checkout', { abort: true });
    await rollouts.until('checkout', 'it is degraded', ({ phase }) => phase === 'Degraded');
    await rollouts.untilSizes('checkout', { '1': 4, '2': 0 });
    await rollouts.patchStatus('checkout', { abort: false });
    await rollouts.until('checkout', 'step 1 pauses again', (status) => isPausedAt(status, 1));
    await rollouts.setImage('checkout', 'app:1');
    await rollouts.until('checkout', 'the first version is back', ({ phase }) => phase === 'Healthy');
    await rollouts.untilSizes('checkout', { '3': 4, '2': 0 });
  });
});

describe('a Rollout with faults', () => {
  it('has all of them in its condition and its events, and does nothing', async () => {
    await rollouts.create(canaryOf('checkout', { replicas: 1, steps: [{ setWeight: 110 }] }));
    const status = await rollouts.until('checkout', 'it is degraded', ({ phase }) => phase === 'Degraded');
    const condition = status.conditions?.find(({ type }) => type === 'InvalidSpec');
    expect(condition?.message).toContain('spec.strategy.canary.steps[0].setWeight');
    expect(await rollouts.sizes('checkout')).toEqual({});
    expect(await cluster.events(namespace, 'checkout')).toEqual([
      `Warning InvalidSpec ${condition?.message ?? ''}`,
    ]);
  });
});

const isPausedAt = (
  { phase, currentStepIndex }: { readonly phase?: string; readonly currentStepIndex?: number },
  step: number,
): boolean => phase === 'Paused' && currentStepIndex === step;
