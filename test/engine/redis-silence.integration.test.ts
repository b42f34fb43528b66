import { afterEach, expect, it } from 'vitest';
import { createRedisEngine, type Engine } from '../../service/engine/index.js';
import { createLog, Secret } from '../../service/platform/index.js';
import { eventually } from '../support/eventually.js';
import { startRedis } from '../support/redis.js';
import { startRedisCluster } from '../support/redis-cluster.js';
import { withRedis } from '../support/redis-process.js';
import { startRedisSentinel } from '../support/redis-sentinel.js';
import { startTcpProxy } from '../support/tcp-proxy.js';
import { measurement, metric, realDeps, runOf } from './fixtures.js';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

/** Lines of the log. */
const logged: string[] = [];

async function engineOver(url: string, silentMs?: number, shards = 2): Promise<Engine> {
  const { deps } = realDeps(() => Promise.resolve(measurement('Successful', Date.now())));
  logged.length = 0;
  const log = createLog({ level: 'warn', destination: { write: (line) => void logged.push(line) } });
  const engine = createRedisEngine(
    { ...deps, log },
    {
      ...{ url: new Secret(url), shards, lockMs: 1_000, heartbeatMs: 200 },
      ...(silentMs === undefined ? {} : { silentMs }),
    },
  );
  stops.push(() => engine.stop());
  await engine.start();
  return engine;
}

/** Starts runs of so many measurements, one each 100 ms. */
const begin = (engine: Engine, ids: readonly string[], count: number) =>
  Promise.all(ids.map((id) => engine.create(runOf([metric('web', { interval: '100ms', count })]), { id })));

async function allEnd(engine: Engine, ids: readonly string[], count: number): Promise<void> {
  const ended = await Promise.all(ids.map((id) => engine.waitForCompletion(id, 30_000)));
  expect(ended.map((run) => run?.status?.metricResults?.[0]?.successful)).toEqual(ids.map(() => count));
}

async function readAll(changes: AsyncIterator<readonly string[]>): Promise<void> {
  while ((await changes.next()).done !== true);
}

const names = (name: string) => Array.from({ length: 20 }, (_, index) => `${name}-${index}`);

it('a master that Sentinels have replaced is left, although it ends no connection, and when it takes itself for the master still', async () => {
  const sentinel = await startRedisSentinel();
  stops.push(() => sentinel.stop());
  const engine = await engineOver(sentinel.url);
  const before = names('before');
  await begin(engine, before, 50);
  const kept = await withRedis({ port: await sentinel.master() }, async (client) => {
    await client.set('marker', '1');
    return client.wait(1, 10_000);
  });
  expect(kept).toBe(1);
  const old = await sentinel.fallSilent();
  await eventually('it is left', () => logged.some((line) => line.includes('another master')) || undefined);
  const meanwhile = names('meanwhile');
  await begin(engine, meanwhile, 3);
  await allEnd(engine, meanwhile, 3);
  old.wake();
  const after = names('after');
  await begin(engine, after, 3);
  const stored = await withRedis({ port: await sentinel.master() }, (client) => client.keys('*:run:after-*'));
  expect(stored).toHaveLength(after.length);
  await Promise.all([allEnd(engine, before, 50), allEnd(engine, after, 3)]);
  await eventually('the engine is ready', async () => ((await engine.health()).ready ? true : undefined));
}, 90_000);

it('connections that carry nothing any more are made anew', async () => {
  const redis = await startRedis();
  stops.push(() => redis.stop());
  const proxy = await startTcpProxy(redis.port);
  stops.push(() => proxy.close());
  const engine = await engineOver(`redis://127.0.0.1:${proxy.port}`, 2_000);
  const all = names('run');
  await begin(engine, all, 20);
  const changes = engine.changes(new AbortController().signal)[Symbol.asyncIterator]();
  expect(await changes.next()).toEqual({ done: false, value: [] });
  proxy.strand();
  await allEnd(engine, all, 20);
  // Whoever listens to all runs is told that changes may be missing.
  await expect(readAll(changes)).rejects.toThrow('changes of runs may have been missed');
  await eventually('the engine is ready', async () => ((await engine.health()).ready ? true : undefined));
}, 60_000);

it('a master of a cluster that a replica has replaced is left, although it ends no connection', async () => {
  const cluster = await startRedisCluster([], { replica: true });
  stops.push(() => cluster.stop());
  const engine = await engineOver(cluster.url, 2_000, 12);
  const all = names('run');
  await begin(engine, all, 40);
  cluster.fallSilent(0);
  await allEnd(engine, all, 40);
  const after = names('after');
  await begin(engine, after, 3);
  await allEnd(engine, after, 3);
  await eventually('the engine is ready', async () => ((await engine.health()).ready ? true : undefined));
}, 60_000);

it('whoever asks a Redis that stands still for longer is answered once it goes on, or told that nothing was', async () => {
  const redis = await startRedis();
  stops.push(() => redis.stop());
  const engine = await engineOver(redis.url, 1_500);
  redis.fallSilent();
  const asked: Promise<string>[] = [];
  // What is asked on the first connection is asked again on the next one, which never becomes ready.
  await eventually('connections are given up', () => {
    const changes = engine.changes(new AbortController().signal)[Symbol.asyncIterator]();
    for (const ask of [changes.next(), engine.health()])
      asked.push(
        ask.then(
          () => 'answered',
          () => 'told',
        ),
      );
    return logged.filter((line) => line.includes('Socket timeout')).length >= 3 || undefined;
  });
  redis.wake();
  expect(new Set(await Promise.all(asked))).toEqual(new Set(['answered', 'told']));
  await eventually('the engine is ready', async () => ((await engine.health()).ready ? true : undefined));
  await begin(engine, ['after'], 3);
  await allEnd(engine, ['after'], 3);
}, 60_000);

it('whoever listens in a cluster is told that the connection has ended on which that was', async () => {
  const cluster = await startRedisCluster();
  stops.push(() => cluster.stop());
  const engine = await engineOver(cluster.url, 2_000, 4);
  const changes = engine.changes(new AbortController().signal)[Symbol.asyncIterator]();
  expect(await changes.next()).toEqual({ done: false, value: [] });
  for (const port of cluster.ports)
    await withRedis({ port }, (redis) => redis.client('KILL', 'TYPE', 'pubsub'));
  await expect(readAll(changes)).rejects.toThrow('changes of runs may have been missed');
}, 60_000);
