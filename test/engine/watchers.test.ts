import type { EventEmitter } from 'node:events';
import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { Watchers } from '../../service/engine/redis/watchers.js';
import { createLog } from '../../service/platform/index.js';

/** A connection that is never made and answers subscriptions by hand. */
class ByHand extends Redis {
  readonly subscriptions: { readonly done: () => void; readonly fail: (error: Error) => void }[] = [];

  override subscribe(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.subscriptions.push({
        done: () => {
          resolve(1);
        },
        fail: reject,
      });
    });
  }

  override unsubscribe(): Promise<unknown> {
    return Promise.resolve(0);
  }
}

const log = createLog({ level: 'silent' });
const nothing = (): void => undefined;

it('a second listener waits for the subscription that is under way', async () => {
  const redis = new ByHand({ lazyConnect: true });
  const watchers = new Watchers(redis, log);
  const waits: string[] = [];
  const both = ['one', 'other'].map(async (name) => {
    await watchers.add('channel', () => waits.push(`${name} told`));
    waits.push(name);
  });
  await new Promise(setImmediate);
  expect([redis.subscriptions.length, waits]).toEqual([1, []]);
  redis.subscriptions[0]?.done();
  await Promise.all(both);
  (redis as EventEmitter).emit('message', 'channel');
  expect(waits).toEqual(['one', 'other', 'one told', 'other told']);
});

it('a subscription that failed is tried again by the next listener', async () => {
  const redis = new ByHand({ lazyConnect: true });
  const watchers = new Watchers(redis, log);
  const first = watchers.add('channel', nothing);
  redis.subscriptions[0]?.fail(new Error('Redis is away'));
  await expect(first).rejects.toThrow('Redis is away');
  const second = watchers.add('channel', nothing);
  redis.subscriptions[1]?.done();
  (await second)();
  const third = watchers.add('channel', nothing);
  expect(redis.subscriptions).toHaveLength(3);
  redis.subscriptions[2]?.done();
  await third;
});

it('every listener is told when a lost connection is made again', async () => {
  const redis = new ByHand({ lazyConnect: true });
  const watchers = new Watchers(redis, log);
  const told: string[] = [];
  const adding = ['a', 'b'].map((channel) => watchers.add(channel, () => told.push(channel)));
  for (const { done } of redis.subscriptions) done();
  const [removeA] = await Promise.all(adding);
  (redis as EventEmitter).emit('ready');
  expect(told).toEqual(['a', 'b']);
  removeA?.();
  (redis as EventEmitter).emit('ready');
  expect(told).toEqual(['a', 'b', 'b']);
});
