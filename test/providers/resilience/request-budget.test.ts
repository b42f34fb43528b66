import { describe, expect, it } from 'vitest';
import { RequestBudget } from '../../../service/providers/http/resilience/request-budget.js';

describe('a budget of requests a second', () => {
  it('lets one second’s worth through at once, then one at a time', () => {
    const budget = new RequestBudget(4);
    const waits = Array.from({ length: 7 }, () => budget.take(1_000, 10_000));
    expect(waits).toEqual([0, 0, 0, 0, 250, 500, 750]);
    expect(budget.take(2_000, 10_000)).toBe(0);
  });

  it('fills up again, but not beyond one second’s worth', () => {
    const budget = new RequestBudget(2);
    budget.take(0, 0);
    expect([1, 2, 3].map(() => budget.take(60_000, 10_000))).toEqual([0, 0, 500]);
  });

  it('takes nothing for one that can not wait that long', () => {
    const budget = new RequestBudget(0.5);
    expect([budget.take(0, 10), budget.take(0, 1_999), budget.take(0, 2_000)]).toEqual([0, undefined, 2_000]);
  });
});
