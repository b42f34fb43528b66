import { Redis } from 'ioredis';
import { afterEach, beforeEach } from 'vitest';
import { createRedisEngine, type Engine, type EngineDeps } from '../../service/engine/index.js';
import { connect, parseRedisUrl } from '../../service/engine/redis/connect.js';
import type { RedisSettings } from '../../service/engine/redis/redis-engine.js';
import { createRedisTimetable } from '../../service/engine/redis/timetable.js';
import { createLog, Secret, systemClock, systemTimers } from '../../service/platform/index.js';
import { startRedis, type TestRedis } from '../support/redis.js';

/** What each test of a file has of its own. */
interface RedisOfTest {
  /** A Redis with nothing in it. */
  readonly redis: TestRedis;
  readonly client: Redis;
  /** What is to be done when the test is over, the last one first. */
  readonly onEnd: (stop: () => Promise<void>) => void;
  /** An engine over it that works, and ends with the test. */
  readonly startEngine: (deps: EngineDeps, settings?: Partial<RedisSettings>) => Promise<Engine>;
  /** A timetable over it with as many places for what web metrics ask; the test stops it. */
  readonly openTimetable: (
    concurrency: number,
    stopGraceMs?: number,
  ) => ReturnType<typeof createRedisTimetable>;
}

/** Gives each test of a file a Redis, and engines over it that share a prefix. */
export function redisOfEachTest(prefix: string): RedisOfTest {
  const stops: (() => Promise<void>)[] = [];
  let own: { readonly redis: TestRedis; readonly client: Redis } | undefined;
  const now = () => {
    if (own === undefined) throw new RangeError('there is a Redis only within a test');
    return own;
  };
  beforeEach(async () => {
    const redis = await startRedis();
    own = { redis, client: new Redis(redis.url) };
  });
  afterEach(async () => {
    for (const stop of stops.splice(0).reverse()) await stop();
    now().client.disconnect();
    await now().redis.stop();
  });
  return {
    get redis() {
      return now().redis;
    },
    get client() {
      return now().client;
    },
    onEnd: (stop) => stops.push(stop),
    async startEngine(deps, settings = {}) {
      const engine = createRedisEngine(deps, {
        ...{ url: new Secret(now().redis.url), shards: 1, prefix },
        ...settings,
      });
      stops.push(() => engine.stop());
      await engine.start();
      return engine;
    },
    openTimetable(concurrency, stopGraceMs = 5_000) {
      const open = () => connect(parseRedisUrl(now().redis.url), { maxRetriesPerRequest: null });
      const redis = open();
      const timetable = createRedisTimetable({
        ...{ redis, connectWorkers: open, clock: systemClock, timers: systemTimers },
        ...{ log: createLog({ level: 'silent' }), onError: () => undefined },
        ...{ prefix, shards: 1, lanes: ['web'], concurrency },
        ...{ stopGraceMs, lockMs: 30_000, heartbeatMs: 5_000 },
      });
      stops.push(async () => {
        await timetable.close();
        redis.disconnect();
      });
      return timetable;
    },
  };
}
