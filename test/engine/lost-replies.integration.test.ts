import { Command, Redis } from 'ioredis';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { DeliveryOutcome, Engine } from '../../service/engine/index.js';
import { systemTimers } from '../../service/platform/index.js';
import type { Backend } from '../../service/engine/backend.js';
import { createEngine } from '../../service/engine/create-engine.js';
import { script } from '../../service/engine/redis/client-script.js';
import * as scripts from '../../service/engine/redis/scripts.js';
import { createRedisStore } from '../../service/engine/redis/store.js';
import { createRedisTimetable } from '../../service/engine/redis/timetable.js';
import { Watchers } from '../../service/engine/redis/watchers.js';
import { eventually } from '../support/eventually.js';
import { startRedis, type TestRedis } from '../support/redis.js';
import { metric, realDeps, runOf, scripted } from './fixtures.js';

/**
 * A connection whose first reply to every script is lost: the client sends it again by itself, so that the script runs
 * twice and only the second answer is seen.
 */
class Forgetful extends Redis {
  override sendCommand(command: Command, stream?: Parameters<Redis['sendCommand']>[1]): unknown {
    if (command.name === 'evalsha') {
      const first = new Command(command.name, command.args);
      // What becomes of it nobody sees.
      first.promise.catch(() => undefined);
      super.sendCommand(first);
    }
    return super.sendCommand(command, stream);
  }
}

/** A connection that asks for removals twice, the second time when `between` is done: it was lost for that long. */
class Interrupted extends Redis {
  between = (): Promise<unknown> => Promise.resolve();

  override sendCommand(command: Command, stream?: Parameters<Redis['sendCommand']>[1]): unknown {
    if (command.name !== 'evalsha' || command.args[0] !== REMOVE_SHA)
      return super.sendCommand(command, stream);
    const first = new Command(command.name, command.args);
    super.sendCommand(first);
    first.promise.then(this.between).then(() => super.sendCommand(command, stream), command.reject);
    return command.promise;
  }
}
const REMOVE_SHA = script(scripts.REMOVE).sha;

let redis: TestRedis;
let engine: Engine;
let observed: ReturnType<typeof realDeps>['observed'];
/** Times of the service itself: the sweeper and leases would mend what a lost reply broke, but a minute late. */
const PRODUCTION = { sweepIntervalMs: 30_000, overdueAfterMs: 5_000, deliveryLeaseMs: 60_000 };
const SOON_MS = 5_000;

beforeEach(async () => {
  redis = await startRedis();
  const realOptions = realDeps(scripted(() => 'Successful').measure, PRODUCTION);
  observed = realOptions.observed;
  const { deps } = realOptions;
  const { clock, log } = deps;
  const [client, plain, subscriber] = [
    new Forgetful(redis.url),
    new Redis(redis.url),
    new Redis(redis.url, { maxRetriesPerRequest: null }),
  ];
  const timetable = createRedisTimetable({
    ...{ redis: plain, clock, log, timers: systemTimers, prefix: 'lost', shards: 1, lanes: ['web'] },
    ...{ onError: () => undefined },
    ...{ concurrency: 10, stopGraceMs: 1_000, lockMs: 30_000, heartbeatMs: 5_000 },
    connectWorkers: () => new Redis(redis.url, { maxRetriesPerRequest: null }),
  });
  const backend: Backend = {
    store: createRedisStore({
      redis: client,
      watchers: new Watchers(subscriber, log),
      log,
      prefix: 'lost',
      shards: 1,
    }),
    timetable,
    open: () => Promise.resolve(),
    async close() {
      await timetable.close();
      for (const each of [client, plain, subscriber]) each.disconnect();
    },
    problems: () => Promise.resolve({ reasons: [], refusals: [] }),
  };
  // A script that the server does not know yet would run once.
  const { PROGRESS: _word, ...sources } = scripts;
  for (const source of Object.values(sources)) await plain.script('LOAD', source);
  engine = createEngine(backend, deps);
  await engine.start();
});
afterEach(async () => {
  await engine.stop();
  await redis.stop();
});

it('a run is created, measured and judged on time, and its verdict is counted once', async () => {
  const run = runOf([metric('one', { interval: '50ms', count: 3 }), metric('two')]);
  expect((await engine.create(run, { id: 'a' })).created).toBe(true);
  expect((await engine.create(run, { id: 'a' })).created).toBe(false);
  const ended = await engine.waitForCompletion('a', SOON_MS);
  expect(ended?.status).toMatchObject({ verdict: 'promote', metricResults: [{ count: 3 }, { count: 1 }] });
  expect(observed.verdicts).toEqual(['Successful']);
});

it('a delivery is made at once, and its attempt is noted once', async () => {
  engine.takeDeliveries(
    (): Promise<DeliveryOutcome> =>
      Promise.resolve({
        kind: 'tried',
        attempt: { at: new Date().toISOString(), outcome: 'delivered', status: 200, durationMs: 1 },
        next: { kind: 'delivered' },
      }),
  );
  await engine.create(runOf([metric('web')]), { id: 'a', callbacks: [{ url: 'http://receiver/' }] });
  const told = await eventually(
    'the verdict is told',
    async () => (await engine.deliveries('a'))?.find(({ state }) => state === 'delivered'),
    SOON_MS,
  );
  expect(told).toMatchObject({ attemptCount: 1, attempts: [{ outcome: 'delivered' }] });
});

it('a run that is asked to end while it is measured ends at once', async () => {
  await engine.create(runOf([metric('web', { interval: '1h' })]), { id: 'a' });
  await eventually('it is measured', async () => (await engine.get('a'))?.status?.metricResults);
  await engine.terminate('a');
  expect((await engine.waitForCompletion('a', SOON_MS))?.status?.message).toBe('Run Terminated');
});

it('a removal that is sent again does not take the run that has the id by then', async () => {
  const client = new Interrupted(redis.url);
  const subscriber = new Redis(redis.url, { lazyConnect: true });
  const { log } = realDeps(scripted(() => 'Successful').measure).deps;
  const watchers = new Watchers(subscriber, log);
  const store = createRedisStore({ ...{ redis: client, watchers, log }, prefix: 'lost', shards: 1 });
  const slow = runOf([metric('web', { initialDelay: '1h' })]);
  await engine.create(slow, { id: 'a' });
  client.between = () => engine.create(slow, { id: 'a' });
  expect(await store.remove('a')).toMatchObject({ id: 'a' });
  expect((await engine.get('a'))?.status?.phase).toBe('Running');
  client.disconnect();
  subscriber.disconnect();
});
