import { afterEach, expect, it } from 'vitest';
import {
  createRedisEngine,
  type Engine,
  StoreAwayError,
  StoreRefusalError,
} from '../../service/engine/index.js';
import { Secret } from '../../service/platform/index.js';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/free-port.js';
import { startRedis } from '../support/redis.js';
import { startRedisCluster } from '../support/redis-cluster.js';
import { startRedisSentinel } from '../support/redis-sentinel.js';
import { withRedis } from '../support/redis-process.js';
import { type ServerProcess, startServer } from '../support/server-process.js';
import { startTcpProxy } from '../support/tcp-proxy.js';
import { measurement, metric, realDeps, runOf } from './fixtures.js';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

/** An engine over a URL, with a note of every measurement that was taken, by run. */
function engineOver(
  url: string,
  {
    retentionMs = 60_000,
    lockMs = 1_000,
    sentinelPassword,
  }: { retentionMs?: number; lockMs?: number; sentinelPassword?: string } = {},
): { engine: Engine; taken: Map<string, number> } {
  const taken = new Map<string, number>();
  const { deps } = realDeps(
    ({ run }) => {
      taken.set(run.id, (taken.get(run.id) ?? 0) + 1);
      return Promise.resolve(measurement('Successful', Date.now()));
    },
    { retentionMs },
  );
  const engine = createRedisEngine(deps, {
    ...{ url: new Secret(url), shards: 2, lockMs, heartbeatMs: 200 },
    ...(sentinelPassword === undefined ? {} : { sentinel: { password: new Secret(sentinelPassword) } }),
  });
  stops.push(() => engine.stop());
  return { engine, taken };
}

const ids = (name: string, count: number) => Array.from({ length: count }, (_, index) => `${name}-${index}`);
const begin = (engine: Engine, id: string, count: number) =>
  engine.create(runOf([metric('web', { interval: '100ms', count })]), { id });

/** Every run has ended with as many measurements as it was to have. */
async function allEnd(engine: Engine, all: readonly string[], count: number): Promise<void> {
  const ended = await Promise.all(all.map((id) => engine.waitForCompletion(id, 60_000)));
  expect(ended.map((run) => [run?.status?.phase, run?.status?.metricResults?.[0]?.successful])).toEqual(
    all.map(() => ['Successful', count]),
  );
}

it('a Redis that is too old is refused', async () => {
  const redis = await startRedis();
  stops.push(() => redis.stop());
  const proxy = await startTcpProxy(redis.port, {
    rewrite: (piece) =>
      Buffer.from(piece.toString('latin1').replace(/redis_version:\d\.\d/, 'redis_version:6.0'), 'latin1'),
  });
  stops.push(() => proxy.close());
  const { engine } = engineOver(`redis://127.0.0.1:${proxy.port}`);
  await expect(engine.start()).rejects.toThrow(
    /^Redis can not be used:\n {2}version 6\.0\.\d+ is too old: 6\.2 or newer is needed$/,
  );
});

it('a slow Redis makes runs late, and loses and doubles nothing', async () => {
  const redis = await startRedis();
  stops.push(() => redis.stop());
  const proxy = await startTcpProxy(redis.port);
  stops.push(() => proxy.close());
  // The least that a lock has to be: one measurement takes several answers of Redis.
  const { engine, taken } = engineOver(`redis://127.0.0.1:${proxy.port}`, { lockMs: 10_000 });
  await engine.start();
  proxy.treat({ latencyMs: 100 });
  const all = ids('slow', 20);
  await Promise.all(all.map((id) => begin(engine, id, 3)));
  await allEnd(engine, all, 3);
  expect(all.map((id) => taken.get(id))).toEqual(all.map(() => 3));
});

it('a network that loses everything for a while stops nothing for good', async () => {
  const redis = await startRedis();
  stops.push(() => redis.stop());
  const proxy = await startTcpProxy(redis.port);
  stops.push(() => proxy.close());
  const { engine } = engineOver(`redis://127.0.0.1:${proxy.port}`);
  await engine.start();
  const all = ids('cut', 20);
  await Promise.all(all.map((id) => begin(engine, id, 10)));
  for (const fault of ['stall', 'cut'] as const) {
    proxy[fault]();
    await eventually('it is noticed', async () => ((await engine.health()).ready ? undefined : true));
    proxy.heal();
  }
  await allEnd(engine, all, 10);
  await eventually('the engine is ready', async () => ((await engine.health()).ready ? true : undefined));
});

it('a process can end while Redis is away', async () => {
  const redis = await startRedis();
  stops.push(() => redis.stop());
  const { engine } = engineOver(redis.url);
  await engine.start();
  await begin(engine, 'run', 1_000);
  await redis.goAway();
  await eventually('it is noticed', async () => ((await engine.health()).ready ? undefined : true));
  const beganAt = performance.now();
  await engine.stop();
  // A second for measurements and two for each of what is waited for in vain; without an end to it, for ever.
  expect(performance.now() - beganAt).toBeLessThan(12_000);
});

/** A Redis of each kind, and how it goes away as a whole. */
const LEAVING = {
  async 'a server'() {
    const redis = await startRedis();
    return {
      url: redis.url,
      goAway: () => redis.goAway(),
      fallSilent: () => {
        redis.fallSilent();
      },
      stop: () => redis.stop(),
    };
  },
  async 'a cluster'() {
    const cluster = await startRedisCluster();
    const each = cluster.ports.map((_, master) => master);
    const goAway = async () => {
      await Promise.all(each.map((master) => cluster.goAway(master)));
    };
    const fallSilent = () => {
      for (const master of each) cluster.fallSilent(master);
    };
    return { url: cluster.url, goAway, fallSilent, stop: () => cluster.stop() };
  },
};

it.each(['a server', 'a cluster'] as const)(
  'a service that is told to end while %s is away ends',
  async (kind) => {
    const redis = await LEAVING[kind]();
    stops.push(() => redis.stop());
    const service = await serving({ ASSAY_REDIS_URL: redis.url });
    await redis.goAway();
    await eventually('it is noticed', () => service.output().includes('can not be reached') || undefined);
    // Waits for the end of the process: what goes on waiting for Redis would keep it.
    await service.stop('SIGTERM');
  },
  120_000,
);

/** The service in a process of its own, once it listens. */
async function serving(env: Readonly<Record<string, string>>): Promise<ServerProcess> {
  const service = await startServer(
    process.execPath,
    ['--import', 'tsx', 'service/main.ts', 'serve', '--port', '0'],
    env,
  );
  stops.push(() => service.stop('SIGKILL'));
  await eventually('it listens', () => service.output().includes('listens on') || undefined, 60_000);
  return service;
}

it.each([
  ['api', 'a server'],
  ['worker', 'a server'],
  ['api,worker', 'a server'],
  ['api,worker', 'a cluster'],
] as const)(
  'a service (%s) that is told to end while %s is silent ends within its time, and "ended" is its last word',
  async (role, kind) => {
    const redis = await LEAVING[kind]();
    stops.push(() => redis.stop());
    const service = await serving({ ASSAY_REDIS_URL: redis.url, ASSAY_ROLE: role });
    const [, url = ''] = /listens on (\S+)/.exec(service.output()) ?? [];
    redis.fallSilent();
    // Commands wait for their answers, as nothing tells that the connections are dead.
    await eventually('it is noticed', async () => ((await fetch(`${url}/readyz`)).ok ? undefined : true));
    const beganAt = performance.now();
    await service.stop('SIGTERM');
    // The grace is ten seconds; a busy machine adds to it.
    expect(performance.now() - beganAt).toBeLessThan(13_000);
    expect(service.exitCode()).toBe(0);
    expect(service.output()).toMatch(/"msg":"ended"\}\n$/);
  },
  120_000,
);

it('what was asked before a proxy lost its Redis is given up, and the process can end', async () => {
  const redis = await startRedis();
  stops.push(() => redis.stop());
  const proxy = await startTcpProxy(redis.port);
  stops.push(() => proxy.close());
  const { engine } = engineOver(`redis://127.0.0.1:${proxy.port}`);
  await engine.start();
  await begin(engine, 'run', 1_000);
  proxy.stall();
  const asked = engine.get('run').catch((error: unknown) => error);
  await eventually('nothing is answered', async () => ((await engine.health()).ready ? undefined : true));
  // From now on each attempt to connect is a connection that ends at once.
  proxy.cut();
  expect(await asked).toBeInstanceOf(StoreAwayError);
  const beganAt = performance.now();
  await engine.stop();
  expect(performance.now() - beganAt).toBeLessThan(12_000);
});

it('a full Redis takes no run by halves, makes room of what has expired, and all goes on', async () => {
  const redis = await startRedis();
  stops.push(() => redis.stop());
  const { engine } = engineOver(redis.url, { retentionMs: 3_000 });
  const admin = <Result>(work: Parameters<typeof withRedis<Result>>[1]): Promise<Result> =>
    withRedis({ port: redis.port }, work);
  await engine.start();
  const before = ids('before', 20);
  await Promise.all(before.map((id) => begin(engine, id, 1)));
  await allEnd(engine, before, 1);
  const meanwhile = ids('meanwhile', 10);
  await Promise.all(meanwhile.map((id) => begin(engine, id, 10)));
  await admin((client) => client.config('SET', 'maxmemory', '1'));
  const refused = await begin(engine, 'refused', 1).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(StoreRefusalError);
  expect(refused).toMatchObject({ message: 'Redis is full (maxmemory)' });
  expect(await admin((client) => client.keys('*refused*'))).toEqual([]);
  expect((await engine.get('meanwhile-0'))?.status?.phase).toBe('Running');
  const left = async (): Promise<readonly string[]> =>
    (await admin((client) => client.keys('*:run:before-*'))).sort();
  await eventually('what has expired is forgotten', async () =>
    (await left()).length === 0 ? true : undefined,
  );
  await admin((client) => client.config('SET', 'maxmemory', '0'));
  expect((await begin(engine, 'refused', 1)).created).toBe(true);
  // At once: what has ended is soon forgotten.
  await Promise.all([allEnd(engine, meanwhile, 10), allEnd(engine, ['refused'], 1)]);
});

it('a failover of Sentinels loses no run that its replica had, and doubles none', async () => {
  const sentinel = await startRedisSentinel();
  stops.push(() => sentinel.stop());
  const { engine, taken } = engineOver(sentinel.url);
  await engine.start();
  const all = ids('run', 40);
  await Promise.all(all.map((id) => begin(engine, id, 30)));
  // Replication is one stream: when the replica has this, it has every run.
  const acknowledged = await withRedis({ port: await sentinel.master() }, async (client) => {
    await client.set('marker', '1');
    return client.wait(1, 10_000);
  });
  expect(acknowledged).toBe(1);
  await sentinel.failOver();
  await allEnd(engine, all, 30);
  // What was measured at the moment of the failover may have been lost with its master, and is taken again.
  for (const id of all) expect(taken.get(id)).toBeLessThanOrEqual(32);
  expect(
    await withRedis({ port: await sentinel.master() }, (client) => client.info('replication')),
  ).toContain('role:master');
});

it('Sentinels that ask for a password get theirs, and Redis its own', async () => {
  const sentinel = await startRedisSentinel({ redis: 'of redis', sentinels: 'of sentinels' });
  stops.push(() => sentinel.stop());
  const { engine } = engineOver(sentinel.url, { sentinelPassword: 'of sentinels' });
  await engine.start();
  await begin(engine, 'before', 2);
  await allEnd(engine, ['before'], 2);
  await sentinel.failOver();
  await begin(engine, 'after', 2);
  await allEnd(engine, ['after'], 2);
  const { engine: stranger } = engineOver(sentinel.url, { sentinelPassword: 'of redis' });
  await expect(stranger.start()).rejects.toThrow(
    /^Redis can not be reached: All sentinels are unreachable.*WRONGPASS|^Redis refused the password/,
  );
}, 120_000);

it.each([
  ['Sentinels', 'redis+sentinel', '/main'],
  ['a cluster', 'redis+cluster', ''],
])(
  '%s that are not there stop the start with the reason',
  async (_what, scheme, path) => {
    const host = `127.0.0.1:${await freePort()}`;
    const { engine } = engineOver(`${scheme}://${host}${path}`);
    await expect(engine.start()).rejects.toThrow(
      /^Redis can not be reached: .*(?:ECONNREFUSED|Connection is closed)/,
    );
  },
  30_000,
);
