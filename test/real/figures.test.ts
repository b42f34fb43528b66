import { describe, expect, it } from 'vitest';
import { type Answer, badForMs, followedAfterMs, NOBODY, servedBy, sharesOf } from './figures.js';

const answer = (atMs: number, version: string | undefined, rest: Partial<Answer> = {}): Answer => ({
  ...{ atMs, tookMs: 1, status: 200 },
  ...(version === undefined ? {} : { version }),
  ...rest,
});

/** A request each 10 ms, of which every so manyth reaches the canary. */
const stream = (fromMs: number, toMs: number, canaryEvery: number): readonly Answer[] =>
  Array.from({ length: (toMs - fromMs) / 10 }, (_, index) =>
    answer(fromMs + index * 10, index % canaryEvery === 0 ? 'new' : 'old'),
  );

describe('requests by version', () => {
  it('counts those that nobody answered, and as failed what was answered 5xx or not at all', () => {
    const answers = [
      ...[answer(0, 'old'), answer(1, 'old', { status: 500 }), answer(2, 'old', { status: 404 })],
      ...[answer(3, undefined, { status: 503 }), answer(4, undefined, { status: 0 })],
    ];
    expect(servedBy(answers)).toEqual({
      old: { requests: 3, failed: 1 },
      [NOBODY]: { requests: 2, failed: 2 },
    });
  });
});

describe('shares at a weight', () => {
  it('are taken once the gateway has followed, until the next weight', () => {
    const answers = [...stream(0, 1_000, 1), ...stream(1_000, 4_800, 4), ...stream(4_800, 9_000, 2)];
    const weights = [
      ...[
        { atMs: 0, weight: 25 },
        { atMs: 5_000, weight: 50 },
      ],
      { atMs: 9_000, weight: 0 },
    ];
    expect(sharesOf('new', answers, weights)).toEqual([
      { weight: 25, share: 25, requests: 380 },
      { weight: 50, share: 50, requests: 280 },
    ]);
  });

  it('are not told of a weight that was there for a moment only', () => {
    expect(sharesOf('new', stream(0, 2_900, 2), [{ atMs: 0, weight: 50 }])).toEqual([]);
  });
});

describe('the time that a bad version has requests', () => {
  it('goes from its first bad answer to the last request that was sent to it', () => {
    const answers = [
      ...[answer(0, 'bad'), answer(100, 'bad', { status: 500, tookMs: 20 })],
      ...[answer(700, 'bad'), answer(900, 'old')],
    ];
    expect(badForMs('bad', answers)).toBe(580);
  });

  it('begins with an answer that is late as well', () => {
    expect(badForMs('bad', [answer(0, 'bad', { tookMs: 400 }), answer(1_000, 'bad')])).toBe(600);
  });

  it('is none when nothing was bad', () => {
    expect(badForMs('bad', [answer(0, 'bad'), answer(1, 'old', { status: 500 })])).toBeUndefined();
  });
});

describe('the time that the gateway takes to follow the route', () => {
  const answers = [answer(0, 'bad'), answer(1_040, 'bad'), answer(1_500, 'old')];

  it('goes from the last weight of 0 to the last request that was sent to the version', () => {
    const weights = [
      { atMs: 0, weight: 20 },
      { atMs: 1_000, weight: 0 },
    ];
    expect(followedAfterMs('bad', answers, weights)).toBe(40);
    expect(followedAfterMs('bad', answers, [{ atMs: 1_100, weight: 0 }])).toBe(0);
  });

  it('is none while the version has a weight', () => {
    expect(followedAfterMs('bad', answers, [{ atMs: 0, weight: 20 }])).toBeUndefined();
    expect(followedAfterMs('bad', answers, [])).toBeUndefined();
  });
});
