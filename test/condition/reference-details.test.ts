import { describe, expect, it } from 'vitest';
import {
  ConditionError,
  evaluateExpression,
  TypedSlice,
  type TypedValue,
} from '../../service/condition/index.js';

const RESULT: TypedValue = { type: 'json', value: { a: 1, s: 'text' } };

/** What an expression gives, lists and integers as JavaScript writes them; or the message of its error. */
function given(expression: string): unknown {
  try {
    return plain(evaluateExpression(expression, RESULT).value);
  } catch (error) {
    if (error instanceof ConditionError) return error.message;
    throw error;
  }
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof TypedSlice) return value.isNil ? null : value.items.map(plain);
  return Array.isArray(value) ? value.map(plain) : value;
}

// What the reference (expr 1.17.8 on amd64) gives was read off a run of it.
describe('agrees with the reference', () => {
  it.each([
    ['sort([3, 0/0, 1, 2])', [3, Number.NaN, 1, 2]],
    ['sort([1, "a"])', 'invalid operation: string < int'],
    ['len("ab") in 1..4294967296', true],
    ['asInt("2") in 1..4294967296', 'memory budget exceeded'],
    ['asInt("2") in 1..3', true],
    [
      'map(sortBy(map(1..20, [#, # % 3]), #[1]), #[0])',
      [9, 18, 3, 15, 12, 6, 16, 4, 7, 10, 19, 1, 13, 14, 8, 5, 17, 2, 11, 20],
    ],
    [
      'map(sortBy(map(1..20, [#, # % 3]), #[1], "desc"), #[0])',
      [8, 2, 20, 17, 5, 14, 11, 16, 10, 7, 13, 1, 4, 19, 9, 12, 6, 15, 18, 3],
    ],
    [
      'take(map(sortBy(map(1..120, [#, # * 7 % 5]), #[1]), #[0]), 12)',
      [65, 35, 55, 45, 120, 60, 115, 5, 110, 25, 85, 40],
    ],
    ['sortBy([1, nil], # + 1, "up")', 'unknown order, use asc or desc'],
    ['sort(result.s)', null],
    ['sort(toPairs({a: 1}))', null],
  ])('in the order of sorted lists: %s', (expression, expected) => {
    expect(given(expression)).toEqual(expected);
  });

  it.each([
    ['max([1, [0/0, 5]])', 1],
    ['max([duration("1s")])', 'invalid argument for max (type time.Duration)'],
    ['min(0.5, [0/0, -2.5])', -2.5],
    ['float(9223372036854775807) == 9223372036854775807', true],
    ['find({a: 1}?.b ?? {a: 1}, true)', 'reflect: call of reflect.Value.Index on map Value'],
    ['take([1, 2, 3], duration("2ns"))', [1, 2]],
    ['sort([2, 1], result.zz)', 'sort order argument must be a string (got <nil>)'],
    ['mean([0.1, [0.2, 0.3]])', 0.19999999999999998],
    ['mean([0.1, 0.2, 0.3])', 0.20000000000000004],
    ['2.5 ** 1.3', 3.2909555108355937],
    ['0x1F ** -2.5', 0.00018689417484575954],
    ['repeat("ab", 600000)', 'memory budget exceeded'],
    ['fromPairs([[[1], 2]])', 'runtime error: hash of unhashable type []interface {}'],
    ['groupBy([1], [#])', 'hash of unhashable type: []interface {}'],
    ['reduce([1], concat(#acc, [1]), duration("1s"))', 'cannot concat int64'],
  ])('in what numbers and lists come to: %s', (expression, expected) => {
    expect(given(expression)).toEqual(expected);
  });

  it.each([
    ['upper("İı")', 'İI'],
    ['lower("İ")', 'i'],
    ['"\\ud800"', '\ufffd'],
    ['"\\777"', 'unable to unescape string'],
    ['trimPrefix(result.zz, result.a)', 'interface conversion: interface {} is float64, not string'],
    ['fromBase64("YQ=\\n=")', 'a'],
    ['fromBase64("YQ=")', 'illegal base64 data at input byte 3'],
    ['fromBase64("abcdefgh=")', 'illegal base64 data at input byte 8'],
    ['fromBase64("abc=defg")', 'illegal base64 data at input byte 4'],
    ['fromBase64("YQ\\n")', 'illegal base64 data at input byte 1'],
    ['fromJSON("nul")', "invalid character ' ' in literal null (expecting 'l')"],
    ['fromJSON("1e")', "invalid character ' ' in exponent of numeric literal"],
    ['fromJSON("\\"a")', 'unexpected end of JSON input'],
    ['fromJSON("{\\"a\\":")', 'unexpected end of JSON input'],
  ])('in what it makes of texts: %s', (expression, expected) => {
    expect(given(expression)).toEqual(expected);
  });

  it.each([
    ['map($env, #)', 'reflect: call of reflect.Value.Index on map Value'],
    ['$env()', 'map[string]interface {} is not callable'],
    ['duration("1s") * 1.5 > duration("1s")', 'invalid operation: float64 > time.Duration'],
    ['type(duration("1s") * 1.5)', 'float'],
    ['date("2023-01-01").Add(result.a)', 'interface conversion: interface {} is float64, not time.Duration'],
    ['date("2023-01-01").AddDate(result.a, 0, 0)', 'reflect: Call using float64 as type int'],
    ['[date("2023-01-01"), 1][0].AddDate(1)', 'invalid number of arguments: expected 3, got 1'],
    ['[date("2023-01-01"), 1][0].Clock()', 0],
    ['date("2023-01-01").Clock()', 'func Clock returns more then two values'],
    ['date("2023-01-01").GoString()', 'time.Date(2023, time.January, 1, 0, 0, 0, 0, time.UTC)'],
    ['string(date("2023-01-01").AppendFormat(b"on ", "Jan 2"))', '[111 110 32 74 97 110 32 49]'],
  ])('in what may be called, and how: %s', (expression, expected) => {
    expect(given(expression)).toEqual(expected);
  });

  it.each([
    ['now(1.5)', 'invalid number of arguments (expected 0, got 1)'],
    ['now(result.a)', 'invalid number of arguments (expected 0, got 1)'],
    ['now(nil)', 'invalid number of arguments (expected 0, got 1)'],
    ['now(1, 2)', 'invalid number of arguments (expected 0, got 2)'],
    ['get(nosuch)', 'invalid number of arguments (expected 2, got 1)'],
    ['get(1 + "a", 2, 3)', 'invalid number of arguments (expected 2, got 3)'],
    ['get(1 + "a", 2)', 'invalid operation: + (mismatched types int and string)'],
  ])('in how arguments are counted: %s', (expression, message) => {
    expect(given(expression)).toBe(message);
  });

  it.each([
    ['99999999999999999999 €', "unrecognized character: U+20AC '€'"],
    ['0x€', "unrecognized character: U+20AC '€'"],
    ['map([1], ## * 2)', 'unexpected token Operator("##")'],
    ['[99999999999999999999, €', expect.stringContaining('value out of range')],
  ])('in which of two faults is told: %s', (expression, message) => {
    expect(given(expression)).toEqual(message);
  });
});
