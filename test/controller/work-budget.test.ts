import { expect, it } from 'vitest';
import { WorkBudget } from '../../service/controller/work-budget.js';

/** Spends as fast as it may until a time, and says how often. */
function spent(budget: WorkBudget, key: string, fromMs: number, untilMs: number): number {
  let [nowMs, count] = [fromMs, 0];
  while (nowMs <= untilMs) {
    const heldUntilMs = budget.heldUntilMs(key, nowMs);
    if (heldUntilMs === undefined) {
      budget.spend(key, nowMs);
      count += 1;
    } else nowMs = heldUntilMs;
  }
  return count;
}

it('as much as the burst at once, then at the pace, each key for itself', () => {
  const budget = new WorkBudget({ burst: 10, perSecond: 2 });
  expect(spent(budget, 'a', 0, 0)).toBe(10);
  expect(budget.heldUntilMs('a', 0)).toBe(500);
  expect(spent(budget, 'a', 0, 5_000)).toBe(10);
  expect(spent(budget, 'b', 5_000, 5_000)).toBe(10);
});

it('who rests has the burst again, and no more', () => {
  const budget = new WorkBudget({ burst: 10, perSecond: 2 });
  expect(spent(budget, 'a', 0, 0)).toBe(10);
  expect(spent(budget, 'a', 2_000, 2_000)).toBe(4);
  expect(spent(budget, 'a', 600_000, 600_000)).toBe(10);
});

it('a key that was forgotten is a new one, and a clock that is set back takes nothing away', () => {
  const budget = new WorkBudget({ burst: 3, perSecond: 1 });
  expect(spent(budget, 'a', 9_000, 9_000)).toBe(3);
  expect(budget.heldUntilMs('a', 8_000)).toBe(9_000);
  budget.forget('a');
  expect(spent(budget, 'a', 9_000, 9_000)).toBe(3);
});
