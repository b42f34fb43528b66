import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { AnalysisRun, AnalysisRunSpec } from '../../schemas/index.js';
import type { ServingAssay } from '../../service/cli/index.js';
import type { RunningController } from '../../service/controller/index.js';
import { eventually } from '../support/eventually.js';
import { type RecordingServer, startRecordingServer } from '../support/recording-server.js';
import { type Cluster, startCluster, startControllerOf, startService } from './cluster.js';

/** One service for the AnalysisRuns of two clusters: of its own, and of one that it has a kubeconfig for. */
let home: Cluster;
let east: Cluster;
let store: RecordingServer;
let service: ServingAssay;
let folder: string;
const controllers: RunningController[] = [];

const secret = (token: string) => ({
  metadata: { name: 'store' },
  data: { token: Buffer.from(token).toString('base64') },
});

beforeAll(async () => {
  [home, east] = await Promise.all([startCluster(), startCluster()]);
  store = await startRecordingServer();
  folder = await mkdtemp(join(tmpdir(), 'assay-clusters-'));
  await copyFile(east.kubeconfig, join(folder, 'east'));
  for (const [cluster, token] of [
    [home, 'token-of-home'],
    [east, 'token-of-east'],
  ] as const) {
    await cluster.createNamespace('shop');
    await cluster.call('POST', '/api/v1/namespaces/shop/secrets', secret(token));
  }
  service = await startService({ KUBECONFIG: home.kubeconfig, ASSAY_CLUSTERS_DIR: folder });
}, 120_000);
afterEach(async () => {
  for (const controller of controllers.splice(0)) await controller.stop();
  for (const cluster of [home, east]) {
    await cluster.call('DELETE', '/apis/argoproj.io/v1alpha1/namespaces/shop/analysisruns');
    await cluster.call('DELETE', '/apis/batch/v1/namespaces/shop/jobs');
  }
});
afterAll(async () => {
  await service.close();
  await store.close();
  await Promise.all([home.stop(), east.stop()]);
  await rm(folder, { recursive: true });
});

const begin = async (cluster: Cluster, name: string): Promise<RunningController> => {
  const controller = await startControllerOf(cluster, service.url, { cluster: name });
  controllers.push(controller);
  return controller;
};
const withSecret = (): AnalysisRunSpec => ({
  args: [{ name: 'token', valueFrom: { secretKeyRef: { name: 'store', key: 'token' } } }],
  metrics: [
    {
      ...{ name: 'value', successCondition: 'result == 1', consecutiveErrorLimit: 0 },
      provider: {
        web: {
          ...{ url: `${store.url}/value`, jsonPath: '{$.value}' },
          headers: [{ key: 'x-token', value: '{{args.token}}' }],
        },
      },
    },
  ],
});

it('each run is measured with the secrets of its cluster, and its verdict is written there only', async () => {
  store.answer([{ body: '{"value": 1}' }]);
  await begin(home, 'local');
  await begin(east, 'east');
  await east.createRun('shop', 'same-name', { spec: withSecret() });
  await east.inPhase('shop', 'same-name', 'Successful');
  expect(store.requests.map(({ headers }) => headers['x-token'])).toEqual(['token-of-east']);
  await home.createRun('shop', 'same-name', { spec: withSecret() });
  await home.inPhase('shop', 'same-name', 'Successful');
  expect(store.requests.map(({ headers }) => headers['x-token'])).toEqual(['token-of-east', 'token-of-home']);
});

it('nobody gets at the secrets of another cluster by a label of their own', async () => {
  store.answer([{ body: '{"value": 1}' }]);
  await begin(home, 'local');
  await home.createRun('shop', 'curious', {
    metadata: { labels: { 'assay.dev/cluster': 'east' } },
    spec: withSecret(),
  });
  await home.inPhase('shop', 'curious', 'Successful');
  expect(store.requests.map(({ headers }) => headers['x-token'])).toEqual(['token-of-home']);
});

it('a run of a cluster that the service has no credentials for says what to do', async () => {
  await begin(home, 'west');
  await home.createRun('shop', 'stranger', { spec: withSecret() });
  const { status } = await home.inPhase('shop', 'stranger', 'Error');
  expect(status?.metricResults?.[0]?.measurements?.[0]?.message).toBe(
    'Unable to resolve metric arguments: the run is of the cluster "west", and the service has no credentials for it: ' +
      'put a kubeconfig of that name into ASSAY_CLUSTERS_DIR',
  );
});

it('two clusters that have the same name by mistake leave the runs of each other alone, and say so', async () => {
  store.answer([{ body: '{"value": 1}' }]);
  await begin(home, 'local');
  const metrics = withSecret().metrics.map((metric) => ({ ...metric, interval: '200ms' }));
  await home.createRun('shop', 'goes-on', { spec: { ...withSecret(), metrics } });
  const { status } = await home.inPhase('shop', 'goes-on', 'Running');
  const stranger = await begin(east, 'local');
  await eventually('it is told of', async () => {
    const text = await (await fetch(`${stranger.url}/metrics`)).text();
    return /^assay_controller_foreign_runs 1$/m.test(text) || undefined;
  });
  const { metadata } = await home.run('shop', 'goes-on');
  const answer = await fetch(`${service.url}/v1/analysisruns/${metadata?.uid ?? ''}`);
  const { status: inService } = (await answer.json()) as AnalysisRun;
  expect(inService?.phase).toBe('Running');
  expect(inService?.startedAt?.slice(0, 19)).toBe(status?.startedAt?.slice(0, 19));
});

it('its Job is made in the cluster of the run, which owns it', async () => {
  await begin(east, 'east');
  const spec: AnalysisRunSpec = {
    metrics: [
      {
        name: 'smoke',
        provider: {
          job: {
            spec: {
              template: {
                spec: { restartPolicy: 'Never', containers: [{ name: 'smoke', image: 'busybox' }] },
              },
            },
          },
        },
      },
    ],
  };
  const { metadata } = await east.createRun('shop', 'with-job', { spec });
  const jobs = await eventually('there is a Job', async () => {
    const list = (await east.call('GET', '/apis/batch/v1/namespaces/shop/jobs')) as {
      items: { metadata: { ownerReferences?: unknown[] } }[];
    };
    return list.items.length > 0 ? list.items : undefined;
  });
  expect(jobs.map((job) => job.metadata.ownerReferences)).toEqual([
    [expect.objectContaining({ kind: 'AnalysisRun', name: 'with-job', uid: metadata?.uid })],
  ]);
  expect(await home.call('GET', '/apis/batch/v1/namespaces/shop/jobs')).toMatchObject({ items: [] });
});
