import { describe, expect, it } from 'vitest';
import type { Tick } from '../../service/engine/timetable-port.js';
import { jobOf, ticksOf } from '../../service/engine/redis/job.js';
import { type TickGroup, TickGroups } from '../../service/engine/redis/tick-groups.js';
import { tickId } from '../../service/engine/tick-id.js';

const tick = (run: string, seq = 1): Tick => ({
  ...{ run, incarnation: 'one', metric: 'errors', lane: 'web', seq, terminating: false },
});

/** Groups whose turn ends when the test says so, and what was stored in which order. */
function makeGroups(add: () => Promise<void> = () => Promise.resolve()) {
  const added: TickGroup[] = [];
  const turns: (() => void)[] = [];
  const timers: { readonly flush: () => void; readonly delayMs: number }[] = [];
  const reduced: string[][] = [];
  const names = (ticks: readonly Tick[]) => ticks.map(({ run }) => run).join(' ');
  const groups = new TickGroups(
    {
      most: 16,
      add(group) {
        added.push(group);
        return add();
      },
      reduce: (ticks, left) => reduced.push([names(ticks), names(left)]),
    },
    {
      clock: { nowMs: () => 1_000 },
      timers: {
        set(flush, delayMs) {
          timers.push({ flush, delayMs });
          return () => undefined;
        },
      },
      atEndOfTurn: (flush) => turns.push(flush),
    },
  );
  const schedule = (run: string, dueAtMs: number) =>
    groups.schedule(tick(run), dueAtMs, () => Promise.resolve(run));
  const endTurn = (): void => {
    for (const flush of turns.splice(0)) flush();
  };
  const stored = () => added.map(({ ticks, dueAtMs }) => [ticks.map(({ run }) => run).join(' '), dueAtMs]);
  return { groups, schedule, endTurn, stored, turns, timers, reduced };
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

it('takes those back whose process was not the first, and leaves the others', async () => {
  const { groups, schedule, endTurn, reduced } = makeGroups();
  const all = Promise.all([
    ...[schedule('a', 1_000), schedule('b', 1_000)],
    groups.schedule(tick('late'), 1_000, () => Promise.resolve(undefined)),
    schedule('alone', 2_000),
  ]);
  endTurn();
  expect(await all).toEqual(['a', 'b', undefined, 'alone']);
  await Promise.resolve();
  expect(reduced).toEqual([['a b late', 'a b']]);
});

it('tells each tick of a group that it could not be stored', async () => {
  const { schedule, endTurn } = makeGroups(() => Promise.reject(new Error('Redis is away')));
  const all = Promise.allSettled([schedule('a', 1_000), schedule('b', 1_000)]);
  endTurn();
  expect((await all).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});

it('rejects when only what belongs to a tick fails, and the others of its group do not', async () => {
  const { groups, schedule, endTurn, reduced } = makeGroups();
  const all = Promise.allSettled([
    groups.schedule(tick('a'), 1_000, () => Promise.reject(new Error('refused'))),
    groups.schedule(tick('c'), 1_000, () => {
      throw new Error('broken');
    }),
    schedule('b', 1_000),
  ]);
  endTurn();
  expect((await all).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
  expect(reduced).toEqual([]);
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

describe('what is due much later', () => {
  it('waits 4 ms for others that are to go with it', () => {
    const { schedule, stored, turns, timers } = makeGroups();
    void schedule('a', 2_000);
    void schedule('b', 2_001);
    expect([turns.length, timers.map(({ delayMs }) => delayMs)]).toEqual([0, [4]]);
    timers[0]?.flush();
    expect(stored()).toEqual([['a b', 2_001]]);
    void schedule('c', 2_000);
    expect(timers).toHaveLength(2);
  });

  it('goes at once with what is due soon', () => {
    const { schedule, endTurn, stored, timers } = makeGroups();
    void schedule('a', 2_000);
    void schedule('b', 1_049);
    endTurn();
    expect(stored()).toEqual([
      ['b', 1_049],
      ['a', 2_000],
    ]);
    timers[0]?.flush();
    expect(stored()).toHaveLength(2);
  });

  it('goes when there is enough for a group', () => {
    const { schedule, endTurn, stored, turns } = makeGroups();
    for (let n = 0; n < 15; n++) void schedule(`${n}`, 2_000);
    expect(turns).toHaveLength(0);
    void schedule('last', 2_000);
    expect(turns).toHaveLength(1);
    endTurn();
    expect(stored()).toHaveLength(1);
  });
});
