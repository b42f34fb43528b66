import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { createRedisEngine, type Engine, TooManyRunsError } from '../../service/engine/index.js';
import { shardKeys, shardOf } from '../../service/engine/redis/keys.js';
import { NamespacePlaces } from '../../service/engine/redis/namespace-places.js';
import { createLog, Secret } from '../../service/platform/index.js';
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

it('of a full namespace is known for a second, and asked anew as soon as a run of it ends in this process', async () => {
  await withRedis({ port: redis.port }, async (client) => {
    let elapsedMs = 0;
    const shards = Array.from({ length: SHARDS }, (_, index) => shardKeys('assay', index));
    const places = new NamespacePlaces({
      ...{ redis: client, shards, log: createLog({ level: 'silent' }) },
      elapsedMs: () => elapsedMs,
    });
    const running = (id: string) => shardKeys('assay', shardOf(id, SHARDS)).running('shop');
    const start = async (id: string) =>
      (await places.within({ id, namespace: 'shop', nowMs: Date.now() }, 2, () =>
        client.sadd(running(id), id),
      )) === 1;
    const looks = async () =>
      Number(/cmdstat_smismember:calls=(\d+)/.exec(await client.info('commandstats'))?.[1] ?? 0);
    await client.config('RESETSTAT');
    expect([await start('a'), await start('b'), await start('c')]).toEqual([true, true, false]);
    const looked = await looks();
    expect(looked).toBeGreaterThan(0);
    elapsedMs += 999;
    for (let time = 0; time < 20; time++) expect(await start(`d${time}`)).toBe(false);
    expect(await looks()).toBe(looked);
    // One that ends elsewhere is seen after the second, whether it was asked for meanwhile or not.
    await client.srem(running('a'), 'a');
    expect(await start('e')).toBe(false);
    elapsedMs += 1;
    expect([await start('e'), await start('f')]).toEqual([true, false]);
    // And one that ends here at once, by a look that is under way then as well.
    await client.srem(running('b'), 'b');
    places.freed('shop');
    expect(await start('f')).toBe(true);
    const late = start('g');
    places.freed('shop');
    expect(await late).toBe(false);
    await client.srem(running('f'), 'f');
    expect(await start('g')).toBe(true);
    // What is remembered is of one namespace.
    expect(
      await places.within({ id: 'h', namespace: 'bank', nowMs: Date.now() }, 1, () =>
        Promise.resolve('made'),
      ),
    ).toBe('made');
  });
});

it('a full namespace is not asked about by each start that is refused, and a run that ends makes room at once', async () => {
  const engine = await process(2);
  await begin(engine, 'a');
  await begin(engine, 'b');
  await withRedis({ port: redis.port }, async (admin) => {
    await admin.config('RESETSTAT');
    for (let time = 0; time < 50; time++)
      await expect(begin(engine, `c${time}`)).rejects.toThrow(TooManyRunsError);
    const looks = Number(/cmdstat_smismember:calls=(\d+)/.exec(await admin.info('commandstats'))?.[1] ?? 0);
    // One look asks at most two shards here; a slow machine takes more than a second for all of this.
    expect(looks).toBeLessThan(20);
  });
  expect(await begin(engine, 'a')).toMatchObject({ created: false });
  await engine.forget('a');
  expect(await begin(engine, 'd')).toMatchObject({ created: true });
});
