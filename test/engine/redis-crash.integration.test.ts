import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createRedisEngine, type Engine } from '../../service/engine/index.js';
import { Secret } from '../../service/platform/index.js';
import { startRedis, type TestRedis } from '../support/redis.js';
import { type ServerProcess, startServer } from '../support/server-process.js';
import { measurement, metric, realDeps, runOf } from './fixtures.js';

const PREFIX = 'crash';
let redis: TestRedis;
let stub: Server;
let workers: ServerProcess[];
let api: Engine;
/** Requests that came, by run. */
let asked: Map<string, number>;
/** Whether requests wait for ever. */
let held: boolean;

beforeEach(async () => {
  redis = await startRedis();
  asked = new Map();
  held = false;
  workers = [];
  stub = createServer((request, response) => {
    const run = new URL(request.url ?? '', 'http://stub').searchParams.get('run') ?? '';
    asked.set(run, (asked.get(run) ?? 0) + 1);
    if (!held) response.end('1');
  });
  await new Promise<void>((resolve) => stub.listen(0, '127.0.0.1', resolve));
  const { deps } = realDeps(() => Promise.resolve(measurement('Error', Date.now())), { work: false });
  api = createRedisEngine(deps, { url: new Secret(redis.url), shards: 2, prefix: PREFIX });
  await api.start();
});

afterEach(async () => {
  await api.stop();
  await Promise.all(workers.map((worker) => worker.stop('SIGKILL')));
  stub.closeAllConnections();
  await new Promise((resolve) => stub.close(resolve));
  await redis.stop();
});

async function startWorker(): Promise<ServerProcess> {
  const worker = await startServer(process.execPath, [
    ...['--import', 'tsx', 'test/engine/worker-process.ts', redis.url, PREFIX],
  ]);
  workers.push(worker);
  await vi.waitFor(
    () => {
      worker.check();
      expect(worker.output()).toContain('ready');
    },
    { timeout: 30_000 },
  );
  return worker;
}

const address = (): string => {
  const bound = stub.address();
  if (bound === null || typeof bound === 'string') throw new Error('the stub listens on no port');
  return `http://127.0.0.1:${bound.port}/`;
};

it('a measurement whose worker is killed is taken again by another one and counted once', async () => {
  held = true;
  const first = await startWorker();
  const web = metric('web', { interval: '100ms', count: 3, provider: { web: { url: address() } } });
  await api.create(runOf([web]), { id: 'run' });
  await vi.waitFor(() => {
    expect(asked.get('run')).toBe(1);
  }, 10_000);
  await first.stop('SIGKILL');
  held = false;
  await startWorker();
  const ended = await api.waitForCompletion('run', 20_000);
  expect(ended?.status).toMatchObject({ phase: 'Successful', metricResults: [{ count: 3, successful: 3 }] });
  expect(ended?.status?.metricResults?.[0]?.measurements).toHaveLength(3);
  expect(asked.get('run')).toBe(4);
});

it('200 runs end with right verdicts, each delivered, though a worker and Redis are killed meanwhile', async () => {
  const first = await startWorker();
  await startWorker();
  const web = metric('web', { interval: '200ms', count: 10, provider: { web: { url: address() } } });
  const ids = Array.from({ length: 200 }, (_, index) => `run-${index}`);
  const delivered: string[] = [];
  api.takeDeliveries((delivery) => {
    delivered.push(delivery.webhookId);
    const attempt = {
      at: new Date().toISOString(),
      outcome: 'delivered' as const,
      status: 200,
      durationMs: 1,
    };
    return Promise.resolve({ kind: 'tried', attempt, next: { kind: 'delivered' } });
  });
  await Promise.all(
    ids.map((id) => api.create(runOf([web]), { id, callbacks: [{ url: 'http://receiver/' }] })),
  );
  await vi.waitFor(() => {
    expect(asked.size).toBe(200);
  }, 20_000);
  await first.stop('SIGKILL');
  await redis.restart();
  const ended = await Promise.all(ids.map((id) => api.waitForCompletion(id, 60_000)));
  for (const run of ended) {
    expect(run?.status).toMatchObject({
      phase: 'Successful',
      verdict: 'promote',
      metricResults: [{ count: 10 }],
    });
    const times = run?.status?.metricResults?.[0]?.measurements?.map(({ startedAt }) => startedAt) ?? [];
    expect(new Set(times).size).toBe(10);
  }
  await vi.waitFor(() => {
    expect(new Set(delivered)).toEqual(new Set(ids.map((id) => `${id}.verdict`)));
  }, 20_000);
});
