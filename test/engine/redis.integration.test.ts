import { Redis } from 'ioredis';
import { afterAll, beforeAll } from 'vitest';
import { createRedisEngine } from '../../service/engine/index.js';
import { createRedisStore } from '../../service/engine/redis/store.js';
import { Watchers } from '../../service/engine/redis/watchers.js';
import { createLog, Secret } from '../../service/platform/index.js';
import { startRedis, type TestRedis } from '../support/redis.js';
import { describeArchiving } from './archive-contract.js';
import { describeBulkhead } from './bulkhead-contract.js';
import { describeDeliveries } from './delivery-contract.js';
import { describeEngine } from './engine-contract.js';
import { describeLimits } from './limit-contract.js';
import { describeStore } from './store-contract.js';
import { describeWaking } from './waking-contract.js';

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(async () => {
  await redis.stop();
});

let engines = 0;
const settings = (shards: number) => ({
  url: new Secret(redis.url),
  shards,
  prefix: `test${engines++}`,
  lockMs: 1_000,
  heartbeatMs: 200,
});

describeEngine('Redis', (deps) => Promise.resolve(createRedisEngine(deps, settings(1))));
describeEngine('Redis with 3 shards', (deps) => Promise.resolve(createRedisEngine(deps, settings(3))));
describeDeliveries('Redis', (deps) => Promise.resolve(createRedisEngine(deps, settings(1))));
describeDeliveries('Redis with 3 shards', (deps) => Promise.resolve(createRedisEngine(deps, settings(3))));
describeArchiving('Redis', (deps) => Promise.resolve(createRedisEngine(deps, settings(1))));
describeArchiving('Redis with 3 shards', (deps) => Promise.resolve(createRedisEngine(deps, settings(3))));
describeLimits('Redis', (deps) => Promise.resolve(createRedisEngine(deps, settings(1))));
describeLimits('Redis with 3 shards', (deps) => Promise.resolve(createRedisEngine(deps, settings(3))));
describeBulkhead('Redis', (deps) => Promise.resolve(createRedisEngine(deps, settings(1))));
describeBulkhead('Redis with 3 shards', (deps) => Promise.resolve(createRedisEngine(deps, settings(3))));
describeWaking('Redis', (deps) => Promise.resolve(createRedisEngine(deps, settings(1))));
describeStore('Redis', () => {
  const [client, subscriber] = [new Redis(redis.url), new Redis(redis.url)];
  const log = createLog({ level: 'silent' });
  const watchers = new Watchers(subscriber, log);
  const store = createRedisStore({ redis: client, watchers, log, prefix: `test${engines++}`, shards: 3 });
  return Promise.resolve({
    store,
    close() {
      client.disconnect();
      subscriber.disconnect();
      return Promise.resolve();
    },
  });
});
