import { expect, it } from 'vitest';
import { createLog } from '../../service/platform/index.js';
import { whileHeld } from '../../service/engine/first-look.js';
import type { StoredRun } from '../../service/engine/ports.js';
import { FakeTime } from './fake-time.js';
import { gated, metric, runOf } from './fixtures.js';

const RUN: StoredRun = {
  ...{ id: 'run-1', incarnation: 'one', document: runOf([metric('health')]), callbacks: [] },
  ...{ fingerprint: 'print', createdAtMs: 0, series: new Map() },
};

function hold(outcome: () => Promise<void>, storedAfterMs = 0) {
  const time = new FakeTime();
  const startMs = time.nowMs();
  const held: string[] = [];
  const store = {
    isAway: false,
    hold({ id }: StoredRun, name: string, untilMs: number): Promise<void> {
      held.push(`${id} ${name} at ${time.nowMs() - startMs} until ${untilMs - startMs}`);
      return store.isAway ? Promise.reject(new Error('Redis is away')) : Promise.resolve();
    },
  };
  const run = { ...RUN, createdAtMs: startMs - storedAfterMs };
  const options = { store, timetable: { heldMs: 9_000 }, clock: time, timers: time };
  const work = whileHeld({ ...options, log: createLog({ level: 'silent' }) }, run, 'health', outcome);
  return { time, held, store, work };
}

it('holds a series three times as often as it has to, until the work is done', async () => {
  const [released, release] = gated();
  const { time, held, store, work } = hold(() => released);
  await time.advance(3_500);
  store.isAway = true;
  await time.advance(3_000);
  store.isAway = false;
  await time.advance(3_000);
  release();
  await work;
  await time.advance(60_000);
  expect(held).toEqual([
    'run-1 health at 3000 until 12000',
    'run-1 health at 6000 until 15000',
    'run-1 health at 9000 until 18000',
  ]);
});

it('gives what the work gives, and holds nothing any more when it fails', async () => {
  const { time, held, work } = hold(() => Promise.reject(new Error('broken')));
  await expect(work).rejects.toThrow('broken');
  await time.advance(60_000);
  expect(held).toEqual([]);
});

it.each([
  ['some time', 2_000, 'run-1 health at 1000 until 10000'],
  ['longer than it is held', 12_000, 'run-1 health at 0 until 9000'],
])('holds it the sooner that it took %s to store it', async (_what, tookMs, first) => {
  const [released, release] = gated();
  const { time, held, work } = hold(() => released, tookMs);
  await time.advance(1_000);
  expect(held).toEqual([first]);
  release();
  await work;
});

it('holds it in time when the clock was set back since it was asked for', async () => {
  const [released, release] = gated();
  const { time, held, work } = hold(() => released, -3_600_000);
  await time.advance(3_000);
  expect(held).toEqual(['run-1 health at 3000 until 12000']);
  release();
  await work;
});
