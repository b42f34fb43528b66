import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createRedisEngine,
  type Engine,
  type EngineDeps,
  RedisAccessError,
  StoreRefusalError,
} from '../../service/engine/index.js';
import { Secret } from '../../service/platform/index.js';
import { startRedis, type TestRedis } from '../support/redis.js';
import { withRedis } from '../support/redis-process.js';
import { describeDeliveries } from './delivery-contract.js';
import { describeEngine } from './engine-contract.js';
import { measurement, metric, realDeps, runOf } from './fixtures.js';

const DOCUMENTED = readFileSync(new URL('../../docs/redis.md', import.meta.url), 'utf8');

let redis: TestRedis;
/** The words of the line that the documentation gives for an ACL file. */
let rights: readonly string[];
beforeAll(async () => {
  redis = await startRedis();
  rights = (/^user assay (.*)$/m.exec(DOCUMENTED)?.[1] ?? '').split(' ');
  await withRedis({ port: redis.port }, async (admin) => {
    await admin.acl('SETUSER', 'assay', ...rights);
    await admin.acl('SETUSER', 'reader', ...rights, '-@write');
  });
});
afterAll(async () => {
  await redis.stop();
});

const settings = (user = 'assay') => ({
  url: new Secret(redis.url.replace('//', `//${user}:PASSWORD@`)),
  shards: 3,
  lockMs: 1_000,
  heartbeatMs: 200,
});

/** The line allows the prefix that every installation has; so what other tests have left goes first. */
async function emptyEngine(deps: EngineDeps): Promise<Engine> {
  await withRedis({ port: redis.port }, (admin) => admin.flushall());
  return createRedisEngine(deps, settings());
}
describeEngine('Redis as the documented user', emptyEngine);
describeDeliveries('Redis as the documented user', emptyEngine);

describe('a user of Redis', () => {
  it('is told of all runs that change', async () => {
    const { deps } = realDeps(() => Promise.resolve(measurement('Successful', Date.now())));
    const engine = await emptyEngine(deps);
    await engine.start();
    const over = new AbortController();
    const changes = engine.changes(over.signal)[Symbol.asyncIterator]();
    expect((await changes.next()).value).toEqual([]);
    const { run } = await engine.create(runOf([metric('m')]));
    expect((await changes.next()).value).toEqual([run.metadata?.uid]);
    over.abort();
    await engine.stop();
  });

  it('was refused nothing that it asked for', async () => {
    const refused = await withRedis({ port: redis.port }, async (admin) => {
      const entries: unknown = await admin.acl('LOG');
      // The client library tells its name, and goes on when it may not: before 7.2 there is nothing to tell it to.
      return Array.isArray(entries)
        ? entries.filter((entry) => !/cmd=client\b/.test(String(entry)))
        : entries;
    });
    expect(refused).toEqual([]);
  });

  it.each([
    ['other keys', ['GET', 'other']],
    ['other channels', ['PUBLISH', 'other', '']],
    ['all keys', ['FLUSHALL']],
    ['settings', ['CONFIG', 'GET', '*']],
    ['names of keys', ['KEYS', '*']],
  ])('can not reach %s', async (_what, [command = '', ...args]) => {
    await withRedis({ port: redis.port, username: 'assay', password: 'PASSWORD' }, async (user) => {
      await expect(user.call(command, ...args)).rejects.toThrow(/^NOPERM/);
    });
  });

  /** The documented user without one right. */
  const lacking = (right: string) =>
    withRedis({ port: redis.port }, (admin) => admin.acl('SETUSER', 'assay', right));
  const whole = () =>
    withRedis({ port: redis.port }, async (admin) => {
      await admin.acl('SETUSER', 'assay', 'reset');
      await admin.acl('SETUSER', 'assay', ...rights);
    });

  it.each([
    ['zadd', '-zadd'],
    ['publish', '-publish'],
    ['time', '-time'],
    ['subscribe', '-subscribe'],
    ['psubscribe', '-psubscribe'],
    ['bzpopmin', '-bzpopmin'],
    ['xadd', '-xadd'],
    ['evalsha', '-evalsha'],
    ['info', '-info'],
  ])('that may not run %s is refused at the start, with its name', async (command, right) => {
    await lacking(right);
    const { deps } = realDeps(() => Promise.resolve(measurement('Successful', Date.now())));
    const engine = await emptyEngine(deps);
    try {
      const refused = await engine.start().catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(RedisAccessError);
      expect((refused as Error).message).toMatch(
        new RegExp(`^the user of Redis may not run .*\\b${command}\\b.*: docs/redis.md`),
      );
    } finally {
      await engine.stop();
      await whole();
    }
  });

  it.each([
    ['writes', ['-@write'], 'zadd'],
    ['one command', ['-zadd'], 'zadd'],
    ['scripts', ['-evalsha', '-eval'], 'eval'],
  ])(
    'that loses the right to %s is told as that, and is served what it may read',
    async (_what, less, named) => {
      const { deps } = realDeps(() => Promise.resolve(measurement('Successful', Date.now())));
      const engine = await emptyEngine(deps);
      await engine.start();
      try {
        await engine.create(runOf([metric('m', { interval: '1h', count: 2 })]), { id: 'before' });
        for (const right of less) await lacking(right);
        const refused = await engine.create(runOf([metric('m')])).catch((error: unknown) => error);
        expect(refused).toBeInstanceOf(StoreRefusalError);
        expect(String(refused)).toContain('docs/redis.md');
        const { ready, refusals } = await engine.health();
        expect([ready, refusals]).toEqual([true, [expect.stringContaining(named)]]);
        expect((await engine.get('before'))?.metadata?.uid).toBe('before');
      } finally {
        await whole();
        await engine.stop();
      }
    },
  );

  it('that loses the right to ask how Redis is set up is told as that', async () => {
    const { deps } = realDeps(() => Promise.resolve(measurement('Successful', Date.now())));
    const engine = await emptyEngine(deps);
    await engine.start();
    try {
      await lacking('-info');
      const { reasons } = await engine.health();
      expect(reasons).toEqual([
        'the user of Redis may not run info: docs/redis.md, "A user of its own", has the rights it needs',
      ]);
    } finally {
      await whole();
      await engine.stop();
    }
  });

  it('with too few rights is refused at the start', async () => {
    const { deps } = realDeps(() => Promise.resolve(measurement('Successful', Date.now())));
    const engine = createRedisEngine(deps, settings('reader'));
    await expect(engine.start()).rejects.toThrow(
      /^the user of Redis may not run set, .*zadd, .*: docs\/redis\.md, "A user of its own"/,
    );
    await engine.stop();
  });
});
