import { describe, expect, it } from 'vitest';
import { HostLimits } from '../../service/delivery/host-limits.js';

const NOW = 1_000_000;
const PLACES = 64;
/** How long a receiver that hangs keeps a place, ms. */
const TIMEOUT_MS = 15_000;

/** The limits, and what they say. */
function setUp() {
  const limits = new HostLimits(PLACES);
  const enter = (host: string, namespace = 'shop', nowMs = NOW) => limits.enter({ host, namespace }, nowMs);
  /** Enters `times` times and keeps the places; true for each that there was. */
  const enterAll = (host: string, times: number, namespace = 'shop', nowMs = NOW): readonly boolean[] =>
    Array.from({ length: times }, () => 'leave' in enter(host, namespace, nowMs));
  /** Enters `times` times; when each is to come again, after now. */
  const waitsMs = (host: string, times: number, nowMs = NOW): readonly number[] =>
    Array.from({ length: times }, () => {
      const entry = enter(host, 'shop', nowMs);
      return 'againAtMs' in entry ? entry.againAtMs - nowMs : 0;
    });
  /** One attempt. True: it had a place. */
  const attempt = (
    host: string,
    answered: boolean | undefined,
    { durationMs = 10, namespace = 'shop', nowMs = NOW } = {},
  ): boolean => {
    const entry = enter(host, namespace, nowMs);
    if ('leave' in entry) entry.leave(answered, nowMs + durationMs);
    return 'leave' in entry;
  };
  return { enter, enterAll, waitsMs, attempt };
}

/** Of so many hosts, those that get a place which they keep. */
const hang = (
  { enterAll }: ReturnType<typeof setUp>,
  hosts: number,
  namespace: string,
  nowMs = NOW,
): number =>
  Array.from({ length: hosts }, (_, nth) => `hangs.test:${nth}`).filter(
    (host) => enterAll(`${namespace}.${host}`, 1, namespace, nowMs)[0] === true,
  ).length;

describe('the places of a host', () => {
  it('are one until it is known that it answers, then eight', () => {
    const { enterAll, attempt, enter } = setUp();
    expect(enterAll('a', 2)).toEqual([true, false]);
    attempt('b', true);
    expect(enterAll('b', 9)).toEqual([...Array<boolean>(8).fill(true), false]);
    expect(enter('c')).toHaveProperty('leave');
  });

  it('are given back, each once', () => {
    const { enter, enterAll, attempt } = setUp();
    attempt('a', true);
    const entry = enter('a');
    enterAll('a', 7);
    if ('leave' in entry) {
      entry.leave(true, NOW);
      entry.leave(true, NOW);
    }
    expect(enterAll('a', 2)).toEqual([true, false]);
  });

  it('are one while it does not answer', () => {
    const { enterAll, attempt } = setUp();
    attempt('a', true);
    attempt('a', false, { durationMs: TIMEOUT_MS });
    expect(enterAll('a', 2)).toEqual([true, false]);
  });

  it('are one when its last answer is long ago, or an attempt takes long and there was none since', () => {
    const { enterAll, attempt } = setUp();
    attempt('a', true);
    expect(enterAll('a', 2, 'shop', NOW + 600_010)).toEqual([true, false]);
    attempt('b', true);
    expect(enterAll('b', 1)).toEqual([true]);
    expect(enterAll('b', 1, 'shop', NOW + 5_010)).toEqual([false]);
  });

  it('stay what they are when an attempt never came to the host', () => {
    const { enterAll, attempt } = setUp();
    attempt('a', true);
    attempt('a', undefined);
    expect(enterAll('a', 8)).toEqual(Array(8).fill(true));
  });

  it('are waited for one after the other, by the time that an attempt takes, at most a minute', () => {
    const { enter, waitsMs, attempt } = setUp();
    attempt('a', false, { durationMs: TIMEOUT_MS });
    enter('a');
    expect(waitsMs('a', 6)).toEqual([15_000, 30_000, 45_000, 60_000, 60_000, 60_000]);
  });

  it('are waited for shortly as long as the first attempt may still be answered soon', () => {
    const { enter, waitsMs } = setUp();
    enter('a');
    expect(waitsMs('a', 20).at(-1)).toBeLessThan(200);
    expect(waitsMs('a', 20, NOW + 8_000).at(-1)).toBe(20_000);
  });
});

describe('receivers that hang, however many hosts and ports they have', () => {
  it('have a quarter of the places in one namespace, so that new ones of others are tried at once', () => {
    const all = setUp();
    expect(hang(all, 300, 'evil')).toBe(PLACES / 4);
    expect(all.attempt('new', true, { namespace: 'good' })).toBe(true);
  });

  it('have half of the places in all namespaces, and those that answer the others', () => {
    const all = setUp();
    all.attempt('healthy', true);
    for (const namespace of ['one', 'two', 'three']) hang(all, 100, namespace);
    expect(all.enterAll('healthy', 9)).toEqual([...Array<boolean>(8).fill(true), false]);
  });

  it('leave a place for the first of a namespace that has none', () => {
    const all = setUp();
    const taken = Array.from({ length: 100 }, (_, nth) => hang(all, 20, `evil-${nth}`));
    expect(taken.slice(0, 2)).toEqual([16, 16]);
    expect(taken.reduce((sum, each) => sum + each)).toBe((PLACES * 3) / 4);
    const few = setUp();
    for (const namespace of ['one', 'two']) hang(few, 100, namespace);
    expect(few.enterAll('new', 1, 'good')).toEqual([true]);
    expect(few.enterAll('newer', 1, 'good')).toEqual([false]);
  });

  it('leave half of their places to those that were never tried, once they are known', () => {
    const all = setUp();
    for (let nth = 0; nth < 300; nth++)
      all.attempt(`evil.hangs.test:${nth}`, false, { namespace: 'evil', durationMs: TIMEOUT_MS });
    expect(hang(all, 300, 'evil')).toBe(PLACES / 8);
    expect(all.attempt('new', true, { namespace: 'evil' })).toBe(true);
  });

  it('do not take all places when they answered until now', () => {
    const all = setUp();
    for (let nth = 0; nth < 300; nth++) all.attempt(`evil.hangs.test:${nth}`, true, { namespace: 'evil' });
    all.attempt('healthy', true, { namespace: 'good' });
    expect(hang(all, 300, 'evil')).toBe((PLACES * 3) / 4);
    for (let turn = 0; turn < 100; turn++)
      expect(all.attempt('healthy', true, { namespace: 'good' })).toBe(true);
    expect(all.enterAll('healthy', 5, 'good').filter((had) => had)).toHaveLength(4);
  });

  it('are tried again one after the other, and those of other namespaces do not wait behind them', () => {
    const all = setUp();
    hang(all, 16, 'evil');
    for (let nth = 0; nth < 3; nth++)
      expect(all.enter(`new-${nth}`, 'evil')).toEqual({ againAtMs: NOW + 1_000 + 5 * nth });
    hang(all, 16, 'other');
    expect(all.enter('new', 'other')).toEqual({ againAtMs: NOW + 1_000 });
  });

  /** Deliveries to hosts that failed before; what they keep is given back by `end`. */
  const failing = (namespaces: readonly string[], hosts = 100) => {
    const all = setUp();
    const kept: { readonly namespace: string; readonly leave: (nowMs: number) => void }[] = [];
    for (const namespace of namespaces)
      for (let nth = 0; nth < hosts; nth++)
        all.attempt(`${namespace}.hangs.test:${nth}`, false, { namespace, durationMs: TIMEOUT_MS });
    const ask = (namespace: string, nth: number, nowMs: number): boolean => {
      const entry = all.enter(`${namespace}.hangs.test:${nth}`, namespace, nowMs);
      if ('leave' in entry)
        kept.push({
          namespace,
          leave(endMs) {
            entry.leave(false, endMs);
          },
        });
      return 'leave' in entry;
    };
    const end = (nowMs: number, namespace = kept[0]?.namespace): void => {
      const place = kept.findIndex((each) => each.namespace === namespace);
      for (const { leave } of place === -1 ? [] : kept.splice(place, 1)) leave(nowMs);
    };
    return { ask, end };
  };

  it('of two namespaces do not put off a third one for as long as they have something to deliver', () => {
    const { ask, end } = failing(['evil', 'other', 'good']);
    for (const namespace of ['evil', 'other'])
      for (let nth = 0; nth < 20; nth++) expect(ask(namespace, nth, NOW)).toBe(nth < PLACES / 8);
    expect(ask('good', 0, NOW)).toBe(false);
    end(NOW + 500, 'evil');
    for (let ms = 500; ms < 1_000; ms += 5) {
      expect(ask('evil', 20 + (ms % 80), NOW + ms)).toBe(false);
      expect(ask('other', 20 + (ms % 80), NOW + ms)).toBe(false);
    }
    expect(ask('good', 0, NOW + 1_000)).toBe(true);
    // Whoever has fewest is first, and nobody waits for one that does not come again.
    expect(ask('good', 1, NOW + 1_000)).toBe(false);
    end(NOW + 1_100, 'other');
    expect(ask('evil', 20, NOW + 1_100)).toBe(false);
    expect(ask('evil', 20, NOW + 3_001)).toBe(true);
  });

  it('of more namespaces than there are places each have their turn', () => {
    const namespaces = Array.from({ length: 40 }, (_, nth) => `ns-${nth}`);
    const { ask, end } = failing(namespaces);
    const had = new Map<string, number>();
    // Each asks once a second, the first ones all the time, and one place a second is given back.
    for (let s = 0; s < 120; s++) {
      const nowMs = NOW + s * 1_000;
      end(nowMs);
      for (const namespace of ['ns-0', 'ns-1', 'ns-2', ...namespaces])
        if (ask(namespace, s % 100, nowMs)) had.set(namespace, (had.get(namespace) ?? 0) + 1);
    }
    const counts = namespaces.map((namespace) => had.get(namespace) ?? 0);
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(2);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(2);
  });
});
