import { describe, expect, it } from 'vitest';
import { intValue, limitsOf, validateMetrics } from '../../service/analysis/index.js';
import type { Metric } from '../../schemas/index.js';
import { metricOf } from './objects.js';

const HUGE = '99999999999999999999';

// What the reference gives was read off a run of it.
describe('numbers written as text', () => {
  it.each([
    ['+2', 2],
    ['-0', 0],
    ['007', 7],
    [' 3', 0],
    ['1e3', 0],
    ['', 0],
    ['9'.repeat(100_000), 2 ** 63],
    [`-${HUGE}`, -(2 ** 63)],
    [`${'0'.repeat(100)}5`, 5],
  ])('%.20s is read as %d', (text, value) => {
    expect(intValue(text)).toBe(value);
  });

  it('are cut down to what a counter holds, beyond which they wrap', () => {
    expect(limitsOf(metricOf({ count: '2147483648', failureLimit: HUGE }))).toMatchObject({
      count: -(2 ** 31),
      failure: -1,
    });
  });

  it.each<[Partial<Metric>, string | undefined]>([
    [
      { count: 2, consecutiveSuccessLimit: HUGE },
      'metrics[0]: count (2) must be >= failureLimit + consecutiveSuccessLimit (0 + 9223372036854775807) if both >= 0',
    ],
    // The sum of the two has wrapped.
    [{ count: 1, failureLimit: 1, consecutiveSuccessLimit: HUGE }, undefined],
    [{ count: HUGE }, 'metrics[0]: interval must be specified when count > 1'],
    [
      { count: 1, failureLimit: -1, consecutiveSuccessLimit: 2 },
      'metrics[0]: count must be >= consecutiveSuccessLimit',
    ],
    [{ failureLimit: `-${HUGE}` }, 'metrics[0]: failureLimit must be >= 0, or -1 to be disabled'],
  ])('are checked as the reference checks them: %j', (fields, fault) => {
    expect(validateMetrics([metricOf(fields)])).toBe(fault);
  });
});
