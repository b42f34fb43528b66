import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { createFileArchive } from '../../service/archive/index.js';
import { createRedisEngine, type Engine, type RunArchive } from '../../service/engine/index.js';
import { createLog, Secret, systemClock } from '../../service/platform/index.js';
import { temporaryDirectories } from '../archive/fixtures.js';
import { eventually } from '../support/eventually.js';
import { startRedis, type TestRedis } from '../support/redis.js';
import { metric, realDeps, runOf, scripted } from './fixtures.js';

const newDirectory = temporaryDirectories();
let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const archiveIn = (directory: string): RunArchive => {
  const log = createLog({ level: 'silent' });
  const archive = createFileArchive({
    ...{ directory, log, clock: systemClock, maxBytes: 1_000_000, maxAgeMs: 3_600_000 },
  });
  closing.push(() => archive.close());
  return archive;
};

const begin = async (archive: RunArchive, prefix: string, retentionMs = 50): Promise<Engine> => {
  const { deps } = realDeps(scripted(() => 'Successful').measure, {
    retentionMs,
    archiveLeaseMs: 300,
    stopGraceMs: 10,
  });
  const settings = { url: new Secret(redis.url), shards: 2, prefix, lockMs: 1_000, heartbeatMs: 200 };
  const engine = createRedisEngine({ ...deps, archive }, settings);
  closing.push(() => engine.stop());
  await engine.start();
  return engine;
};

const web = runOf([metric('web')]);

it('a run whose process died while it wrote it is archived by another one, and leaves Redis only then', async () => {
  const directory = await newDirectory();
  let asked = 0;
  const stuck: RunArchive = {
    ...archiveIn(directory),
    keep() {
      asked += 1;
      return new Promise<never>(() => undefined);
    },
  };
  const first = await begin(stuck, 'dies');
  await first.create(web, { id: 'a' });
  await eventually('the first one has begun to write it', () => (asked > 0 ? true : undefined));
  expect((await first.list({ limit: 1 })).items).toHaveLength(1);
  await eventually('it says what is wrong', async () =>
    /was not kept within 0.3 s/.test((await first.health()).warnings.join()) ? true : undefined,
  );
  const archive = archiveIn(directory);
  const second = await begin(archive, 'dies');
  await eventually('the run has left Redis', async () =>
    (await second.list({ limit: 1 })).items.length === 0 ? true : undefined,
  );
  expect((await archive.find('a'))?.run.status?.verdict).toBe('promote');
});

it('runs that ended before there was an archive are archived before they are forgotten', async () => {
  const directory = await newDirectory();
  const archive = archiveIn(directory);
  const { deps } = realDeps(scripted(() => 'Successful').measure, { retentionMs: 600, sweepIntervalMs: 100 });
  const settings = { url: new Secret(redis.url), shards: 2, prefix: 'before' };
  const without = createRedisEngine(deps, settings);
  await without.start();
  await without.create(web, { id: 'a' });
  await without.waitForCompletion('a', 10_000);
  await without.stop();
  const engine = await begin(archive, 'before');
  await eventually('the run has left Redis', async () =>
    (await engine.list({ limit: 1 })).items.length === 0 ? true : undefined,
  );
  expect((await archive.find('a'))?.run.status?.verdict).toBe('promote');
});

it('what was archived is found after Redis has lost everything', async () => {
  const directory = await newDirectory();
  const engine = await begin(archiveIn(directory), 'lost', 3_600_000);
  for (const id of ['a', 'b', 'c']) {
    await engine.create(web, { id });
    await engine.waitForCompletion(id, 10_000);
  }
  await eventually('all are archived', async () =>
    (await engine.archiveBacklog()) === 0 ? true : undefined,
  );
  expect((await engine.list({ limit: 10 })).items).toHaveLength(3);
  const client = new Redis(redis.url);
  const keys = await client.keys('{lost-*');
  for (const key of keys.filter((each) => !each.includes(':bull'))) await client.del(key);
  client.disconnect();
  expect((await engine.list({ limit: 10 })).items).toEqual([]);
  for (const id of ['a', 'b', 'c']) expect((await engine.get(id))?.status?.verdict).toBe('promote');
});
