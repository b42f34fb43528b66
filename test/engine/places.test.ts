import { expect, it } from 'vitest';
import { Places } from '../../service/engine/redis/places.js';
import { FakeTime } from './fake-time.js';

/** So many places, and who has got one or was sent away, in order. */
function makePlaces(count: number) {
  const time = new FakeTime();
  const places = new Places(count, time);
  const told: string[] = [];
  const leaves = new Map<string, () => void>();
  const enter = (...names: string[]): void => {
    for (const name of names)
      void Promise.resolve(places.enter()).then((leave) => {
        told.push(`${name} ${leave === undefined ? 'away' : 'in'}`);
        if (leave !== undefined) leaves.set(name, leave);
      });
  };
  return { time, places, told, enter, leave: (name: string) => leaves.get(name)?.() };
}

it('gives places in turn, and one that is given back to who waits longest', async () => {
  const { time, told, enter, leave } = makePlaces(2);
  enter('a', 'b', 'c', 'd');
  await time.advance(0);
  expect(told).toEqual(['a in', 'b in']);
  leave('b');
  await time.advance(0);
  leave('a');
  await time.advance(0);
  expect(told.slice(2)).toEqual(['c in', 'd in']);
  leave('c');
  leave('d');
  enter('e', 'f', 'g');
  await time.advance(0);
  expect(told.slice(4)).toEqual(['e in', 'f in']);
});

it('sends away who waits while nobody gives a place back', async () => {
  const { time, told, enter } = makePlaces(1);
  enter('hangs', 'a');
  await time.advance(1_000);
  enter('b');
  expect(told).toEqual(['hangs in']);
  await time.advance(500);
  expect(told.slice(1)).toEqual(['a away']);
  await time.advance(1_000);
  expect(told.slice(2)).toEqual(['b away']);
});

it('lets wait as long as places are given, but for five seconds at most', async () => {
  const { time, told, enter, leave } = makePlaces(1);
  enter('0', ...Array.from({ length: 20 }, (_, n) => String(n + 1)));
  for (let n = 0; n < 10; n++) {
    await time.advance(499);
    leave(String(n));
    await time.advance(1);
  }
  expect(told.slice(0, 11)).toEqual(Array.from({ length: 11 }, (_, n) => `${n} in`));
  expect(told.slice(11)).toEqual(Array.from({ length: 10 }, (_, n) => `${n + 11} away`));
});

it('does not take its own lateness for that of who has a place', async () => {
  const { time, told, enter, leave } = makePlaces(1);
  enter('a', 'b');
  await time.advance(0);
  time.block(60_000);
  await time.advance(600);
  leave('a');
  await time.advance(0);
  expect(told).toEqual(['a in', 'b in']);
});

it('sends everybody away once it is over', async () => {
  const { time, places, told, enter } = makePlaces(1);
  enter('a', 'b', 'c');
  await time.advance(0);
  places.end();
  enter('d');
  await time.advance(0);
  expect(told).toEqual(['a in', 'b away', 'c away', 'd away']);
});

it('gives a place at once, or none', () => {
  const { places } = makePlaces(1);
  const leave = places.enterNow();
  expect(leave).toBeDefined();
  expect(places.enterNow()).toBeUndefined();
  leave?.();
  expect(places.enterNow()).toBeDefined();
  places.end();
  leave?.();
  expect(places.enterNow()).toBeUndefined();
});
