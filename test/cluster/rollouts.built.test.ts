import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ServingAssay } from '../../service/cli/index.js';
import type { RunningController } from '../../service/controller/index.js';
import { eventually } from '../support/eventually.js';
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

it('a canary whose analysis the API server does not take is given up at once, and says why', async () => {
  await cluster.call('POST', `/apis/argoproj.io/v1alpha1/namespaces/${namespace}/analysistemplates`, {
    ...{ apiVersion: 'argoproj.io/v1alpha1', kind: 'AnalysisTemplate', metadata: { name: 'value' } },
    spec: { metrics: [{ name: 'value', provider: { web: { url: 'http://localhost:9' } } }] },
  });
  const analysis = {
    templates: [{ templateName: 'value' }],
    analysisRunMetadata: { labels: { team: 'the shop!', 'a b': 'c' } },
  };
  await rollouts.create(canaryOf('checkout', { replicas: 2, steps: [{ setWeight: 50 }, { analysis }] }));
  await rollouts.until('checkout', 'the first version is healthy', ({ phase }) => phase === 'Healthy');
  await rollouts.setImage('checkout', 'app:2');
  const { message } = await rollouts.until('checkout', 'it is given up', ({ abort }) => abort === true);
  expect(message).toContain('Step-based analysis can not be made: AnalysisRun.argoproj.io "checkout-');
  for (const fault of ['"the shop!"', '"a b"']) expect(message).toContain(fault);
  await rollouts.untilSizes('checkout', { '1': 2, '2': 0 });
  // A retry asks once more, and is told the same.
  await rollouts.patchStatus('checkout', { abort: false });
  await rollouts.until('checkout', 'it is given up again', ({ abort }) => abort === true);
  await rollouts.untilSizes('checkout', { '1': 2, '2': 0 });
});

it('a Rollout whose pods the API server does not take is invalid until they are mended', async () => {
  await rollouts.create(canaryOf('checkout', { replicas: 2 }));
  await rollouts.until('checkout', 'the first version is healthy', ({ phase }) => phase === 'Healthy');
  const template = (name: string) => ({
    metadata: { labels: { app: 'checkout' } },
    spec: { containers: [{ name, image: 'app:2' }] },
  });
  await rollouts.patch('checkout', { spec: { template: template('Bad_Name') } });
  const { message } = await rollouts.until('checkout', 'it says so', ({ phase }) => phase === 'Degraded');
  expect(message).toMatch(
    /^InvalidSpec: .*spec\.template\.spec\.containers\[0\]\.name: Invalid value: "Bad_Name"/,
  );
  await rollouts.patch('checkout', { spec: { template: template('app') } });
  await rollouts.until('checkout', 'the second version is healthy', ({ phase }) => phase === 'Healthy');
  await rollouts.untilSizes('checkout', { '1': 0, '2': 2 });
});

describe('in the middle of a canary', () => {
  const steps = [{ setWeight: 50 }, { pause: {} }];
  beforeEach(async () => {
    await rollouts.create(canaryOf('checkout', { replicas: 2, steps }));
    await rollouts.until('checkout', 'the first version is healthy', ({ phase }) => phase === 'Healthy');
    await rollouts.setImage('checkout', 'app:2');
    await rollouts.until('checkout', 'it pauses', (status) => isPausedAt(status, 1));
  });

  it('a newer version takes the place of the canary', async () => {
    await rollouts.setImage('checkout', 'app:3');
    await rollouts.untilSizes('checkout', { '1': 1, '2': 0, '3': 1 });
    await rollouts.until('checkout', 'it pauses', (status) => isPausedAt(status, 1));
  });

  it('a ReplicaSet that somebody deletes is made again', async () => {
    const { currentPodHash = '' } = (await rollouts.read('checkout')).status ?? {};
    const path = `/apis/apps/v1/namespaces/${namespace}/replicasets/checkout-${currentPodHash}`;
    const before = (await cluster.call('GET', path)) as { metadata: { uid: string } };
    await cluster.call('DELETE', path);
    await eventually('there is another one', async () => {
      const { metadata } = (await cluster.call('GET', path)) as typeof before;
      return metadata.uid === before.metadata.uid ? undefined : true;
    });
    await rollouts.promote('checkout');
    await rollouts.until(
      'checkout',
      'the second version is stable',
      ({ phase, stableRS }) => phase === 'Healthy' && stableRS === currentPodHash,
    );
  });
});

describe('a Rollout whose pods are to be restarted', () => {
  it('has each of them evicted and made again', async () => {
    await rollouts.create(canaryOf('checkout', { replicas: 2 }));
    await rollouts.until('checkout', 'the first version is healthy', ({ phase }) => phase === 'Healthy');
    const pods = async (): Promise<readonly string[]> => {
      const { items } = (await cluster.call('GET', `/api/v1/namespaces/${namespace}/pods`)) as {
        items: { metadata: { uid: string; deletionTimestamp?: string } }[];
      };
      return items
        .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
        .map(({ metadata }) => metadata.uid);
    };
    const before = await pods();
    // A time that is over for all pods, which are compared in whole seconds.
    await rollouts.patch('checkout', {
      spec: { restartAt: new Date(Date.now() + 1_000).toISOString().replace(/\.\d+Z$/, 'Z') },
    });
    await eventually('all pods are others', async () => {
      const now = await pods();
      return now.length === 2 && now.every((uid) => !before.includes(uid)) ? true : undefined;
    });
  });
});

describe('a Rollout of a Deployment', () => {
  it('has its pods from the template of the Deployment, which gives up its own', async () => {
    const labels = { app: 'checkout' };
    const deployments = `/apis/apps/v1/namespaces/${namespace}/deployments`;
    await cluster.call('POST', deployments, {
      metadata: { name: 'old' },
      spec: {
        ...{ replicas: 2, selector: { matchLabels: labels } },
        template: { metadata: { labels }, spec: { containers: [{ name: 'app', image: 'app:1' }] } },
      },
    });
    await rollouts.create({
      ...{ apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', metadata: { name: 'checkout' } },
      spec: {
        replicas: 2,
        workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'old', scaleDown: 'onsuccess' },
        strategy: { canary: {} },
      },
    });
    await rollouts.until('checkout', 'it is healthy', ({ phase }) => phase === 'Healthy');
    await rollouts.untilSizes('checkout', { '1': 2 });
    await eventually('the Deployment has no pods', async () => {
      const { spec } = (await cluster.call('GET', `${deployments}/old`)) as { spec: { replicas: number } };
      return spec.replicas === 0 ? true : undefined;
    });
  });
});

describe('a Rollout with faults', () => {
  it('has all of them in its condition and its events, and does nothing', async () => {
    await rollouts.create(canaryOf('checkout', { replicas: 1, steps: [{ setWeight: 110 }] }));
    const status = await rollouts.until('checkout', 'it is degraded', ({ phase }) => phase === 'Degraded');
    const condition = status.conditions?.find(({ type }) => type === 'InvalidSpec');
    expect(condition?.message).toContain('spec.strategy.canary.steps[0].setWeight');
    expect(await rollouts.sizes('checkout')).toEqual({});
    const events = async (): Promise<readonly string[]> =>
      (await cluster.events(namespace, 'checkout')).filter(
        (event) => !event.includes('RolloutAddedToInformer'),
      );
    await expect
      .poll(events, { timeout: 20_000 })
      .toEqual([`Warning InvalidSpec ${condition?.message ?? ''}`]);
  });
});

const isPausedAt = (
  { phase, currentStepIndex }: { readonly phase?: string; readonly currentStepIndex?: number },
  step: number,
): boolean => phase === 'Paused' && currentStepIndex === step;
