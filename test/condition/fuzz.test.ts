import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { test } from '@fast-check/vitest';
import { evaluateConditions, type TypedValue } from '../../service/condition/index.js';
import { expression, result, soup } from '../fuzz/condition-arbitraries.js';

const PHASES = ['Successful', 'Failed', 'Inconclusive', 'Error'];
function answers(value: TypedValue, condition: string): void {
  const outcome = evaluateConditions(value, { successCondition: condition });
  expect(PHASES).toContain(outcome.phase);
  if (outcome.phase !== 'Error') return;
  expect(outcome.error).toMatch(/^could not evaluate successCondition "/);
  // What a JavaScript engine says of itself must never be what a user reads.
  expect(outcome.error).not.toMatch(
    /undefined is not|is not a function|Cannot (read|convert|mix)|call stack|\[object /,
  );
}

describe('whatever the condition and the result, the answer is a phase', () => {
  test.prop([result, expression], { numRuns: 3_000 })(
    'for expressions of the grammar',
    (value, condition) => {
      answers(value, condition);
      answers(value, `(${condition}) == true`);
    },
  );

  test.prop([result, soup], { numRuns: 3_000 })('for heaps of tokens', (value, condition) => {
    fc.pre(condition !== '');
    answers(value, condition);
  });

  test.prop([result, fc.string({ unit: 'binary', minLength: 1, maxLength: 40 })], { numRuns: 2_000 })(
    'for any text',
    (value, condition) => {
      answers(value, condition);
    },
  );

  test.prop([result, expression])('the same answer every time', (value, condition) => {
    const once = evaluateConditions(value, { successCondition: condition });
    expect(evaluateConditions(value, { successCondition: condition })).toEqual(once);
  });
});
