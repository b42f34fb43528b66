import { describe, expect, it } from 'vitest';
import {
  ConditionError,
  evaluateConditions,
  explain,
  type TypedValue,
} from '../../service/condition/index.js';

const NUMBER: TypedValue = { type: 'float64', value: 1 };
const NESTED: TypedValue = { type: 'json', value: { a: { a: null } } };
const TOO_MANY = 'compilation failed: expression exceeds maximum allowed nodes';

const chain = (first: string, link: string, times: number): string => first + link.repeat(times);
const judged = (successCondition: string, result = NUMBER): ReturnType<typeof evaluateConditions> =>
  evaluateConditions(result, { successCondition });

describe('a chain of operators may be as long as the reference lets it be', () => {
  it.each([
    ['sums of literals', `${chain('1', ' + 1', 4_998)} == 4999`],
    ['sums of values', `${chain('result', ' + result', 4_998)} == 4999`],
    ['conjunctions', chain('result > 0', ' && result > 0', 2_400)],
    ['disjunctions', `${chain('false', ' || false', 4_900)} || true`],
    ['negations', `${'not '.repeat(9_998)}true`],
    ['signs', `${'-'.repeat(9_996)}result == 1`],
    ['comparisons', `!(${chain('1', ' < 1', 2_400)})`],
    ['fallbacks', `(${chain('nil', ' ?? nil', 4_900)}) == nil`],
    ['pipes of the language', `(${chain('1', ' | abs()', 9_000)}) == 1`],
    ['pipes of conditions', `(${chain('1', ' | asInt()', 4_900)}) == 1`],
    ['slices', `len(${chain('[1]', '[:1]', 4_000)}) == 1`],
    ['methods', `date("2023-01-01")${'.UTC()'.repeat(2_400)}.Year() == 2023`],
    ['branches', `${'if false { false } else '.repeat(900)}if true { true } else { false }`],
  ])('%s', (_name, condition) => {
    expect(judged(condition)).toEqual({ phase: 'Successful' });
  });

  it.each([
    ['members', chain('result', '.a', 4_999), 'cannot fetch a from <nil>'],
    ['members that may be missing', `${chain('result', '?.a', 3_000)} == nil`, undefined],
    ['indices that may be missing', `${chain('result?.["b"]', '?.[0]', 2_400)} == nil`, undefined],
  ])('%s', (_name, condition, error) => {
    const outcome = judged(condition, NESTED);
    if (error === undefined) expect(outcome).toEqual({ phase: 'Successful' });
    else expect(outcome.error).toContain(error);
  });

  const nest = (open: string, inner: string, close: string, depth: number): string =>
    open.repeat(depth) + inner + close.repeat(depth);
  it.each([
    ['brackets', nest('(', 'true', ')', 20_000)],
    ['lists', `len(${nest('[', '1', ']', 9_996)}) == 1`],
    ['maps', `len(${nest('{a: ', '1', '}', 3_300)}) == 1`],
    ['signs of brackets', `${nest('-(', 'result', ')', 9_990)} == 1`],
    ['calls', `${nest('abs(', 'result', ')', 9_990)} == 1`],
    ['calls of conditions', `${nest('asFloat(', 'result', ')', 4_900)} == 1`],
    ['else branches', `${nest('result > 1 ? 1 : (', '2', ')', 1_900)} == 2`],
    ['then branches', `(${nest('true ? (', '1', ') : 2', 3_000)}) == 1`],
    ['blocks', `(${nest('if true { ', '1', ' } else { 2 }', 3_000)}) == 1`],
    ['right operands', `${nest('result + (', '1', ')', 4_900)} == 4901`],
    ['right conjunctions', nest('result > 0 && (', 'true', ')', 2_400)],
    ['right disjunctions', nest('result > 1 || (', 'true', ')', 2_400)],
    ['right fallbacks', `(${nest('nil ?? (', '1', ')', 4_900)}) == 1`],
    ['indices', `${nest('[0][', '0', ']', 2_400)} == 0`],
    ['chains that end early', `result == 1 && (${nest('{a: nil}?.a?.[', '0', ']', 1_000)}) == nil`],
    [
      'declarations',
      `${nest('let a = 1; ', '', '', 1)}${Array.from({ length: 3_000 }, (_, n) => `let b${n} = a; `).join('')}b2999 == 1`,
    ],
    ['sequences', `(${nest('(0; ', '1', ')', 3_000)}) == 1`],
    ['lists within predicates', `len(map([1], ${nest('[', '#', ']', 9_000)})) == 1`],
    ['predicates', nest('all([1], ', 'true', ')', 250)],
    ['fallbacks of the same', nest('(', 'true', ' ?: false)', 3_000)],
  ])('and nested as deep: %s', (_name, condition) => {
    expect(judged(condition)).toEqual({ phase: 'Successful' });
  });

  it('what is wrong deep inside is told as in the reference, and its values too', () => {
    expect(judged(nest('result + (', '"a"', ')', 3_000)).error).toContain(
      'invalid operation: + (mismatched types float64 and string)',
    );
    const failing = `${nest('result + (', '[1][3]', ')', 2_000)} == 1`;
    expect(judged(failing).error).toMatch(/index out of range: 3 \(array length is 1\)$/);
    const told = explain(failing, NUMBER);
    expect(told.error).toContain('index out of range');
    expect(told.children[0]?.children[1]?.error).toContain('index out of range');
  });

  it('predicates within predicates have a bound of their own, and the place is told', () => {
    const { cause } = judged(nest('all([1], ', 'true', ')', 400));
    expect(cause).toMatchObject({
      code: 'budget',
      message: 'predicates are nested more than 300 levels deep',
      column: 301 * 9 + 1,
    });
  });

  it('predicates and pairs of maps count as nodes', () => {
    expect(judged(nest('all([1], ', 'true', ')', 2_501)).error).toContain(TOO_MANY);
    expect(judged(`len(${nest('{a: ', '1', '}', 3_334)}) == 1`).error).toContain(TOO_MANY);
  });

  it('and is refused beyond that with its message', () => {
    expect(judged(chain('1', ' + 1', 5_000)).error).toContain(TOO_MANY);
    expect(judged(`${'not '.repeat(10_000)}true`).error).toContain(TOO_MANY);
  });

  it('is explained to a depth that a person could read', () => {
    const told = explain(`${chain('result', ' + result', 4_900)} > 1`, NUMBER);
    expect(told).toMatchObject({ value: 'true', evaluated: true });
    let depth = 0;
    for (let part = told.children[0]; part !== undefined; part = part.children[0]) depth++;
    expect(depth).toBeGreaterThan(50);
    expect(depth).toBeLessThan(200);
  });
});

describe('an explanation is of bounded size', () => {
  const LONG: TypedValue = { type: 'json', value: { text: 'x'.repeat(800_000), n: 1 } };

  it('although every part has a large value', () => {
    const conditions = Array.from({ length: 12 }, (_, n) => `result.text + "${n}" != ""`);
    const told = explain(conditions.join(' && '), LONG);
    expect(told).toMatchObject({ value: 'true' });
    const texts = new Set<string>();
    let parts = 0;
    const waiting = [told];
    for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
      parts++;
      texts.add(part.value ?? '');
      waiting.push(...part.children);
    }
    expect(parts).toBeLessThanOrEqual(1_000);
    expect([...texts].reduce((total, text) => total + text.length, 0)).toBeLessThan(5_000_000);
    expect(texts).toContain('string');
  });

  it('although it has very many parts', () => {
    const told = explain(`[${chain('result.n', ', result.n', 3_000)}] != []`, LONG);
    expect(told.children[0]?.children.length).toBeLessThan(1_000);
    expect(told.children[0]?.children[0]).toMatchObject({ source: 'result.n', value: '1' });
  });
});

describe('with hardly any stack left', () => {
  /** Fills the stack and runs once at each of some distances from its end. */
  function nearTheEnd(distances: readonly number[], run: () => void): void {
    for (const distance of distances) {
      let above = 0;
      let done = false;
      const fill = (depth: number): number => {
        try {
          return fill(depth + 1) + depth;
        } catch (error) {
          above++;
          if (above === distance && !done) {
            done = true;
            run();
          }
          throw error;
        }
      };
      expect(() => fill(0)).toThrow(RangeError);
      expect(done).toBe(true);
    }
  }

  it('the answer is the same or an error that says so, and the next answer is right again', () => {
    const conditions = [
      `${'['.repeat(400)}1${']'.repeat(400)} == nil`,
      `${chain('1', ' ** 1', 400)} == 1`,
      `${chain('result', ' + result', 4_000)} == 4001`,
      `${'all([1], '.repeat(200)}true${')'.repeat(200)}`,
    ];
    const thrown: unknown[] = [];
    const refused = new Set<string>();
    nearTheEnd([300, 500, 1_000, 2_000, 4_000], () => {
      for (const condition of conditions) {
        try {
          const { error } = judged(condition);
          if (error !== undefined) refused.add(error.slice(error.lastIndexOf(': ') + 2));
          explain(condition, NUMBER);
        } catch (error) {
          if (!(error instanceof ConditionError)) thrown.push(error);
        }
      }
    });
    expect(thrown).toEqual([]);
    expect([...refused]).toEqual(['the condition or its result is nested too deeply']);
    for (const condition of conditions) expect(judged(condition).error).toBeUndefined();
  });
});
