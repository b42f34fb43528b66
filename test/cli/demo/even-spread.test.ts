import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { evenFractions, evenSpread } from '../../../service/cli/demo/even-spread.js';

const PERCENT = fc.integer({ min: 0, max: 100 });
const CALLS = fc.integer({ min: 0, max: 400 });

/** How often a chooser said yes in so many calls. */
const yeses = (choose: (percent: number) => boolean, percent: number, calls: number): number =>
  Array.from({ length: calls }, () => choose(percent)).filter(Boolean).length;

describe('the choice of who serves a request', () => {
  test.prop([PERCENT, CALLS])('is proportionate to the weight after any number of them', (percent, calls) => {
    expect(yeses(evenSpread(), percent, calls)).toBe(Math.floor((calls * percent) / 100));
  });

  test.prop([PERCENT, CALLS, fc.integer({ min: 1, max: 100 })])(
    'is proportionate in any stretch, wherever it begins',
    (percent, before, calls) => {
      const choose = evenSpread();
      yeses(choose, percent, before);
      expect(Math.abs(yeses(choose, percent, calls) - (calls * percent) / 100)).toBeLessThan(1);
    },
  );

  test.prop([fc.array(fc.tuple(PERCENT, fc.integer({ min: 1, max: 50 })))])(
    'loses nothing when the weight changes',
    (weights) => {
      const choose = evenSpread();
      let chosen = 0;
      let due = 0;
      for (const [percent, calls] of weights) {
        chosen += yeses(choose, percent, calls);
        due += (calls * percent) / 100;
      }
      expect(due - chosen).toBeGreaterThan(-1e-9);
      expect(due - chosen).toBeLessThan(1);
    },
  );

  it('never chooses a canary without weight, and always one with all of it', () => {
    const choose = evenSpread();
    yeses(choose, 99, 1);
    expect(yeses(choose, 0, 1_000)).toBe(0);
    expect(yeses(choose, 100, 1_000)).toBe(1_000);
  });
});

describe('fractions', () => {
  it('fill the unit interval evenly: each tenth has its tenth of a thousand', () => {
    const next = evenFractions();
    const tenths = Array.from({ length: 10 }, () => 0);
    for (let count = 0; count < 1_000; count++) {
      const tenth = Math.floor(next() * 10);
      tenths[tenth] = (tenths[tenth] ?? Number.NaN) + 1;
    }
    for (const count of tenths) expect(Math.abs(count - 100)).toBeLessThanOrEqual(3);
  });
});
