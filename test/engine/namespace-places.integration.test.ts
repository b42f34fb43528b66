import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { createRedisEngine, type Engine, TooManyRunsError } from '../../service/engine/index.js';
import { shardKeys, shardOf } from '../../service/engine/redis/keys.js';
import { Secret } from '../../service/platform/index.js';
import { withRedis } from '../support/redis-process.js';
import { startRedis, type TestRedis } from '../support/redis.js';
import { measurement, metric, realDeps, runOf } from './fixtures.js';

const SHARDS = 16;

let redis: TestRedis;
const engines: Engine[] = [];
beforeAll(async () => {
  redis = await startRedis();
});
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.stop()));
  await withRedis({ port: redis.port }, (admin) => admin.flushall());
});
afterAll(() => redis.stop());

/** A process that takes no measurements; undefined: without a limit. */
async function process(maxRunsPerNamespace: number | undefined): Promise<Engine> {
  const { deps } = realDeps(() => Promise.resolve(measurement('Successful', Date.now())), {
    work: false,
    ...(maxRunsPerNamespace === undefined ? {} : { maxRunsPerNamespace }),
  });
  const engine = createRedisEngine(deps, { url: new Secret(redis.url), shards: SHARDS });
  engines.push(engine);
  await engine.start();
  return engine;
}
const begin = (engine: Engine, id: string) =>
  engine.create(
    { ...runOf([metric('slow', { interval: '1h' })]), metadata: { name: 'x', namespace: 'shop' } },
    { id },
  );
const key = shardKeys('assay', shardOf('shop', SHARDS)).places('shop');

it('of two processes and many shards no more runs of a namespace are taken on than may go on, and all places are used', async () => {
  const both = await Promise.all([process(2), process(2)]);
  for (const round of [1, 2, 3]) {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 100 }, (_, index) => begin(both[index % 2] as Engine, `r${round}-${index}`)),
    );
    const made = outcomes.flatMap((each) => (each.status === 'fulfilled' ? [each.value.run] : []));
    expect(made).toHaveLength(2);
    for (const each of outcomes)
      if (each.status === 'rejected') expect(each.reason).toBeInstanceOf(TooManyRunsError);
    // A place is free as soon as its run is gone.
    for (const { metadata } of made) await both[0].forget(metadata?.uid ?? '');
  }
});

it('a place that a process reserved before it died is given to others', async () => {
  const engine = await process(2);
  await withRedis({ port: redis.port }, (admin) => admin.zadd(key, Date.now() - 60_000, 'never-made'));
  await begin(engine, 'a');
  await begin(engine, 'b');
  await expect(begin(engine, 'c')).rejects.toThrow(TooManyRunsError);
});

it('a place that was reserved just now is kept for its run', async () => {
  const engine = await process(2);
  await withRedis({ port: redis.port }, (admin) => admin.zadd(key, Date.now(), 'being-made'));
  await begin(engine, 'a');
  await expect(begin(engine, 'b')).rejects.toThrow(TooManyRunsError);
});

it('runs count that were begun before there was a limit, or whose places were lost', async () => {
  const before = await process(undefined);
  await Promise.all(['a', 'b', 'c'].map((id) => begin(before, id)));
  expect(await withRedis({ port: redis.port }, (admin) => admin.exists(key))).toBe(0);
  const engine = await process(3);
  await expect(begin(engine, 'd')).rejects.toThrow(TooManyRunsError);
  expect(await begin(engine, 'a')).toMatchObject({ created: false });
  await engine.forget('a');
  await begin(engine, 'd');
});
