import fc from 'fast-check';
import { expect, it } from 'vitest';
import { goSort } from '../../../service/condition/go/go-sort.js';

function sortedNumbers(values: readonly number[]): {
  readonly sorted: number[];
  readonly comparisons: number;
} {
  const sorted = [...values];
  let comparisons = 0;
  goSort({
    length: sorted.length,
    less: (i, j) => {
      comparisons++;
      return (sorted[i] ?? 0) < (sorted[j] ?? 0);
    },
    swap: (i, j) => {
      [sorted[i], sorted[j]] = [sorted[j] ?? 0, sorted[i] ?? 0];
    },
  });
  return { sorted, comparisons };
}

it('sorts what it is given, of any length and with any repetition', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 400 }), (values) => {
      expect(sortedNumbers(values).sorted).toEqual(values.toSorted((a, b) => a - b));
    }),
  );
});

it.each([
  ['rising', (n: number) => n],
  ['falling', (n: number) => -n],
  ['saw teeth', (n: number) => n % 17],
  ['an organ pipe', (n: number) => Math.min(n, 5_000 - n)],
  ['all equal', () => 1],
])('takes no more than n log n comparisons for %s', (_name, at) => {
  const values = Array.from({ length: 5_000 }, (_, n) => at(n));
  const { sorted, comparisons } = sortedNumbers(values);
  expect(sorted).toEqual(values.toSorted((a, b) => a - b));
  expect(comparisons).toBeLessThan(2 * 5_000 * Math.log2(5_000));
});
