import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { AnalysisRun } from '../../schemas/index.js';
import type { ServingAssay } from '../../service/cli/index.js';
import type { RunningController } from '../../service/controller/index.js';
import { eventually } from '../support/eventually.js';
import { type RecordingServer, startRecordingServer } from '../support/recording-server.js';
import { type Cluster, startCluster, startControllerOf, startService } from './cluster.js';

/** Events that a real API server does not take for a while. */
let cluster: Cluster;
let service: ServingAssay;
let store: RecordingServer;
let controller: RunningController | undefined;

const WEBHOOKS = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';
const LEASE = '/apis/coordination.k8s.io/v1/namespaces/default/leases/assay-controller';
/** More than is tried at once. */
const MANY = 20;
const TOLD = ['Normal AnalysisRunSuccessful', 'Normal MetricSuccessful'];

beforeAll(async () => {
  [cluster, service, store] = await Promise.all([
    startCluster({ pods: false }),
    startService(),
    startRecordingServer(),
  ]);
  store.answer(() => ({ body: '{"value": 1}' }));
  for (const namespace of ['ill', 'well', 'left']) await cluster.createNamespace(namespace);
}, 120_000);
afterEach(async () => {
  await controller?.stop();
});
afterAll(async () => {
  await service.close();
  await store.close();
  await cluster.stop();
});

/** Events of a namespace are refused with 500, as the webhook that they are to be shown to can not be reached. */
const refuseEventsIn = (namespace: string): Promise<unknown> =>
  cluster.call('POST', WEBHOOKS, {
    metadata: { name: namespace },
    webhooks: [
      {
        ...{ name: `${namespace}.assay.dev`, sideEffects: 'None', admissionReviewVersions: ['v1'] },
        clientConfig: { url: 'https://127.0.0.1:1/' },
        rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['events'] }],
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
      },
    ],
  });
const takeEventsIn = (namespace: string): Promise<unknown> =>
  cluster.call('DELETE', `${WEBHOOKS}/${namespace}`);
/** An admission configuration takes a moment: until the server answers so. */
const untilRefused = (namespace: string): Promise<unknown> =>
  eventually('events are refused', async () => {
    const involvedObject = { kind: 'Namespace', name: namespace, namespace };
    const event = { metadata: { generateName: 'x-' }, involvedObject, reason: 'X', message: 'x' };
    return cluster.call('POST', `/api/v1/namespaces/${namespace}/events?dryRun=All`, event).then(
      () => undefined,
      () => true,
    );
  });

const spec = () => ({
  metrics: [
    {
      ...{ name: 'value', successCondition: 'result == 1' },
      provider: { web: { url: store.url, jsonPath: '{$.value}' } },
    },
  ],
});
const create = (namespace: string, name: string): Promise<AnalysisRun> =>
  cluster.createRun(namespace, name, { spec: spec() });
/** The events of a run, without their messages. */
const told = async (namespace: string, name: string): Promise<readonly string[]> =>
  (await cluster.events(namespace, name)).map((event) => event.split(' ').slice(0, 2).join(' '));

it('events of a namespace in which something keeps them from being made hold up those of no other', async () => {
  await refuseEventsIn('ill');
  await untilRefused('ill');
  controller = await startControllerOf(cluster, service.url);
  const names = Array.from({ length: MANY }, (_, index) => `run-${index}`);
  await Promise.all(names.map((name) => create('ill', name)));
  await Promise.all(names.map((name) => cluster.inPhase('ill', name, 'Successful')));
  // Until all are asked for as rarely as it comes to.
  await delay(10_000);
  await create('well', 'run');
  await expect.poll(() => told('well', 'run'), { timeout: 20_000 }).toEqual(TOLD);
  await takeEventsIn('ill');
  for (const name of names)
    await expect.poll(() => told('ill', name), { timeout: 40_000, message: name }).toEqual(TOLD);
}, 120_000);

it('what a leader has told is recorded although it leads no more', async () => {
  await refuseEventsIn('left');
  await untilRefused('left');
  controller = await startControllerOf(cluster, service.url, { leaderElect: true });
  await create('left', 'run');
  await cluster.inPhase('left', 'run', 'Successful');
  await eventually('it leads', () => leads());
  await cluster.call('PATCH', LEASE, {
    spec: { holderIdentity: 'another', leaseDurationSeconds: 3_600 },
  });
  await eventually('it leads no more', async () => ((await leads()) ? undefined : true));
  // Longer than an end waits for what is left.
  await delay(3_000);
  await takeEventsIn('left');
  await expect.poll(() => told('left', 'run'), { timeout: 40_000 }).toEqual(TOLD);
}, 120_000);

const leads = async (): Promise<true | undefined> => {
  const metrics = await fetch(`${controller?.url}/metrics`);
  return (await metrics.text()).includes('assay_controller_leader 1') || undefined;
};
