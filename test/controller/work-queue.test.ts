import { expect, it } from 'vitest';
import { WorkQueue } from '../../service/controller/work-queue.js';
import { FakeTime } from '../engine/fake-time.js';

/** A queue whose work ends when the test says so. */
function held(concurrency: number, isSlow: (key: string) => boolean = () => false) {
  const time = new FakeTime();
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const queue = new WorkQueue({
    ...{ concurrency, isSlow, timers: time },
    work: (key) => {
      begun.push(key);
      return new Promise((resolve) => {
        ends.push(resolve);
      });
    },
  });
  const endNext = async (): Promise<void> => {
    ends.shift()?.();
    await new Promise(setImmediate);
  };
  return { queue, begun, endNext, time };
}

it('a key that waits is worked on once, and so many at once as there are places', async () => {
  const { queue, begun, endNext } = held(2);
  for (const key of ['a', 'b', 'c', 'c', 'd']) queue.add(key);
  expect(begun).toEqual(['a', 'b']);
  await endNext();
  await endNext();
  expect(begun).toEqual(['a', 'b', 'c', 'd']);
});

it('keys whose work may take long leave half of the places to the others, which do not wait for them', async () => {
  const { queue, begun, endNext } = held(4, (key) => key.startsWith('slow'));
  for (const key of ['slow-a', 'slow-b', 'slow-c', 'slow-d', 'e', 'f', 'g', 'slow-h']) queue.add(key);
  expect(begun).toEqual(['slow-a', 'slow-b', 'e', 'f']);
  expect(queue.isCrowded()).toBe(false);
  queue.add('slow-i');
  expect([queue.isCrowded(), queue.isCrowded('slow-x'), queue.isCrowded('x')]).toEqual([true, true, false]);
  await endNext();
  expect(begun).toEqual(['slow-a', 'slow-b', 'e', 'f', 'slow-c']);
  await endNext();
  expect(begun.slice(5)).toEqual(['slow-d']);
  await endNext();
  expect(begun.slice(6)).toEqual(['g']);
});

it('a key that is added while it is worked on is worked on again afterwards, never twice at once', async () => {
  const { queue, begun, endNext } = held(2);
  queue.add('a');
  queue.add('a');
  queue.add('a');
  expect(begun).toEqual(['a']);
  await endNext();
  expect(begun).toEqual(['a', 'a']);
  await endNext();
  expect(begun).toEqual(['a', 'a']);
});

it('a key is worked on at its time, at the earlier one of two, and not again when it was wanted before', async () => {
  const { queue, begun, endNext, time } = held(5);
  const nowMs = time.nowMs();
  queue.addAt('a', nowMs + 1_000, nowMs);
  queue.addAt('a', nowMs + 500, nowMs);
  queue.addAt('a', nowMs + 2_000, nowMs);
  queue.addAt('b', nowMs + 700, nowMs);
  queue.add('b');
  expect(begun).toEqual(['b']);
  await endNext();
  await time.advance(499);
  expect(begun).toEqual(['b']);
  await time.advance(1);
  expect(begun).toEqual(['b', 'a']);
  await endNext();
  await time.advance(5_000);
  expect(begun).toEqual(['b', 'a']);
});

it('after its end nothing is begun, and what was is waited for', async () => {
  const { queue, begun, endNext } = held(1);
  queue.add('a');
  queue.add('b');
  let stopped = false;
  const stopping = queue.stop().then(() => {
    stopped = true;
  });
  queue.add('c');
  await new Promise(setImmediate);
  expect(stopped).toBe(false);
  await endNext();
  await stopping;
  expect(begun).toEqual(['a']);
});
