import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRedisEngine, type Engine } from '../../service/engine/index.js';
import { Secret } from '../../service/platform/index.js';
import { startRedisCluster, type TestCluster } from '../support/redis-cluster.js';
import { withRedis } from '../support/redis-process.js';
import { eventually } from '../support/eventually.js';
import { describeDeliveries } from './delivery-contract.js';
import { describeEngine } from './engine-contract.js';
import { measurement, metric, realDeps, runOf } from './fixtures.js';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startRedisCluster();
});
afterAll(async () => {
  await cluster.stop();
});

let engines = 0;
const settings = (shards: number) => ({
  url: new Secret(cluster.url),
  shards,
  prefix: `test${engines++}`,
  lockMs: 1_000,
  heartbeatMs: 200,
});

describeEngine('Redis Cluster', (deps) => Promise.resolve(createRedisEngine(deps, settings(4))));
describeDeliveries('Redis Cluster', (deps) => Promise.resolve(createRedisEngine(deps, settings(4))));

describe('runs in a Redis Cluster', () => {
  /** Keys of runs on each master. */
  const runsByMaster = (prefix: string): Promise<readonly number[]> =>
    Promise.all(
      cluster.ports.map((port) =>
        withRedis({ port }, async (redis) => (await redis.keys(`{${prefix}-*}:run:*`)).length),
      ),
    );

  async function withEngine(work: (engine: Engine, prefix: string) => Promise<void>): Promise<void> {
    const { deps } = realDeps(() => Promise.resolve(measurement('Successful', Date.now())));
    const own = settings(12);
    const engine = createRedisEngine(deps, own);
    await engine.start();
    try {
      await work(engine, own.prefix);
    } finally {
      await engine.stop();
    }
  }
  const begin = (engine: Engine, ids: readonly string[], count: number) =>
    Promise.all(ids.map((id) => engine.create(runOf([metric('web', { interval: '200ms', count })]), { id })));
  const ids = (name: string, count: number) =>
    Array.from({ length: count }, (_, index) => `${name}-${index}`);

  it('are spread over its masters by their shard, and all end', async () => {
    await withEngine(async (engine, prefix) => {
      const all = ids('spread', 60);
      await begin(engine, all, 3);
      const ended = await Promise.all(all.map((id) => engine.waitForCompletion(id, 30_000)));
      expect(ended.map((run) => run?.status?.metricResults?.[0]?.successful)).toEqual(all.map(() => 3));
      const held = await runsByMaster(prefix);
      expect(held.reduce((sum, runs) => sum + runs, 0)).toBe(all.length);
      for (const runs of held) expect(runs).toBeGreaterThan(0);
      const { items } = await engine.list({ limit: 100 });
      expect(new Set(items.map(({ metadata }) => metadata?.uid))).toEqual(new Set(all));
    });
  });

  it('go on when a master that was away is back, and the engine says that it is away', async () => {
    await withEngine(async (engine) => {
      const all = ids('away', 30);
      await begin(engine, all, 10);
      await cluster.goAway(1);
      const told = await eventually('it is told', async () => {
        const { ready, storeReasons } = await engine.health();
        return ready ? undefined : storeReasons;
      });
      expect(told).toEqual([
        expect.stringMatching(/^(?:redis does not answer|a part of the Redis Cluster is away)/),
      ]);
      await cluster.comeBack(1);
      const ended = await Promise.all(all.map((id) => engine.waitForCompletion(id, 60_000)));
      expect(ended.map((run) => run?.status?.metricResults?.[0]?.successful)).toEqual(all.map(() => 10));
      await eventually('it is ready', async () => ((await engine.health()).ready ? true : undefined), 30_000);
    });
  });

  it('are not at risk without a word when one master would evict them', async () => {
    await withEngine(async (engine) => {
      const policy = (name: string) =>
        withRedis({ port: cluster.ports[2] ?? 0 }, (redis) => redis.config('SET', 'maxmemory-policy', name));
      const problem = 'maxmemory-policy is allkeys-lru and must be noeviction: an evicted key is a lost run';
      await policy('allkeys-lru');
      try {
        expect((await engine.health()).storeReasons).toEqual([problem]);
        const { deps } = realDeps(() => Promise.resolve(measurement('Successful', Date.now())));
        const other = createRedisEngine(deps, settings(1));
        await expect(other.start()).rejects.toThrow(problem);
        await other.stop();
      } finally {
        await policy('noeviction');
      }
      expect((await engine.health()).storeReasons).toEqual([]);
    });
  });
});
