import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { TrafficPluginRequest } from '../../schemas/index.js';
import type { ServingAssay } from '../../service/cli/index.js';
import { type RecordingServer, startRecordingServer } from '../support/recording-server.js';
import { type Cluster, startCluster, startControllerOf, startService } from './cluster.js';
import { canaryOf, type Rollouts, rolloutsOf } from './rollouts.js';

/** A Rollout whose traffic a plugin shifts, a server over HTTP. */

let cluster: Cluster;
let service: ServingAssay;
let plugin: RecordingServer;
let rollouts: Rollouts;
let namespace = '';
let namespaces = 0;

beforeAll(async () => {
  cluster = await startCluster({ pods: true });
  service = await startService();
  plugin = await startRecordingServer();
}, 120_000);
afterAll(async () => {
  await plugin.close();
  await service.close();
  await cluster.stop();
});
beforeEach(async () => {
  namespace = `plugin-${++namespaces}`;
  await cluster.createNamespace(namespace);
  rollouts = rolloutsOf(cluster, namespace);
  for (const name of ['stable', 'canary'])
    await cluster.call('POST', `/api/v1/namespaces/${namespace}/services`, {
      metadata: { name },
      spec: { selector: { app: 'checkout' }, ports: [{ port: 80 }] },
    });
});

const start = () =>
  startControllerOf(cluster, service.url, {
    ...{ namespace, traffic: { versions: {}, plugins: new Map([['acme/mesh', plugin.url]]) } },
  });

/** Weights of the canary that the plugin was asked for, one after the other. */
const asked = (): readonly number[] =>
  plugin.requests.map(({ body }) => (JSON.parse(body) as TrafficPluginRequest).canary.weight);

const create = (): Promise<void> =>
  rollouts.create(
    canaryOf('checkout', {
      ...{ replicas: 2, stableService: 'stable', canaryService: 'canary' },
      trafficRouting: { plugins: { 'acme/mesh': { route: 'checkout' } } },
      steps: [{ setWeight: 30 }, { pause: {} }, { setWeight: 60 }],
    }),
  );

it('the plugin is asked for each weight, and a restarted controller asks it again', async () => {
  plugin.answer(() => ({ body: '{"verified": true}' }));
  let controller = await start();
  try {
    await create();
    await rollouts.until('checkout', 'the first version is healthy', ({ phase }) => phase === 'Healthy');
    await rollouts.setImage('checkout', 'app:2');
    const paused = await rollouts.until('checkout', 'the step pauses', ({ phase }) => phase === 'Paused');
    expect(paused.canary?.weights).toMatchObject({ canary: { weight: 30 }, verified: true });
    expect([...new Set(asked())]).toEqual([0, 30]);

    await controller.stop();
    plugin.answer(() => ({ body: '{"verified": true}' }));
    controller = await start();
    await expect.poll(asked, { timeout: 30_000 }).toEqual([30]);
    await rollouts.promote('checkout');
    await rollouts.until('checkout', 'the second version is healthy', ({ phase }) => phase === 'Healthy');
    await expect.poll(() => asked().at(-1), { timeout: 30_000 }).toBe(0);
    expect(asked()).toContain(60);
  } finally {
    await controller.stop();
  }
});

it('a step is not over before the plugin says so, and what it says is in the status', async () => {
  plugin.answer((request) => {
    const { canary } = JSON.parse(request.body) as TrafficPluginRequest;
    return canary.weight === 30 ? { status: 409, body: '{"message": "no such route"}' } : { body: '{}' };
  });
  const controller = await start();
  try {
    await create();
    await rollouts.until('checkout', 'the first version is healthy', ({ phase }) => phase === 'Healthy');
    await rollouts.setImage('checkout', 'app:2');
    const status = await rollouts.until('checkout', 'the fault is told', ({ conditions = [] }) =>
      conditions.some(({ message }) => message.includes('no such route')),
    );
    expect(status.currentStepIndex).toBe(0);
    await rollouts.patchStatus('checkout', { abort: true });
    await rollouts.until('checkout', 'it is degraded', ({ phase }) => phase === 'Degraded');
    await expect.poll(() => asked().at(-1), { timeout: 30_000 }).toBe(0);
  } finally {
    await controller.stop();
  }
});
