import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { AnalysisRun, AnalysisRunSpec } from '../../schemas/index.js';
import type { ServingAssay } from '../../service/cli/index.js';
import type { ControllerSettings, RunningController } from '../../service/controller/index.js';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/free-port.js';
import { type RecordingServer, startRecordingServer } from '../support/recording-server.js';
import { startRedis, type TestRedis } from '../support/redis.js';
import type { ServerProcess } from '../support/server-process.js';
import { type Cluster, startCluster, startControllerOf, startService } from './cluster.js';
import { leftInRedis } from './left-in-redis.js';
import { isLeader, startReplica } from './replica.js';

/** What goes wrong around a controller, on a real API server and a service on a real Redis. */
let cluster: Cluster;
let redis: TestRedis;
let store: RecordingServer;
let port: number;
let service: ServingAssay | undefined;
const controllers: RunningController[] = [];
const replicas: ServerProcess[] = [];
let namespaces = 0;

beforeAll(async () => {
  [cluster, redis, store, port] = await Promise.all([
    startCluster(),
    startRedis(),
    startRecordingServer(),
    freePort(),
  ]);
  store.answer([{ body: '{"value": 1}' }]);
}, 120_000);
afterAll(async () => {
  await store.close();
  await redis.stop();
  await cluster.stop();
});
afterEach(async () => {
  for (const controller of controllers.splice(0)) await controller.stop();
  for (const replica of replicas.splice(0)) await replica.stop('SIGKILL');
  await service?.close();
  service = undefined;
});

const serve = async (): Promise<void> => {
  service = await startService({ ASSAY_PORT: String(port), ASSAY_REDIS_URL: redis.url });
};
const begin = async (settings: Partial<ControllerSettings> = {}): Promise<void> => {
  controllers.push(await startControllerOf(cluster, `http://127.0.0.1:${port}`, settings));
};
async function newNamespace(): Promise<string> {
  const name = `trouble-${++namespaces}`;
  await cluster.createNamespace(name);
  return name;
}
const spec = (fields: { readonly interval?: string; readonly count?: number } = {}): AnalysisRunSpec => ({
  metrics: [
    {
      ...{ name: 'value', successCondition: 'result == 1', ...fields },
      provider: { web: { url: `${store.url}/value`, jsonPath: '{$.value}' } },
    },
  ],
});
describe('AnalysisRuns of a cluster', () => {
  it('wait for a service that is away and say so, and are measured when it is there', async () => {
    const namespace = await newNamespace();
    await begin({ namespace });
    await cluster.createRun(namespace, 'waits', { spec: spec() });
    const { status } = await cluster.inPhase(namespace, 'waits', 'Pending');
    expect(status?.message).toMatch(
      /^waiting for the Assay service: http:\/\/127\.0\.0\.1:\d+ can not be reached: connect ECONNREFUSED /,
    );
    await serve();
    const done = await cluster.inPhase(namespace, 'waits', 'Successful');
    expect(done.status?.message).toBeUndefined();
  });

  it('go on when the service was restarted, without a measurement more or less', async () => {
    const namespace = await newNamespace();
    await serve();
    await begin({ namespace });
    store.answer([{ body: '{"value": 1}' }]);
    await cluster.createRun(namespace, 'restarted', { spec: spec({ interval: '1s', count: 4 }) });
    await cluster.inPhase(namespace, 'restarted', 'Running');
    await service?.close();
    await serve();
    const { status } = await cluster.inPhase(namespace, 'restarted', 'Successful');
    expect(status?.metricResults?.[0]?.count).toBe(4);
    expect(store.requests).toHaveLength(4);
  });

  it('have their verdict when the API server is back', async () => {
    const namespace = await newNamespace();
    await serve();
    await begin({ namespace });
    await cluster.createRun(namespace, 'before', { spec: spec({ interval: '500ms', count: 3 }) });
    await cluster.createRun(namespace, 'later', { spec: spec({ interval: '3s', count: 3 }) });
    await cluster.inPhase(namespace, 'later', 'Running');
    await cluster.killApiServer();
    await eventually('the service has a verdict that nobody can be told', async () => {
      const answer = await fetch(`${service?.url}/v1/analysisruns?namespace=${namespace}&phase=Successful`);
      const { items } = (await answer.json()) as { items: unknown[] };
      return items.length > 0 ? true : undefined;
    });
    await cluster.startApiServer();
    const before = await cluster.inPhase(namespace, 'before', 'Successful');
    const later = await cluster.inPhase(namespace, 'later', 'Successful');
    expect([before, later].map((run) => run.status?.metricResults?.[0]?.count)).toEqual([3, 3]);
  });

  it('1,000 at once end in a verdict each, and nothing is left of them once they are deleted', async () => {
    const namespace = await newNamespace();
    await serve();
    await begin({ namespace });
    store.answer(({ target }) => ({ body: target.includes('bad') ? '{"value": 2}' : '{"value": 1}' }));
    const names = Array.from({ length: 1_000 }, (_, index) => `${index % 4 === 0 ? 'bad' : 'good'}-${index}`);
    const specOf = (name: string): AnalysisRunSpec => ({
      metrics: spec().metrics.map((metric) => ({
        ...metric,
        provider: { web: { url: `${store.url}/${name}`, jsonPath: '{$.value}' } },
      })),
    });
    // As many at once as an API server takes of one caller.
    const left = names.values();
    const create = async (): Promise<void> => {
      for (const name of left) await cluster.createRun(namespace, name, { spec: specOf(name) });
    };
    await Promise.all(Array.from({ length: 50 }, create));
    const path = `/apis/argoproj.io/v1alpha1/namespaces/${namespace}/analysisruns`;
    const verdicts = await eventually(
      'all have a verdict',
      async () => {
        const { items } = (await cluster.call('GET', path)) as { items: readonly AnalysisRun[] };
        const ended = items.filter(({ status }) => !['', 'Running'].includes(status?.phase ?? ''));
        return ended.length === names.length
          ? ended.map(({ metadata, status }) => `${metadata?.name ?? ''} ${status?.phase ?? ''}`)
          : undefined;
      },
      90_000,
    );
    expect(verdicts.toSorted()).toEqual(
      names.map((name) => `${name} ${name.startsWith('bad') ? 'Failed' : 'Successful'}`).toSorted(),
    );
    expect(store.requests).toHaveLength(1_000);
    const endless = Array.from({ length: 20 }, (_, index) => `endless-${index}`);
    for (const name of endless)
      await cluster.createRun(namespace, name, { spec: spec({ interval: '20ms' }) });
    for (const name of endless) await cluster.inPhase(namespace, name, 'Running');
    expect((await leftInRedis(redis.url, [namespace])).length).toBeGreaterThan(1_000);
    await cluster.call('DELETE', path);
    await eventually(
      'nothing is left in Redis',
      async () => ((await leftInRedis(redis.url, [namespace])).length === 0 ? true : undefined),
      60_000,
    );
  }, 240_000);
});

describe('of two replicas', () => {
  const replica = async (namespace: string): Promise<ServerProcess> => {
    const started = await startReplica(cluster, `http://127.0.0.1:${port}`, namespace);
    replicas.push(started);
    return started;
  };

  it('the other one goes on when the leader was killed', async () => {
    const namespace = await newNamespace();
    await serve();
    const both = [await replica(namespace), await replica(namespace)];
    const leader = await eventually('one leads', () => both.find(isLeader), 60_000);
    store.answer([{ body: '{"value": 1}' }]);
    await cluster.createRun(namespace, 'handed-on', { spec: spec({ interval: '2s', count: 3 }) });
    await cluster.inPhase(namespace, 'handed-on', 'Running');
    const other = both.find((each) => each !== leader);
    expect(other === undefined ? undefined : isLeader(other)).toBe(false);
    await leader.stop('SIGKILL');
    const killedAt = Date.now();
    await eventually('the other leads', () => (other !== undefined && isLeader(other) ? true : undefined));
    expect(Date.now() - killedAt).toBeLessThan(15_000);
    const { status } = await cluster.inPhase(namespace, 'handed-on', 'Successful');
    expect(status?.metricResults?.[0]?.count).toBe(3);
    expect(store.requests).toHaveLength(3);
  });

  it('the other one goes on at once when the leader has ended in order', async () => {
    const namespace = await newNamespace();
    await serve();
    const both = [await replica(namespace), await replica(namespace)];
    const leader = await eventually('one leads', () => both.find(isLeader), 60_000);
    const other = both.find((each) => each !== leader);
    await leader.stop('SIGTERM');
    const endedAt = Date.now();
    await eventually('the other leads', () => (other !== undefined && isLeader(other) ? true : undefined));
    expect(Date.now() - endedAt).toBeLessThan(5_000);
  });
});
