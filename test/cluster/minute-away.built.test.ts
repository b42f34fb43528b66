import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AnalysisRun } from '../../schemas/index.js';
import type { ServingAssay } from '../../service/cli/index.js';
import { eventually } from '../support/eventually.js';
import { type RecordingServer, startRecordingServer } from '../support/recording-server.js';
import { startRedis, type TestRedis } from '../support/redis.js';
import type { ServerProcess } from '../support/server-process.js';
import { type Cluster, startCluster, startService } from './cluster.js';
import { isLeader, startReplica } from './replica.js';
import { canaryOf, type Rollouts, rolloutsOf } from './rollouts.js';

const NAMESPACE = 'minute';
const AWAY_MS = 60_000;
/** As when a leader was killed: a minute without an API server ends every lease. */
const GOES_ON_MS = 15_000;

let cluster: Cluster;
let redis: TestRedis;
let store: RecordingServer;
let service: ServingAssay;
let rollouts: Rollouts;
const replicas: ServerProcess[] = [];

const templates = `/apis/argoproj.io/v1alpha1/namespaces/${NAMESPACE}/analysistemplates`;
const analysisRuns = `/apis/argoproj.io/v1alpha1/namespaces/${NAMESPACE}/analysisruns`;

beforeAll(async () => {
  [cluster, redis, store] = await Promise.all([
    startCluster({ pods: true }),
    startRedis(),
    startRecordingServer(),
  ]);
  store.answer(() => ({ body: '{"value": 1}' }));
  await cluster.createNamespace(NAMESPACE);
  rollouts = rolloutsOf(cluster, NAMESPACE);
  service = await startService({ ASSAY_REDIS_URL: redis.url });
  replicas.push(await startReplica(cluster, service.url, NAMESPACE));
  replicas.push(await startReplica(cluster, service.url, NAMESPACE));
  await eventually('one leads', () => replicas.find(isLeader), 60_000);
}, 120_000);
afterAll(async () => {
  for (const replica of replicas) await replica.stop('SIGKILL');
  await service.close();
  await store.close();
  await redis.stop();
  await cluster.stop();
});

/** A spec that measures a number of times, known by a path of its own. */
const spec = (path: string, count: number) => ({
  metrics: [
    {
      ...{ name: 'value', successCondition: 'result == 1', count, interval: '1s' },
      provider: { web: { url: `${store.url}/${path}`, jsonPath: '{$.value}' } },
    },
  ],
});
const measured = (path: string): number =>
  store.requests.filter(({ target }) => target === `/${path}`).length;

it('a minute without an API server costs no step and no measurement, and ends no release', async () => {
  const kind = { apiVersion: 'argoproj.io/v1alpha1', kind: 'AnalysisTemplate' };
  await cluster.call('POST', templates, {
    ...{ ...kind, metadata: { name: 'step' }, spec: spec('step', 4) },
  });
  const analysis = { templates: [{ templateName: 'step' }] };
  const pause = { duration: 1 };
  const steps = [{ setWeight: 25 }, { analysis }, { setWeight: 50 }, { pause }, { setWeight: 75 }];
  await rollouts.create(canaryOf('checkout', { replicas: 4, steps }));
  await rollouts.until('checkout', 'the first version is healthy', ({ phase }) => phase === 'Healthy');
  await rollouts.setImage('checkout', 'app:2');
  await cluster.createRun(NAMESPACE, 'by-itself', { spec: spec('by-itself', 80) });
  await eventually('it is measured', () => (measured('step') > 0 && measured('by-itself') > 0) || undefined);

  await cluster.killApiServer();
  await delay(AWAY_MS);
  await cluster.startApiServer();

  await rollouts.until(
    'checkout',
    'it goes on where it was',
    ({ currentStepIndex = 0 }) => currentStepIndex > 1,
    GOES_ON_MS,
  );
  await rollouts.until('checkout', 'the second version is healthy', ({ phase }) => phase === 'Healthy');
  await rollouts.untilSizes('checkout', { '1': 0, '2': 4 });
  const completed = async (): Promise<readonly (string | undefined)[]> =>
    (await cluster.events(NAMESPACE, 'checkout'))
      .filter((event) => event.includes('RolloutStepCompleted'))
      .map((event) => /step (\d+)\//.exec(event)?.[1]);
  await expect.poll(completed, { timeout: 20_000 }).toEqual(['1', '2', '3', '4', '5']);
  await cluster.inPhase(NAMESPACE, 'by-itself', 'Successful');
  const { items } = (await cluster.call('GET', analysisRuns)) as { items: readonly AnalysisRun[] };
  expect(items.map(({ status }) => [status?.phase, status?.metricResults?.[0]?.count])).toEqual([
    ['Successful', 80],
    ['Successful', 4],
  ]);
  expect([measured('step'), measured('by-itself')]).toEqual([4, 80]);
});
