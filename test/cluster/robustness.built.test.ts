import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AnalysisRun, AnalysisRunSpec } from '../../schemas/index.js';
import type { ServingAssay } from '../../service/cli/index.js';
import type { RunningController } from '../../service/controller/index.js';
import { EventRecorder } from '../../service/controller/objects/event-recorder.js';
import { mirrorRuns } from '../../service/controller/runs/run-mirror.js';
import { createServiceClient } from '../../service/controller/service/service-client.js';
import { createLog, systemClock, systemTimers } from '../../service/platform/index.js';
import { createKubernetesApi } from '../../service/providers/kubernetes/index.js';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/free-port.js';
import { type RecordingServer, startRecordingServer } from '../support/recording-server.js';
import { startRedis, type TestRedis } from '../support/redis.js';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.js';
import { type Cluster, startCluster, startControllerOf, startService } from './cluster.js';
import { leftInRedis } from './left-in-redis.js';

/**
 * Whatever happens to the connections, the controller and the service: each run ends in one right verdict on its object, every
 * measurement is taken once, and nothing is left behind. On a real API server, through a network that can be bad, with a
 * service on a real Redis.
 */
let cluster: Cluster;
let proxy: TcpProxy;
let redis: TestRedis;
let store: RecordingServer;
let port: number;
let folder: string;
let kubeconfig: string;
let service: ServingAssay | undefined;
const controllers: RunningController[] = [];
let namespace = '';
let namespaces = 0;

beforeAll(async () => {
  [cluster, redis, store, port] = await Promise.all([
    startCluster(),
    startRedis(),
    startRecordingServer(),
    freePort(),
  ]);
  folder = await mkdtemp(join(tmpdir(), 'assay-robustness-'));
  const config = await readFile(cluster.kubeconfig, 'utf8');
  proxy = await startTcpProxy(Number(/https:\/\/127\.0\.0\.1:(\d+)/.exec(config)?.[1]));
  kubeconfig = join(folder, 'kubeconfig');
  await writeFile(kubeconfig, config.replace(/(https:\/\/127\.0\.0\.1:)\d+/, `$1${proxy.port}`));
}, 120_000);
afterAll(async () => {
  await proxy.close();
  await store.close();
  await redis.stop();
  await cluster.stop();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  namespace = `robust-${++namespaces}`;
  await cluster.createNamespace(namespace);
  // What is measured tells the verdict: a name with `bad` in it fails at its third measurement.
  store.answer(({ target }, index) => ({
    body: `{"value": ${target.includes('bad') && countOf(target) >= 3 ? 2 : 1}, "index": ${index}}`,
  }));
  await serve();
});
afterEach(async () => {
  proxy.heal();
  for (const controller of controllers.splice(0)) await controller.stop();
  await service?.close();
  service = undefined;
});

const countOf = (target: string): number => store.requests.filter((each) => each.target === target).length;

const serve = async (): Promise<void> => {
  service = await startService({ ASSAY_PORT: String(port), ASSAY_REDIS_URL: redis.url });
};
const begin = async (): Promise<RunningController> => {
  const controller = await startControllerOf(cluster, `http://127.0.0.1:${port}`, {
    ...{ namespace, credentials: { kind: 'kubeconfig', path: kubeconfig } },
  });
  controllers.push(controller);
  return controller;
};
const restart = async (): Promise<void> => {
  for (const controller of controllers.splice(0)) await controller.stop();
  await begin();
};

const COUNT = 5;
const specOf = (name: string, interval = '300ms'): AnalysisRunSpec => ({
  metrics: [
    {
      ...{ name: 'value', successCondition: 'result == 1', interval, count: COUNT },
      provider: { web: { url: `${store.url}/${namespace}/${name}`, jsonPath: '{$.value}' } },
    },
  ],
});
const namesOf = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${index % 3 === 0 ? 'bad' : 'good'}-${index}`);

/** Creates runs a little apart, so that whatever happens meets them at different points. */
async function create(names: readonly string[], interval?: string): Promise<void> {
  for (const name of names) {
    await cluster.createRun(namespace, name, { spec: specOf(name, interval) });
    await delay(20);
  }
}

/** Every run has the verdict that its measurements ask for, and was measured as often as that takes. */
async function expectRight(names: readonly string[]): Promise<void> {
  const runs: AnalysisRun[] = [];
  for (const name of names)
    runs.push(await cluster.inPhase(namespace, name, 'Successful', 'Failed', 'Error', 'Inconclusive'));
  const told = runs.map(({ metadata, status }) => ({
    name: metadata?.name,
    phase: status?.phase,
    counts: status?.metricResults?.map(({ count, successful, failed, error }) => ({
      ...{ count, successful, failed, error },
    })),
    requests: countOf(`/${namespace}/${metadata?.name ?? ''}`),
  }));
  expect(told).toEqual(
    names.map((name) =>
      name.startsWith('bad')
        ? { name, phase: 'Failed', counts: [{ count: 3, successful: 2, failed: 1 }], requests: 3 }
        : { name, phase: 'Successful', counts: [{ count: COUNT, successful: COUNT }], requests: COUNT },
    ),
  );
}

/** Deletes all runs; then nothing of them is left in the service, in Redis or in the cluster. */
async function expectNothingLeft(): Promise<void> {
  const path = `/apis/argoproj.io/v1alpha1/namespaces/${namespace}/analysisruns`;
  expect(await leftInRedis(redis.url, [namespace])).not.toEqual([]);
  await cluster.call('DELETE', path);
  await eventually('nothing is left in Redis', async () => {
    const left = await leftInRedis(redis.url, [namespace]);
    if (left.length > 0) throw new Error(left.join(', '));
    return true;
  });
  expect(await cluster.call('GET', path)).toMatchObject({ items: [] });
}

describe('AnalysisRuns end right', () => {
  it('when the controller is restarted again and again', async () => {
    const names = namesOf(24);
    await begin();
    const creating = create(names);
    for (const ms of [40, 170, 90, 260, 30, 310, 120, 60, 220]) {
      await delay(ms);
      await restart();
    }
    await creating;
    await expectRight(names);
    await expectNothingLeft();
  });

  it('when the service is restarted again and again', async () => {
    const names = namesOf(24);
    await begin();
    const creating = create(names, '1s');
    for (const ms of [150, 700, 400]) {
      await delay(ms);
      await service?.close();
      await serve();
    }
    await creating;
    await expectRight(names);
    await expectNothingLeft();
  });

  it('when connections to the API server are cut again and again, and it can not be reached for a while', async () => {
    const names = namesOf(24);
    await begin();
    const creating = create(names);
    for (const [ms, awayMs] of [
      [60, 0],
      [200, 0],
      [150, 800],
      [300, 0],
      [100, 2_500],
    ] as const) {
      await delay(ms);
      proxy.cut();
      await delay(awayMs);
      proxy.heal();
    }
    await creating;
    await expectRight(names);
    await expectNothingLeft();
  });

  it('when others change their objects all the time', async () => {
    const names = namesOf(6);
    await begin();
    await create(names);
    let changes = 0;
    const over = new AbortController();
    const changing = (async () => {
      while (!over.signal.aborted)
        for (const name of names) {
          await cluster.patchRun(namespace, name, { metadata: { annotations: { change: `${++changes}` } } });
          // Somebody else's controller, or a person: what they write of the status is put right.
          const path = `/apis/argoproj.io/v1alpha1/namespaces/${namespace}/analysisruns/${name}/status`;
          if (changes % 7 !== 0) continue;
          const { metadata, status } = await cluster.run(namespace, name);
          if (status?.phase !== 'Running') continue;
          // Only as it was looked at: nobody puts right what is written when the verdict is there.
          const { resourceVersion } = metadata ?? {};
          const patch = { metadata: { resourceVersion }, status: { message: 'somebody was here' } };
          await cluster.call('PATCH', path, patch).catch((error: unknown) => {
            if (!String(error).includes('409')) throw error;
          });
        }
    })();
    await expectRight(names);
    over.abort();
    await changing;
    expect(changes).toBeGreaterThan(50);
    for (const name of names)
      expect((await cluster.run(namespace, name)).status?.message ?? '').not.toContain('somebody');
    await expectNothingLeft();
  });
});

it('a watch that goes silent without an end is noticed, and what it did not tell is made up for', async () => {
  const api = createKubernetesApi(
    { kind: 'kubeconfig', path: kubeconfig },
    { timeoutMs: 1_000, silenceMs: 2_000 },
  );
  const over = new AbortController();
  const wrote: string[] = [];
  const time = { clock: systemClock, timers: systemTimers };
  const log = createLog({ level: 'silent' });
  const events = new EventRecorder({ api, log, ...time });
  const mirroring = mirrorRuns(
    {
      ...{ api, scope: { cluster: 'local', namespace }, ...time, log, events },
      service: createServiceClient({
        ...{ url: `http://127.0.0.1:${port}`, token: () => Promise.resolve(undefined) },
      }),
      metrics: {
        wrote: (what) => void wrote.push(what),
        failed: () => undefined,
        foreign: () => undefined,
        unwatched: () => undefined,
      },
    },
    over.signal,
  );
  try {
    await create(['good-1']);
    await cluster.inPhase(namespace, 'good-1', 'Running', 'Successful');
    proxy.strand();
    await create(['good-2', 'bad-3']);
    await expectRight(['good-1', 'good-2', 'bad-3']);
    const { metadata } = await cluster.run(namespace, 'good-1');
    proxy.strand();
    await expectNothingLeft();
    expect(await leftInRedis(redis.url, [metadata?.uid ?? 'no uid'])).toEqual([]);
  } finally {
    over.abort();
    await mirroring;
    await events.end();
    api.close();
  }
});
