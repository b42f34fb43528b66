import { Redis } from 'ioredis';
import { afterEach, expect, it, vi } from 'vitest';
import { createRedisEngine, type Engine, type EngineSettings } from '../../service/engine/index.js';
import { createLog, Secret } from '../../service/platform/index.js';
import { startRedis, type TestRedis, type TestRedisOptions } from '../support/redis.js';
import { measurement, metric, realDeps, runOf } from './fixtures.js';

let redis: TestRedis;
let engine: Engine;
afterEach(async () => {
  await engine.stop();
  await redis.stop();
});

/** Messages of the log. */
const logged: string[] = [];

async function begin(options: TestRedisOptions = {}, settings: Partial<EngineSettings> = {}) {
  redis = await startRedis(options);
  logged.length = 0;
  const { deps } = realDeps(
    () => Promise.resolve(measurement('Successful', Date.now(), { value: '[0.9731]' })),
    settings,
  );
  const destination = {
    write: (line: string) => void logged.push((JSON.parse(line) as { msg: string }).msg),
  };
  const log = createLog({ level: 'info', destination });
  engine = createRedisEngine({ ...deps, log }, { url: new Secret(redis.url), shards: 1, heartbeatMs: 50 });
}

it('a Redis that evicts keys is refused, and only once', async () => {
  const console = vi.spyOn(globalThis.console, 'warn');
  await begin({ args: ['--maxmemory-policy', 'allkeys-lru'] });
  await expect(engine.start()).rejects.toThrow(
    'Redis can not be used:\n  maxmemory-policy is allkeys-lru and must be noeviction: an evicted key is a lost run',
  );
  await engine.stop();
  expect(console).not.toHaveBeenCalled();
  console.mockRestore();
});

it('another number of shards than the runs in Redis are spread over is refused', async () => {
  await begin();
  await engine.start();
  const { deps } = realDeps(() => Promise.resolve(measurement('Successful', Date.now())));
  const other = createRedisEngine(deps, { url: new Secret(redis.url), shards: 2 });
  await expect(other.start()).rejects.toThrow(
    'ASSAY_QUEUE_SHARDS is 2 and the runs in this Redis are spread over 1: every process must have the same number.',
  );
  await other.stop();
  const same = createRedisEngine(deps, { url: new Secret(redis.url), shards: 1 });
  await same.start();
  await same.stop();
});

it('is not ready while Redis is away or jobs are not run, and is ready again by itself', async () => {
  await begin();
  expect((await engine.health()).reasons).toEqual(['no measurements are being taken yet']);
  await engine.start();
  expect(await engine.health()).toMatchObject({ ready: true, reasons: [] });
  await redis.goAway();
  expect(await engine.health()).toMatchObject({ ready: false, reasons: ['redis does not answer'] });
  await redis.comeBack();
  await vi.waitFor(
    async () => {
      expect(await engine.health()).toMatchObject({ ready: true, reasons: [] });
    },
    { timeout: 10_000, interval: 50 },
  );
  expect(logged.filter((message) => message === 'Redis answers again')).toHaveLength(1);
  await engine.create(runOf([metric('web')]), { id: 'after' });
  expect((await engine.waitForCompletion('after', 10_000))?.status?.phase).toBe('Successful');
});

it('a Redis that takes no writes keeps no process from starting, nor from being read', async () => {
  await begin();
  await engine.start();
  await engine.stop();
  const client = new Redis(redis.url);
  await client.config('SET', 'min-replicas-to-write', '1');
  client.disconnect();
  const { deps } = realDeps(() => Promise.resolve(measurement('Successful', Date.now())));
  engine = createRedisEngine(deps, { url: new Secret(redis.url), shards: 1, heartbeatMs: 50 });
  await engine.start();
  await vi.waitFor(
    async () => {
      const { ready, reasons, refusals, lastTickAgeMs } = await engine.health();
      expect(lastTickAgeMs).toBeGreaterThan(500);
      expect({ ready, reasons, refusals }).toEqual({
        ...{ ready: true, reasons: [] },
        refusals: ['Redis has too few replicas that keep up (min-replicas-to-write)'],
      });
    },
    { timeout: 10_000, interval: 50 },
  );
  expect(await engine.get('none')).toBeUndefined();
});

it('a process in which no job is run says so', async () => {
  await begin();
  await engine.start();
  const client = new Redis(redis.url);
  // Paused queues are a way to have a live connection and no jobs.
  await client.hset('{assay-0}:ticks-web:meta', 'paused', '1');
  await client.rename('{assay-0}:ticks-web:wait', '{assay-0}:ticks-web:paused').catch(() => undefined);
  await vi.waitFor(
    async () => {
      const { ready, reasons, lastTickAgeMs } = await engine.health();
      expect({ ready, reasons }).toEqual({
        ready: false,
        reasons: [expect.stringMatching(/^no job was run for \d+ s$/)],
      });
      expect(lastTickAgeMs).toBeGreaterThan(300);
    },
    { timeout: 10_000, interval: 50 },
  );
  client.disconnect();
});

it('a run whose jobs were lost is woken by the sweeper and ends', async () => {
  await begin();
  await engine.start();
  await engine.create(runOf([metric('web', { interval: '400ms', count: 3 })]), { id: 'run' });
  await vi.waitFor(
    async () => {
      expect(await engine.queueDepth()).toMatchObject({ delayed: 1 });
    },
    { timeout: 10_000, interval: 5 },
  );
  const client = new Redis(redis.url);
  const jobs = await client.keys('{assay-0}:ticks-web:run/*');
  expect(jobs).toHaveLength(1);
  await client.del('{assay-0}:ticks-web:delayed', ...jobs);
  client.disconnect();
  const ended = await engine.waitForCompletion('run', 20_000);
  expect(ended?.status).toMatchObject({ phase: 'Successful', metricResults: [{ count: 3 }] });
});

it('a running run of one metric with 10 measurements takes less than 4 KiB', async () => {
  await begin();
  await engine.start();
  const runs = 40;
  const prometheus = {
    address: 'http://prometheus.monitoring:9090',
    query:
      'sum(rate(http_requests_total{service="{{args.service}}",code!~"5.."}[1m])) / sum(rate(http_requests_total{service="{{args.service}}"}[1m]))',
  };
  const web = metric('success-rate', {
    interval: '100ms',
    provider: { prometheus },
    successCondition: 'result[0] >= 0.95 && !isNaN(result[0])',
    failureLimit: 3,
  });
  const spec = { metrics: [web], args: [{ name: 'service', value: 'checkout' }] };
  const client = new Redis(redis.url);
  const bytes = async (): Promise<number> => {
    const keys = await client.keys('{assay-0}:*');
    const sizes = await Promise.all(keys.map((key) => client.memory('USAGE', key, 'SAMPLES', 0)));
    return sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
  };
  const before = await bytes();
  for (let index = 0; index < runs; index++)
    await engine.create({ metadata: { name: 'checkout-7f9c', namespace: 'shop' }, spec });
  await vi.waitFor(
    async () => {
      const { items } = await engine.list({ limit: 100 });
      expect(items).toHaveLength(runs);
      for (const { status } of items) expect(status?.metricResults?.[0]?.measurements).toHaveLength(10);
    },
    { timeout: 20_000, interval: 100 },
  );
  const each = ((await bytes()) - before) / runs;
  client.disconnect();
  expect(each).toBeLessThan(4_096);
});

it('a run that can not be read hides no other one, and can be deleted', async () => {
  await begin();
  await engine.start();
  const client = new Redis(redis.url);
  const endless = runOf([metric('web', { interval: '400ms' })]);
  for (const id of ['broken', 'alien', 'well']) await engine.create(endless, { id });
  await engine.create(runOf([metric('web')]), { id: 'ended' });
  await engine.waitForCompletion('ended', 10_000);
  // As another version might write it.
  await client.hset('{assay-0}:run:broken', 's:web', '{"seq":1}', 'is', '1');
  await client.hset('{assay-0}:run:alien', 'run', '{"v":2,', 'is', 'v2');
  await client.hset('{assay-0}:run:ended', 'done', 'v2', 'is', '1');
  await client.zadd('{assay-0}:expiry', 1, 'ended');
  // The job of the well one is lost, so that only the sweeper can wake it; the broken ones are due before it.
  await client.zadd('{assay-0}:next', 1, 'broken\nweb', 1, 'alien\nweb');
  await client.del('{assay-0}:ticks-web:delayed', ...(await client.keys('{assay-0}:ticks-web:well/*')));
  const before = (await engine.get('well'))?.status?.metricResults?.[0]?.count ?? 0;
  await vi.waitFor(
    async () => {
      expect((await engine.get('well'))?.status?.metricResults?.[0]?.count).toBeGreaterThan(before);
      expect(await client.exists('{assay-0}:run:ended')).toBe(0);
    },
    { timeout: 10_000, interval: 20 },
  );
  expect((await engine.list({ limit: 10 })).items.map(({ metadata }) => metadata?.uid)).toEqual(['well']);
  expect((await engine.queueDepth()).overdue).toBe(0);
  for (const id of ['broken', 'alien']) expect(await engine.forget(id)).toBe(true);
  expect(await client.keys('{assay-0}:run:*')).toEqual(['{assay-0}:run:well']);
  client.disconnect();
});

it('a run that this version can not prepare ends with its reason', async () => {
  await begin();
  await engine.start();
  const client = new Redis(redis.url);
  await engine.create(runOf([metric('web', { initialDelay: '1h' })]), { id: 'run' });
  const text = await client.hget('{assay-0}:run:run', 'run');
  // With another time of creation, as this process remembers the run as it was.
  const identity = String(await client.hget('{assay-0}:run:run', 'is')).replace(/^\d+/, '1');
  await client.hset('{assay-0}:run:run', 'run', String(text).replace('"1h"', '"soon"'), 'is', identity);
  await engine.terminate('run');
  const ended = await engine.waitForCompletion('run', 10_000);
  client.disconnect();
  expect(ended?.status).toMatchObject({ phase: 'Error', verdict: 'rollback' });
  expect(ended?.status?.message).toContain('soon');
});
