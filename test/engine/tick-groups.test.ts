import { expect, it } from 'vitest';
import type { Tick } from '../../service/engine/ports.js';
import { jobOf, ticksOf } from '../../service/engine/redis/job.js';
import { Places } from '../../service/engine/redis/places.js';
import { type TickGroup, TickGroups } from '../../service/engine/redis/tick-groups.js';
import { tickId } from '../../service/engine/tick-id.js';

const tick = (run: string, seq = 1): Tick => ({
  ...{ run, incarnation: 'one', metric: 'errors', lane: 'web', seq, terminating: false },
});

/** Groups whose turn ends when the test says so, and what was stored in which order. */
function makeGroups(add: () => Promise<void> = () => Promise.resolve()) {
  const added: TickGroup[] = [];
  const turns: (() => void)[] = [];
  const groups = new TickGroups(
    (group) => {
      added.push(group);
      return add();
    },
    (flush) => turns.push(flush),
  );
  const schedule = (run: string, dueAtMs: number) =>
    groups.schedule(tick(run), dueAtMs, () => Promise.resolve(run));
  const endTurn = (): void => {
    for (const flush of turns.splice(0)) flush();
  };
  const stored = () => added.map(({ ticks, dueAtMs }) => [ticks.map(({ run }) => run).join(' '), dueAtMs]);
  return { groups, schedule, endTurn, stored, turns };
}

it('puts together what is due within 5 ms, and lets it run with the last of it', async () => {
  const { schedule, endTurn, stored } = makeGroups();
  const all = Promise.all([
    ...[schedule('c', 1_005), schedule('a', 1_000), schedule('d', 1_006)],
    ...[schedule('b', 1_003), schedule('e', 2_000)],
  ]);
  expect(stored()).toEqual([]);
  endTurn();
  expect(stored()).toEqual([
    ['a b c', 1_005],
    ['d', 1_006],
    ['e', 2_000],
  ]);
  expect(await all).toEqual(['c', 'a', 'd', 'b', 'e']);
});

it('makes groups of 16 at most, and a new turn makes new ones', () => {
  const { schedule, endTurn, stored, turns } = makeGroups();
  const begin = (count: number) => Array.from({ length: count }, (_, n) => schedule(`${n}`, 1_000));
  void begin(35);
  expect(turns).toHaveLength(1);
  endTurn();
  void begin(2);
  expect(turns).toHaveLength(1);
  endTurn();
  expect(stored().map(([runs]) => String(runs).split(' ').length)).toEqual([16, 16, 3, 2]);
});

it('does what belongs to a tick in the moment in which its group is stored, not before', async () => {
  const { groups, endTurn, stored } = makeGroups();
  const seen: unknown[] = [];
  const done = groups.schedule(tick('a'), 1_000, () => {
    seen.push(...stored());
    return Promise.resolve('committed');
  });
  expect(seen).toEqual([]);
  endTurn();
  expect(seen).toEqual([['a', 1_000]]);
  expect(await done).toBe('committed');
});

it('tells each tick of a group that it could not be stored', async () => {
  const { schedule, endTurn } = makeGroups(() => Promise.reject(new Error('Redis is away')));
  const all = Promise.allSettled([schedule('a', 1_000), schedule('b', 1_000)]);
  endTurn();
  expect((await all).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});

it('rejects when only what belongs to a tick fails, and the others of its group do not', async () => {
  const { groups, schedule, endTurn } = makeGroups();
  const all = Promise.allSettled([
    groups.schedule(tick('a'), 1_000, () => Promise.reject(new Error('refused'))),
    schedule('b', 1_000),
  ]);
  endTurn();
  expect((await all).map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
});

it('gives a tick of its own the job it always had, and several one that depends on all of them', () => {
  const [a, b, c] = [tick('a'), tick('b'), tick('c')];
  expect(jobOf([a])).toEqual({ id: tickId(a), data: a });
  const ids = [
    [a, b],
    [a, b, c],
    [a, c],
    [tick('a', 2), b],
  ].map((ticks) => jobOf(ticks).id);
  expect(new Set(ids).size).toBe(4);
  expect(jobOf([a, b]).id).toBe(ids[0]);
  // BullMQ refuses ids with a colon, and takes one of digits for its own.
  for (const id of ids) expect(id).toMatch(/^group\/[\w-]+$/);
  expect([{ ticks: [a, b] }, a, {}].map(ticksOf)).toEqual([[a, b], [a], []]);
});

it('admits in turn, so many at once, and gives a place back whatever becomes of its work', async () => {
  const places = new Places(2);
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  const work = (n: number) =>
    places.within(async () => {
      begun.push(n);
      await new Promise<void>((end) => ends.push(end));
      if (n === 0) throw new Error('failed');
      return n;
    });
  const all = Promise.allSettled([0, 1, 2, 3].map(work));
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  await settled();
  expect(begun).toEqual([0, 1]);
  ends[0]?.();
  await settled();
  expect(begun).toEqual([0, 1, 2]);
  for (let n = 1; n < 4; n++) {
    ends[n]?.();
    await settled();
  }
  expect((await all).map(({ status }) => status)).toEqual([
    'rejected',
    ...['fulfilled', 'fulfilled', 'fulfilled'],
  ]);
  expect(await places.within(() => Promise.resolve('free again'))).toBe('free again');
});
