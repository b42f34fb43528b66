import { describe, expect, it } from 'vitest';
import {
  ConditionError,
  evaluateConditions,
  evaluateExpression,
  explain,
  parseCondition,
  type TypedValue,
} from '../../service/condition/index.js';

const vector = (...value: number[]): TypedValue => ({ type: 'float64[]', value });
const json = (value: unknown): TypedValue => ({ type: 'json', value });

function failure(run: () => unknown): ConditionError {
  try {
    run();
  } catch (error) {
    if (error instanceof ConditionError) return error;
    throw error;
  }
  throw new Error('no error was thrown');
}

describe('evaluateConditions', () => {
  it.each`
    success           | failure           | phase
    ${''}             | ${''}             | ${'Successful'}
    ${'result[0]>=1'} | ${''}             | ${'Successful'}
    ${'result[0]>=9'} | ${''}             | ${'Failed'}
    ${''}             | ${'result[0]>=9'} | ${'Successful'}
    ${''}             | ${'result[0]>=1'} | ${'Failed'}
    ${'result[0]>=9'} | ${'result[0]>=8'} | ${'Inconclusive'}
    ${'result[0]>=1'} | ${'result[0]>=1'} | ${'Failed'}
    ${'result[0]>=1'} | ${'result[0]>=9'} | ${'Successful'}
  `(
    'says $phase when success is "$success" and failure is "$failure"',
    ({ success, failure: failed, phase }) => {
      expect(
        evaluateConditions(vector(2), {
          successCondition: String(success),
          failureCondition: String(failed),
        }),
      ).toEqual({ phase: String(phase) });
    },
  );

  it('says in the words of the reference that there was no data', () => {
    expect(evaluateConditions(vector(), { successCondition: 'result[0] > 1' })).toMatchObject({
      phase: 'Error',
      error:
        'could not evaluate successCondition "result[0] > 1": metric result is nil or empty: no data returned from the metric provider',
    });
  });

  it('lets a condition handle an empty result itself', () => {
    expect(evaluateConditions(vector(), { successCondition: 'len(result) == 0 || result[0] < 1' })).toEqual({
      phase: 'Successful',
    });
  });

  it('never takes NaN for a success', () => {
    expect(
      evaluateConditions(vector(Number.NaN), { successCondition: 'result[0] >= 0.95 && !isNaN(result[0])' }),
    ).toEqual({ phase: 'Failed' });
  });
});

describe('values as plain data', () => {
  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'sees no %s in a result that has none',
    (name) => {
      expect(evaluateExpression(`result.${name}`, json({ a: 1 })).value).toBeNull();
      expect(evaluateExpression(`"${name}" in result`, json({ a: 1 })).value).toBe(false);
    },
  );

  it('reads a key that happens to be called __proto__', () => {
    expect(
      evaluateExpression('result["__proto__"]', json(JSON.parse('{"__proto__": 7}') as unknown)).value,
    ).toBe(7);
  });
});

describe('statistics', () => {
  it.each`
    expression                        | value
    ${'mean(result)'}                 | ${5}
    ${'median(result)'}               | ${4.5}
    ${'variance(result)'}             | ${32 / 7}
    ${'std(result)'}                  | ${Math.sqrt(32 / 7)}
    ${'mad(result)'}                  | ${0.5}
    ${'quantile(result, 0.5)'}        | ${4.5}
    ${'quantile(result, 1)'}          | ${9}
    ${'let std = 3; result[0] + std'} | ${5}
  `('$expression is $value', ({ expression, value }) => {
    expect(evaluateExpression(String(expression), vector(2, 4, 4, 4, 5, 5, 7, 9)).value).toBeCloseTo(
      Number(value),
      12,
    );
  });

  it('refuses to make a statistic of too few numbers', () => {
    expect(failure(() => evaluateExpression('std(result)', vector(1))).message).toBe(
      'std needs at least 2 numbers, got 1',
    );
    expect(failure(() => evaluateExpression('quantile(result, 2)', vector(1))).message).toBe(
      'quantile needs a probability from 0 to 1 as its second argument',
    );
  });
});

describe('errors', () => {
  it('points at the place with a caret', () => {
    const error = failure(() => parseCondition('result[0] >= 0.95 &&\n  result[0] @ 2'));
    expect(error.message).toBe("unrecognized character: U+0040 '@'");
    expect([error.line, error.column]).toEqual([2, 13]);
    expect(error.snippet).toBe('  result[0] @ 2\n            ^');
  });

  it('points at the operator whose types do not fit', () => {
    const error = failure(() => evaluateExpression('1 + 1 == 2 && result[0] > "1"', vector(1)));
    expect(error.message).toBe('invalid operation: > (mismatched types float64 and string)');
    expect(error.snippet).toBe('1 + 1 == 2 && result[0] > "1"\n                        ^');
  });
});

describe('explain', () => {
  it('gives the value of every part and marks what was skipped', () => {
    const told = explain('result[0] >= 0.95 && !isNaN(result[0])', vector(0.5));
    expect(told).toMatchObject({ evaluated: true, value: 'false' });
    const [left, right] = told.children;
    expect(left).toMatchObject({ source: 'result[0] >= 0.95', value: 'false' });
    expect(left?.children[0]).toMatchObject({ source: 'result[0]', value: '0.5' });
    expect(right).toMatchObject({ source: '!isNaN(result[0])', evaluated: false });
  });

  it('tells which part failed', () => {
    const told = explain('result[3] > 1', vector(1));
    expect(told.children[0]).toMatchObject({
      source: 'result[3]',
      error: 'index out of range: 3 (array length is 1)',
    });
  });
});

describe('now()', () => {
  const source = 'date(result.deployedAt) > now() - duration("1h")';
  const result = json({ deployedAt: '2026-01-01T12:00:00Z' });

  it.each`
    clock                     | phase
    ${'2026-01-01T12:30:00Z'} | ${'Successful'}
    ${'2026-01-01T13:30:00Z'} | ${'Failed'}
  `('is the time that is handed in: at $clock a release of noon is $phase', ({ clock, phase }) => {
    const outcome = evaluateConditions(result, { successCondition: source }, Date.parse(String(clock)));
    expect(outcome).toEqual({ phase: String(phase) });
  });

  it('is an error, never the epoch, where no time is handed in', () => {
    expect(evaluateConditions(result, { successCondition: source })).toMatchObject({
      phase: 'Error',
      error: `could not evaluate successCondition "${source}": now() is not available here`,
    });
  });
});
