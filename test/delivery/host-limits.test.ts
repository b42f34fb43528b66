import { describe, expect, it } from 'vitest';
import { HostLimits } from '../../service/delivery/host-limits.js';

const NOW = 1_000_000;
/** Enters `times` times; when each is to come again, or undefined for a place. */
const enterAll = (limits: HostLimits, name: string, times: number, nowMs = NOW) =>
  Array.from({ length: times }, () => limits.enter(name, nowMs));

describe('the places of a host', () => {
  it('are eight, whatever other hosts do', () => {
    const limits = new HostLimits();
    expect(enterAll(limits, 'a', 9).filter((later) => later === undefined)).toHaveLength(8);
    expect(limits.enter('b', NOW)).toBeUndefined();
  });

  it('are given back', () => {
    const limits = new HostLimits();
    enterAll(limits, 'a', 8);
    limits.leave('a', { answered: true, durationMs: 10 });
    expect(enterAll(limits, 'a', 2).map((later) => later === undefined)).toEqual([true, false]);
  });

  it('are one while the host does not answer', () => {
    const limits = new HostLimits();
    limits.enter('a', NOW);
    limits.leave('a', { answered: false, durationMs: 15_000 });
    expect(enterAll(limits, 'a', 2).map((later) => later === undefined)).toEqual([true, false]);
    limits.leave('a', { answered: true, durationMs: 10 });
    expect(enterAll(limits, 'a', 8)).toEqual(Array(8).fill(undefined));
  });

  it('are waited for one after the other, by the time that an attempt takes, at most a minute', () => {
    const limits = new HostLimits();
    limits.enter('a', NOW);
    limits.leave('a', { answered: false, durationMs: 15_000 });
    limits.enter('a', NOW);
    expect(enterAll(limits, 'a', 6).map((later) => (later ?? 0) - NOW)).toEqual([
      15_000, 30_000, 45_000, 60_000, 60_000, 60_000,
    ]);
  });
});
