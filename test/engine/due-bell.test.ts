import { expect, it } from 'vitest';
import { DueBell } from '../../service/engine/redis/due-bell.js';
import { FakeTime } from './fake-time.js';

/** A bell and the moments, in ms after the start, at which it rang. */
function makeBell() {
  const time = new FakeTime();
  const startMs = time.nowMs();
  const rings: number[] = [];
  const bell = new DueBell({ clock: time, timers: time }, () => rings.push(time.nowMs() - startMs));
  return {
    time,
    rings,
    set: (afterMs: number) => {
      bell.set(startMs + afterMs);
    },
    close: () => {
      bell.close();
    },
  };
}

it('rings after a job is due, within a few milliseconds', async () => {
  const { time, rings, set } = makeBell();
  set(1_000);
  await time.advance(1_000);
  expect(rings).toEqual([]);
  await time.advance(10);
  expect(rings).toEqual([1_004]);
});

it('rings once for jobs that are due together, and again for the next', async () => {
  const { time, rings, set } = makeBell();
  for (const afterMs of [40, 41, 42, 80, 40]) set(afterMs);
  await time.advance(1_000);
  expect(rings).toEqual([44, 84]);
  set(2_000);
  await time.advance(2_000);
  expect(rings).toEqual([44, 84, 2_004]);
});

it('rings neither for what is due already nor for what is far away', async () => {
  const { time, rings, set } = makeBell();
  set(-1_000);
  set(60_001);
  await time.advance(120_000);
  expect(rings).toEqual([]);
});

it('is silent once closed', async () => {
  const { time, rings, set, close } = makeBell();
  set(50);
  close();
  await time.advance(1_000);
  expect(rings).toEqual([]);
});
