import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AnalysisRunSpec } from '../../schemas/index.js';
import { eventually } from '../support/eventually.js';
import { type RecordingServer, startRecordingServer } from '../support/recording-server.js';
import { type Cluster, startCluster, startControllerOf, startService } from './cluster.js';
import { namespacedRights } from './least-rights.js';
import { canaryOf, rolloutsOf } from './rollouts.js';

/** A controller with the rights of the chart and no others, under both kinds of definitions. */

let cluster: Cluster;
let store: RecordingServer;
let folder: string;

beforeAll(async () => {
  cluster = await startCluster();
  store = await startRecordingServer();
  store.answer([{ body: '{"value": 1}' }]);
  folder = await mkdtemp(join(tmpdir(), 'assay-rights-'));
}, 120_000);
afterAll(async () => {
  await store.close();
  await cluster.stop();
  await rm(folder, { recursive: true });
});

const spec = (): AnalysisRunSpec => ({
  metrics: [
    {
      ...{ name: 'value', successCondition: 'result == 1' },
      provider: { web: { url: `${store.url}/value`, jsonPath: '{$.value}' } },
    },
  ],
  ttlStrategy: { secondsAfterCompletion: 60 },
});

it("the rules of the chart are enough, also for Argo Rollouts' kind of definition without a status subresource", async () => {
  const service = await startService();
  const controller = await startControllerOf(cluster, service.url, { leaderElect: true });
  try {
    await cluster.createRun('default', 'subresource', { spec: spec() });
    await cluster.inPhase('default', 'subresource', 'Successful');
    const rollouts = rolloutsOf(cluster, 'default');
    await rollouts.create(canaryOf('checkout', { replicas: 1 }));
    await rollouts.untilSizes('checkout', { '1': 1 });
    await rollouts.until('checkout', 'its status is written', ({ phase }) => phase === 'Progressing');
    await cluster.call(
      'PATCH',
      '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/analysisruns.argoproj.io',
      { spec: { versions: [{ ...(await version()), subresources: {} }] } },
    );
    await eventually('there is no subresource any more', async () => {
      const path = '/apis/argoproj.io/v1alpha1/namespaces/default/analysisruns/subresource/status';
      const isThere = await cluster.call('GET', path).then(
        () => true,
        () => false,
      );
      return isThere ? undefined : true;
    });
    await cluster.createRun('default', 'whole', { spec: spec() });
    const { status } = await cluster.inPhase('default', 'whole', 'Successful');
    expect(status?.metricResults?.[0]?.count).toBe(1);
    await eventually('events are recorded', async () =>
      (await cluster.events('default', 'whole')).length === 2 ? true : undefined,
    );
    const text = await (await fetch(`${controller.url}/metrics`)).text();
    expect(text).not.toMatch(/assay_controller_failures_total\{side="service"\} [1-9]/);
    expect(text).toMatch(/^assay_controller_leader 1$/m);
  } finally {
    await controller.stop();
    await service.close();
  }
});

it('a controller for one namespace needs rights in it only', async () => {
  await cluster.createNamespace('alone');
  const path = await namespacedRights(cluster, 'alone', folder);
  const service = await startService();
  const controller = await startControllerOf(cluster, service.url, {
    ...{ namespace: 'alone', ownNamespace: 'alone', leaderElect: true },
    credentials: { kind: 'kubeconfig', path },
  });
  try {
    await cluster.createRun('alone', 'one', { spec: spec() });
    await cluster.inPhase('alone', 'one', 'Successful');
    const rollouts = rolloutsOf(cluster, 'alone');
    await rollouts.create(canaryOf('checkout', { replicas: 1 }));
    await rollouts.untilSizes('checkout', { '1': 1 });
    const text = await (await fetch(`${controller.url}/metrics`)).text();
    expect(text).not.toMatch(/assay_controller_failures_total\{side="kubernetes"\} [1-9]/);
  } finally {
    await controller.stop();
    await service.close();
  }
});

it('controllers for two namespaces lead side by side, with leases in one namespace', async () => {
  for (const name of ['side-a', 'side-b']) await cluster.createNamespace(name);
  const service = await startService();
  const controllers = await Promise.all(
    ['side-a', 'side-b'].map((namespace) =>
      startControllerOf(cluster, service.url, { namespace, leaderElect: true }),
    ),
  );
  try {
    for (const namespace of ['side-a', 'side-b']) {
      await cluster.createRun(namespace, 'one', { spec: spec() });
      await cluster.inPhase(namespace, 'one', 'Successful');
    }
  } finally {
    for (const controller of controllers) await controller.stop();
    await service.close();
  }
});

async function version(): Promise<object> {
  const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/analysisruns.argoproj.io';
  const { spec: definition } = (await cluster.call('GET', path)) as { spec: { versions: object[] } };
  const [only] = definition.versions;
  if (only === undefined) throw new Error('the definition has no version');
  return only;
}
