import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import type { NewRun, RunStore } from '../../service/engine/ports.js';
import { createRedisStore } from '../../service/engine/redis/store.js';
import { Watchers } from '../../service/engine/redis/watchers.js';
import { createLog } from '../../service/platform/index.js';
import { metric, runOf } from './fixtures.js';
import { redisOfEachTest } from './redis-of-test.js';

/** A series that somebody looks at of whom no tick tells: who holds it, and what that hides. */
const own = redisOfEachTest('held');
const NOW_MS = Date.parse('2026-11-25T00:00:00Z');
const HELD = { metrics: new Set(['web']), untilMs: NOW_MS + 10_000 };
const LATER_MS = NOW_MS + 30_000;

function openStore(): RunStore {
  const log = createLog({ level: 'silent' });
  const subscriber = new Redis(own.redis.url, { lazyConnect: true });
  own.onEnd(() => {
    subscriber.disconnect();
    return Promise.resolve();
  });
  const watchers = new Watchers(subscriber, log);
  return createRedisStore({ ...{ redis: own.client, watchers, log }, prefix: 'held', shards: 1 });
}

const runWith = (incarnation: string): NewRun => ({
  ...{ id: 'run', incarnation, document: runOf([metric('web')]), callbacks: [], fingerprint: 'print' },
  ...{ createdAtMs: NOW_MS, series: new Map([['web', NOW_MS]]), deliveries: [] },
});

/** What a sweep finds that comes before the last hold is over, and whether a repetition is told that it is held. */
async function seenBy(store: RunStore) {
  const overdue = await store.overdue(LATER_MS - 1, 10);
  return { swept: overdue.length, isHeld: (await store.create(runWith('again'))).held.has('web') };
}

it('is hidden from sweepers, and a repetition is told of it, as long as it is held', async () => {
  const store = openStore();
  const { run } = await store.create(runWith('one'), { held: HELD });
  await store.hold(run, 'web', LATER_MS);
  expect(await seenBy(store)).toEqual({ swept: 0, isHeld: true });
  // An answer that was late, and what was sent again.
  await store.hold(run, 'web', LATER_MS - 1_000);
  expect(await seenBy(store)).toEqual({ swept: 0, isHeld: true });
  expect(await store.overdue(LATER_MS, 10)).toHaveLength(1);
});

it('can not be held any more once its run is to end: the tick for that may be lost', async () => {
  const store = openStore();
  const { run } = await store.create(runWith('one'), { held: HELD });
  await store.end('run', 'asked', NOW_MS + 1);
  await store.hold(run, 'web', LATER_MS);
  expect(await seenBy(store)).toEqual({ swept: 1, isHeld: false });
});

it('can not be held any more once it was put off', async () => {
  const store = openStore();
  const { run } = await store.create(runWith('one'), { held: HELD });
  await store.postpone(run, 'web', 0, NOW_MS + 1_000);
  await store.hold(run, 'web', LATER_MS);
  expect(await seenBy(store)).toEqual({ swept: 1, isHeld: false });
});

it('can not be held any more once something was measured', async () => {
  const store = openStore();
  const { run } = await store.create(runWith('one'), { held: HELD });
  const result = { name: 'web', phase: 'Running' as const };
  const change = { run, metric: 'web', seq: 0, result, nowMs: NOW_MS, deliveries: [] };
  await store.commit({ ...change, nextAtMs: NOW_MS + 1_000 });
  await store.hold(run, 'web', LATER_MS);
  expect(await seenBy(store)).toEqual({ swept: 1, isHeld: false });
});

it('is not held by who looks at a run that had its id before', async () => {
  const store = openStore();
  const { run } = await store.create(runWith('one'), { held: HELD });
  await store.remove('run');
  await store.create(runWith('two'));
  await store.hold(run, 'web', LATER_MS);
  expect(await seenBy(store)).toEqual({ swept: 1, isHeld: false });
});
