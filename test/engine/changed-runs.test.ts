import { expect, it } from 'vitest';
import { changedRuns } from '../../service/engine/changed-runs.js';
import type { ChangeListener } from '../../service/engine/ports.js';
import { FakeTime } from './fake-time.js';

/** Follows a store whose changes are made by hand; `told` grows with what is told, and when. */
async function follow(pace?: { readonly afterMs: number; readonly perSecond: number }) {
  const time = new FakeTime(0);
  const over = new AbortController();
  let change: ChangeListener | undefined;
  const store = {
    watchAll: (listener: ChangeListener) => {
      change = listener;
      return Promise.resolve(() => undefined);
    },
  };
  const told: string[] = [];
  const ended = (async () => {
    for await (const ids of changedRuns({ store, clock: time, timers: time }, over.signal, pace))
      told.push(...ids.map((id) => `${id} at ${time.nowMs()}`));
  })();
  await time.advance(0);
  return {
    ...{ time, told },
    change: (id: string, progress: boolean) => change?.(id, progress),
    end: async () => {
      over.abort();
      await ended;
    },
  };
}

it('without a pace every change is told at once', async () => {
  const { time, told, change, end } = await follow();
  change('a', true);
  await time.advance(0);
  change('a', false);
  await time.advance(0);
  expect(told).toEqual(['a at 0', 'a at 0']);
  await end();
});

it('a run that only goes on is told of after a time, once for all its changes, and its end at once', async () => {
  const { time, told, change, end } = await follow({ afterMs: 1_000, perSecond: 100 });
  change('short', true);
  change('long', true);
  await time.advance(400);
  change('short', true);
  change('short', false);
  change('long', true);
  await time.advance(5_000);
  expect(told).toEqual(['short at 400', 'long at 1000']);
  change('long', true);
  await time.advance(5_000);
  expect(told.slice(2)).toEqual(['long at 6400']);
  await end();
});

it('so many runs are told of in a second, each in its turn, and an end does not wait for its turn', async () => {
  const { time, told, change, end } = await follow({ afterMs: 1_000, perSecond: 20 });
  const names = Array.from({ length: 50 }, (_, index) => `run-${index}`);
  const all = (): void => {
    for (const name of names) change(name, true);
  };
  all();
  await time.advance(2_000);
  // Whoever was told goes behind those who were not.
  all();
  change('run-49', false);
  await time.advance(0);
  expect(told.at(-1)).toBe('run-49 at 2000');
  await time.advance(2_000);
  const order = told.map((each) => each.split(' ')[0]);
  expect(order.slice(0, 22)).toEqual(names.slice(0, 22));
  expect(new Set(order.slice(0, 50))).toEqual(new Set(names));
  expect(told.length).toBeLessThanOrEqual(64);
  await end();
});

it('nothing is left to be told when nobody listens any more', async () => {
  const { time, told, change, end } = await follow({ afterMs: 1_000, perSecond: 20 });
  change('a', true);
  await time.advance(0);
  await end();
  await time.advance(5_000);
  expect(told).toEqual([]);
});
