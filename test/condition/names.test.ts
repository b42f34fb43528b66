import { expect, it } from 'vitest';
import { CONDITION_NAMES, evaluateConditions } from '../../service/condition/index.js';

it('the list of names holds what conditions know, and nothing twice', () => {
  expect(new Set(CONDITION_NAMES).size).toBe(CONDITION_NAMES.length);
  expect(CONDITION_NAMES).toEqual(
    expect.arrayContaining(['result', 'len', 'all', 'sortBy', 'asFloat', 'isNil', 'std', 'quantile']),
  );
});

it.each(CONDITION_NAMES)('%s is a name that a condition may use', (name) => {
  const { error } = evaluateConditions(
    { type: 'float64', value: 1 },
    { successCondition: name === 'result' ? name : `${name}()` },
  );
  expect(error).not.toContain('unknown name');
});
