import { describe, expect, it } from 'vitest';
import { compile, evaluateConditions, type TypedValue } from '../../service/condition/index.js';

const NUMBER: TypedValue = { type: 'float64', value: 1 };
const nest = (open: string, inner: string, close: string, depth: number): string =>
  open.repeat(depth) + inner + close.repeat(depth);

/** Parsed JSON nested `depth` arrays deep, as a hostile endpoint may answer. */
function nestedJson(depth: number): TypedValue {
  let value: unknown = 1;
  for (let level = 0; level < depth; level++) value = [value];
  return { type: 'json', value };
}

/** More series than a query should ever return. */
const LONG_VECTOR: TypedValue = {
  type: 'float64[]',
  value: Array.from({ length: 100_000 }, (_, n) => n % 977),
};

/** The outcome of a condition, and that it came in a time no worker would call a hang. */
function judged(condition: string, result: TypedValue = NUMBER): ReturnType<typeof evaluateConditions> {
  const started = performance.now();
  const outcome = evaluateConditions(result, { successCondition: condition });
  expect(performance.now() - started, 'milliseconds').toBeLessThan(5_000);
  return outcome;
}

describe('a condition that would run for ever or fill the memory ends with an error', () => {
  it.each([
    ['ranges within ranges', 'all(1..1000000, all(1..1000000, # > 0))'],
    ['a count within a count', 'count(1..900000, count(1..900000, # > 3) > 0) > 1'],
    ['maps within maps', 'len(map(1..1000, map(1..1000, 1..1000))) > 0'],
    ['a find that finds nothing, many times', 'all(1..900000, find(1..900000, # < 0) == nil)'],
    ['a range beyond the budget', 'len(1..2000000) > 0'],
    ['a sum over a huge range within a loop', 'all(1..1000000, sum(1..1000000, # * 2) > 0)'],
    ['a repeated text', 'len(repeat("x", 1000000000)) > 0'],
    ['a text repeated in rounds', 'let a = repeat("x", 900000); let b = repeat(a, 900000); len(b) > 0'],
    ['a replacement that multiplies', 'len(replace(repeat("a", 500000), "a", repeat("b", 500000))) > 0'],
    ['a reduce that doubles a text', 'len(reduce(1..64, #acc + #acc, "xx")) > 0'],
    ['a reduce that doubles an array', 'len(reduce(1..64, concat(#acc, #acc), [1, 2])) > 0'],
    ['a filter of membership tests', 'len(filter(1..900000, # in map(1..900000, #))) > 0'],
    ['a sort in every round', 'all(1..100000, len(sort(map(1..100000, -#))) > 0)'],
    ['a sort by a key in every round', 'all(1..10000, len(sortBy(1..10000, -#)) > 0)'],
    ['a join in every round', 'all(1..10000, len(join(map(1..10000, "ab"))) > 0)'],
    ['a JSON text in every round', 'all(1..10000, len(toJSON(1..10000)) > 0)'],
    ['a flattened product', 'len(flatten(map(1..1500, map(1..1500, [#])))) > 0'],
    ['distinct values in every round', 'all(1..10000, len(uniq(1..10000)) > 0)'],
    ['groups in every round', 'all(1..10000, len(groupBy(1..10000, #)) > 0)'],
    ['medians in every round', 'all(1..10000, median(1..10000) > 0)'],
    ['a match in every round', 'let t = repeat("ab", 50000); none(1..10000, t matches "(a|b)*c$")'],
    [
      'a pattern of many repetitions in every round',
      'all(1..100000, not (string(#) matches ("^(a{500}){2}" + string(#))))',
    ],
    ['a split in every round', 'let t = repeat("a,", 50000); all(1..10000, len(split(t, ",")) > 0)'],
    ['comparisons of long arrays in every round', 'let xs = map(1..100000, #); all(1..10000, xs == xs)'],
  ])('%s', (_name, condition) => {
    const outcome = judged(condition);
    expect(outcome.phase).toBe('Error');
    expect(outcome.error).toMatch(/budget|memory|too (large|many|long)|repeat/i);
  });

  it.each([
    ['all pairs', 'all(result, all(result, # >= 0))'],
    ['membership of each', 'all(result, # in result)'],
    ['a sort in every round', 'all(result, len(sort(result)) > 0)'],
    ['an equality in every round', 'all(result, result == result)'],
  ])('%s of a result of a hundred thousand samples', (_name, condition) => {
    expect(judged(condition, LONG_VECTOR)).toMatchObject({ phase: 'Error' });
  });
});

describe('a condition nested beyond all reason is refused, and never overflows the stack', () => {
  const chain = (first: string, link: string, times: number): string => first + link.repeat(times);
  it.each([
    ['parentheses', nest('(', '1', ')', 50_000)],
    ['arrays', nest('[', '1', ']', 9_000)],
    ['maps', nest('{a: ', '1', '}', 4_000)],
    ['calls', nest('abs(', '1', ')', 9_000)],
    ['predicates', `${'all([1], '.repeat(3_000)}true${')'.repeat(3_000)}`],
    ['signs', `${'-'.repeat(9_000)}1`],
    ['negations', `${'not '.repeat(9_000)}true`],
    ['conditionals', `${'true ? '.repeat(4_000)}1${' : 2'.repeat(4_000)}`],
    ['powers', chain('1', ' ** 1', 4_900)],
    ['lets', `${Array.from({ length: 3_000 }, (_, n) => `let v${n} = 1; `).join('')}true`],
    ['sums', chain('1', ' + 1', 4_900)],
    ['disjunctions', chain('false', ' || false', 4_900)],
    ['comparisons', chain('1', ' < 1', 3_000)],
    ['members', chain('result', '.a', 4_900)],
    ['indices', chain('result', '[0]', 4_900)],
    ['pipes', chain('1', ' | abs()', 4_900)],
    ['fallbacks', chain('nil', ' ?? nil', 4_900)],
  ])('%s', (_name, condition) => {
    for (const result of [NUMBER, nestedJson(3)]) {
      const outcome = judged(condition, result);
      expect(outcome.error ?? '').not.toMatch(/call stack|RangeError/i);
      expect(['Successful', 'Failed', 'Error']).toContain(outcome.phase);
    }
  });

  it('tells a source that is too long from one that is wrong', () => {
    const outcome = judged(`true //${'x'.repeat(2_000_000)}`);
    expect(outcome).toMatchObject({ phase: 'Error' });
    expect(outcome.error).toContain('characters');
  });
});

describe('a result nested beyond all reason cannot overflow the stack', () => {
  const deep = nestedJson(100_000);
  it.each([
    'result == result',
    'len(flatten(result)) > 0',
    'len(toJSON(result)) > 0',
    'len(string(result)) > 0',
    'max(result) > 0',
    'mean(result) > 0',
    'len(uniq([result, result])) > 0',
    'result in [result]',
    'len(sort([result, result])) > 0',
  ])('%s', (condition) => {
    const outcome = judged(condition, deep);
    expect(outcome.error ?? '').not.toMatch(/call stack|RangeError/i);
  });

  it('neither can a text that fromJSON reads', () => {
    const outcome = judged('len(fromJSON(result)) > 0', {
      type: 'string',
      value: nest('[', '1', ']', 10_001),
    });
    expect(outcome.error).toMatch(/: invalid character '\[' exceeded max depth$/);
  });

  it.each([
    ['lists', nest('[', '1', ']', 10_000)],
    ['lists of numbers that may be huge', nest('[', '1e1', ']', 10_000)],
    ['lists around half a character', nest('[', '"\\ud800"', ']', 10_000)],
    ['maps', nest('{"a":', '1', '}', 10_000)],
  ])('and %s may be as deep as the reference takes them', (_name, value) => {
    expect(judged('len(fromJSON(result)) == 1', { type: 'string', value })).toEqual({
      phase: 'Successful',
    });
  });

  it.each([
    ['[', 'unexpected end of JSON input'],
    ['{"a":', 'unexpected end of JSON input'],
  ])('and what is not closed, as %s, is told to any depth', (open, message) => {
    const { error } = judged('fromJSON(result) == nil', { type: 'string', value: open.repeat(10_000) });
    expect(error?.endsWith(message)).toBe(true);
  });
});

it('answers a pattern that makes backtracking engines hang', () => {
  const text: TypedValue = { type: 'string', value: `${'a'.repeat(50_000)}!` };
  expect(judged('result matches "^(a+)+$"', text)).toMatchObject({ phase: 'Failed' });
  expect(judged('result matches "^(a|a)*!$"', text)).toMatchObject({ phase: 'Successful' });
});

it('keeps compiled conditions as long as they are small together', () => {
  const text: TypedValue = { type: 'string', value: 'a' };
  const kept = compile('result == "kept"', text);
  for (let index = 0; index < 50; index++) compile(`result == "${index}"`, text);
  expect(compile('result == "kept"', text)).toBe(kept);
  const pattern = 'a{1000}'.repeat(20);
  for (let index = 0; index < 50; index++) compile(`result matches "${index}${pattern}"`, text);
  expect(compile('result == "kept"', text)).not.toBe(kept);
});

it('reads a hundred thousand samples without complaint where one pass is enough', () => {
  expect(judged('all(result, # >= 0 && # < 977) && len(result) == 100000', LONG_VECTOR)).toEqual({
    phase: 'Successful',
  });
});
