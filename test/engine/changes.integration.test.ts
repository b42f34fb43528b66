import { afterAll, beforeAll, expect, it } from 'vitest';
import { createRedisEngine } from '../../service/engine/index.js';
import { Secret } from '../../service/platform/index.js';
import { startRedis, type TestRedis } from '../support/redis.js';
import { describeChanges } from './changes-contract.js';
import { realDeps, scripted } from './fixtures.js';

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(async () => {
  await redis.stop();
});

let engines = 0;
const settings = (shards: number) => ({
  ...{ url: new Secret(redis.url), shards, prefix: `changes${engines++}`, lockMs: 1_000, heartbeatMs: 200 },
});

describeChanges('Redis', (deps) => createRedisEngine(deps, settings(1)));
describeChanges('Redis with 3 shards', (deps) => createRedisEngine(deps, settings(3)));

it('a listener is told when changes may have got lost with the connection', async () => {
  const engine = createRedisEngine(realDeps(scripted(() => 'Successful').measure).deps, settings(1));
  await engine.start();
  try {
    const changes = engine.changes(new AbortController().signal)[Symbol.asyncIterator]();
    expect(await changes.next()).toEqual({ done: false, value: [] });
    const lost = expect(changes.next()).rejects.toThrow('changes of runs may have been missed');
    await redis.restart();
    await lost;
  } finally {
    await engine.stop();
  }
});
