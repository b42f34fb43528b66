import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Measurement } from '../../schemas/index.js';
import { createMemoryEngine, type Engine, type EngineSettings } from '../../service/engine/index.js';
import { createLog } from '../../service/platform/index.js';
import { FakeTime } from './fake-time.js';
import { measurement, metric, realDeps, runOf } from './fixtures.js';

const SECOND = 1_000;
let time: FakeTime;
let startMs: number;
let engine: Engine;
/** What was logged at warn or above. */
let warnings: string[];
/** Seconds after the start at which measurements began. */
let began: number[];

beforeEach(() => {
  time = new FakeTime();
  startMs = time.nowMs();
  began = [];
  warnings = [];
});
afterEach(async () => {
  const stopped = engine.stop();
  await time.advance(SECOND);
  await stopped;
});

/** Starts an engine whose n-th measurement takes so many seconds and ends in the given phase. */
async function begin(
  script: (nth: number) => { readonly seconds: number; readonly phase: Measurement['phase'] },
  settings: Partial<EngineSettings> = {},
) {
  const { deps, observed } = realDeps(async () => {
    const beganMs = time.nowMs();
    began.push((beganMs - startMs) / SECOND);
    const { seconds, phase } = script(began.length);
    if (seconds > 0) await new Promise<void>((resolve) => time.set(resolve, seconds * SECOND));
    return { ...measurement(phase, beganMs), finishedAt: new Date(time.nowMs()).toISOString() };
  }, settings);
  const log = createLog({ level: 'warn', destination: { write: (line) => warnings.push(line) } });
  engine = createMemoryEngine({ ...deps, clock: time, timers: time, log });
  await engine.start();
  return observed;
}

it('measures at start + initialDelay + k * interval, however long a measurement takes', async () => {
  const observed = await begin((nth) => ({ seconds: nth === 2 ? 7 : 1, phase: 'Successful' }));
  await engine.create(runOf([metric('web', { initialDelay: '5s', interval: '10s', count: 4 })]), { id: 'a' });
  await time.advance(60 * SECOND);
  expect(began).toEqual([5, 15, 25, 35]);
  expect(observed.lateness).toEqual([0, 0, 0, 0]);
  expect((await engine.get('a'))?.status).toMatchObject({
    phase: 'Successful',
    completedAt: '2026-11-25T00:00:36.000Z',
  });
});

it('skips the times that a slow measurement overran and does not bunch', async () => {
  await begin((nth) => ({ seconds: nth === 1 ? 35 : 0, phase: 'Successful' }));
  await engine.create(runOf([metric('web', { interval: '10s', count: 4 })]), { id: 'a' });
  await time.advance(120 * SECOND);
  expect(began).toEqual([0, 40, 50, 60]);
});

it('tries again 10 s after an Error, whatever the interval', async () => {
  await begin((nth) => ({ seconds: 1, phase: nth <= 2 ? 'Error' : 'Successful' }));
  await engine.create(runOf([metric('web', { interval: '1h', count: 2 })]), { id: 'a' });
  await time.advance(3_601 * SECOND);
  expect(began).toEqual([0, 11, 22, 3_600]);
});

it('gives up a provider that never answers, and measures again', async () => {
  await begin((nth) => ({ seconds: nth === 1 ? 1e9 : 0, phase: 'Successful' }), { concurrency: 1 });
  await engine.create(runOf([metric('web')]), { id: 'a' });
  await time.advance(611 * SECOND);
  expect(began).toEqual([0, 610]);
  expect((await engine.get('a'))?.status).toMatchObject({
    phase: 'Successful',
    metricResults: [
      {
        error: 1,
        measurements: [{ message: 'the provider did not answer within 10 minutes' }, { phase: 'Successful' }],
      },
    ],
  });
});

it('takes no more measurements at once than it may, and all of them in the end', async () => {
  await begin(() => ({ seconds: 2, phase: 'Successful' }), { concurrency: 2 });
  for (const id of ['a', 'b', 'c', 'd', 'e']) await engine.create(runOf([metric('web')]), { id });
  await time.advance(10 * SECOND);
  expect(began).toEqual([0, 0, 2, 2, 4]);
  expect(await engine.runsByPhase()).toEqual({ Successful: 5 });
});

it('counts series that no process measures as overdue', async () => {
  await begin(() => ({ seconds: 0, phase: 'Successful' }), { work: false });
  await engine.create(runOf([metric('web')]), { id: 'a' });
  await time.advance(60 * SECOND);
  expect(began).toEqual([]);
  expect((await engine.queueDepth()).overdue).toBe(1);
});

it('counts no series as overdue that has ended while another one of its run goes on', async () => {
  await begin(() => ({ seconds: 0, phase: 'Successful' }), {
    sweepIntervalMs: 30 * SECOND,
    overdueAfterMs: 5 * SECOND,
  });
  const long = metric('long', { interval: '10m', count: 3 });
  await engine.create(runOf([metric('short'), long]), { id: 'a' });
  for (let minute = 0; minute < 20; minute++) {
    await time.advance(59 * SECOND);
    expect((await engine.queueDepth()).overdue).toBe(0);
    await time.advance(SECOND);
  }
  expect(warnings).toEqual([]);
  await time.advance(SECOND);
  expect((await engine.get('a'))?.status?.phase).toBe('Successful');
});

it('forgets a run by its ttlStrategy before its retention', async () => {
  await begin(() => ({ seconds: 0, phase: 'Successful' }), { retentionMs: 3_600 * SECOND });
  const spec = { metrics: [metric('web')], ttlStrategy: { secondsAfterSuccess: 5 } };
  await engine.create({ spec }, { id: 'short' });
  await engine.create(runOf([metric('web')]), { id: 'long' });
  await time.advance(5 * SECOND);
  expect(await engine.get('short')).toBeDefined();
  await time.advance(2 * SECOND);
  expect(await engine.get('short')).toBeUndefined();
  expect(await engine.get('long')).toBeDefined();
});

it('stops within its grace and leaves half a measurement out', async () => {
  await begin(() => ({ seconds: 3_600, phase: 'Successful' }), { stopGraceMs: 5 * SECOND });
  await engine.create(runOf([metric('web')]), { id: 'a' });
  await time.advance(SECOND);
  const stopped = engine.stop();
  await time.advance(5 * SECOND);
  await stopped;
  expect((await engine.get('a'))?.status?.metricResults).toBeUndefined();
});
