import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { nextStep } from '../../service/delivery/retry.js';

const START_MS = Date.parse('2026-11-25T00:00:00Z');
const S = 1_000;
const HOUR = 3_600 * S;
const tried = { tries: 0, firstTryAtMs: START_MS, nowMs: START_MS };
/** Seconds until the next attempt. */
const waitS = (random: number, more: Partial<Parameters<typeof nextStep>[0]> = {}): number => {
  const next = nextStep({ ...tried, status: 500, ...more }, random);
  if (next.kind !== 'retry') throw new Error(`it is ${next.kind}`);
  return (next.atMs - (more.nowMs ?? START_MS)) / S;
};

describe('the retry policy', () => {
  it.each([200, 201, 204, 299])('takes %i for delivered', (status) => {
    expect(nextStep({ ...tried, status }, 0.5)).toEqual({ kind: 'delivered' });
  });

  it.each([301, 400, 401, 404, 429, 500, 503, undefined])('tries again after %s', (status) => {
    expect(nextStep({ ...tried, ...(status === undefined ? {} : { status }) }, 0.5)).toEqual({
      kind: 'retry',
      atMs: START_MS + 5 * S,
    });
  });

  it('ends with 410 Gone', () => {
    expect(nextStep({ ...tried, status: 410 }, 0.5)).toEqual({ kind: 'failed' });
  });

  it('doubles the time that jitter is drawn from, up to an hour', () => {
    expect([0, 1, 2, 3, 8, 9, 30].map((tries) => waitS(0.5, { tries }))).toEqual([
      5, 10, 20, 40, 1280, 1800, 1800,
    ]);
    expect(waitS(0, { tries: 5 })).toBe(1);
    expect(waitS(0.999, { tries: 30 })).toBe(3596.4);
  });

  it.each([
    ['120', 120],
    ['0', 5],
    ['999999', 3600],
    ['Wed, 25 Nov 2026 00:02:00 GMT', 120],
    ['Wed, 25 Nov 2020 00:00:00 GMT', 5],
    ['soon', 5],
    ['-5', 5],
  ])('honours Retry-After: %s', (retryAfter, seconds) => {
    expect(waitS(0.5, { status: 503, retryAfter })).toBe(seconds);
  });

  it('tries a last time 24 hours after the first attempt, and then gives up', () => {
    expect(waitS(0.5, { tries: 30, nowMs: START_MS + 24 * HOUR - 10 * S })).toBe(10);
    expect(nextStep({ ...tried, status: 500, tries: 31, nowMs: START_MS + 24 * HOUR }, 0.5)).toEqual({
      kind: 'failed',
    });
  });

  test.prop([fc.array(fc.double({ min: 0.01, max: 0.999, noNaN: true }), { minLength: 1 })])(
    'gives up after 24 hours, having waited between a second and an hour each time, whatever the jitter is',
    (jitter) => {
      const timesMs = [START_MS];
      for (;;) {
        const tries = timesMs.length - 1;
        const nowMs = timesMs[tries] ?? Number.NaN;
        const next = nextStep({ tries, firstTryAtMs: START_MS, nowMs }, jitter[tries % jitter.length] ?? 0);
        if (next.kind !== 'retry') break;
        timesMs.push(next.atMs);
      }
      expect(timesMs.at(-1)).toBe(START_MS + 24 * HOUR);
      const waitsMs = timesMs.slice(1).map((timeMs, index) => timeMs - (timesMs[index] ?? Number.NaN));
      expect(Math.max(...waitsMs)).toBeLessThanOrEqual(HOUR);
      expect(Math.min(...waitsMs.slice(0, -1))).toBeGreaterThanOrEqual(S);
    },
  );
});
