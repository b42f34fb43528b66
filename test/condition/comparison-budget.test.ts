import { describe, expect, it } from 'vitest';
import { evaluateConditions, type TypedValue } from '../../service/condition/index.js';

const json = (value: unknown): TypedValue => ({ type: 'json', value });
const LONG = 'x'.repeat(1024 * 1024);
/** Differ only in their last characters. */
const ALIKE = Array.from({ length: 2_000 }, (_, n) => `${'x'.repeat(5_000)}${(n * 7_919) % 2_000}`);
const judged = (successCondition: string, result: TypedValue): ReturnType<typeof evaluateConditions> =>
  evaluateConditions(result, { successCondition });

describe('comparing costs as many steps as there is to be read', () => {
  it.each<[string, string, TypedValue]>([
    [
      'equal texts in order',
      'let a = repeat("a", 400000); let b = repeat("a", 400000); all(1..20000, a <= b)',
      json(1),
    ],
    [
      'texts that differ at their ends',
      'let a = result + "b"; let b = result + "c"; all(1..20000, a < b)',
      json(LONG),
    ],
    [
      'texts of two-byte characters',
      'let b = result + "!"; all(1..20000, result < b)',
      json('é'.repeat(400_000)),
    ],
    [
      'equal texts',
      'let b = result[0:len(result)]; all(1..500000, result == b)',
      { type: 'string', value: LONG },
    ],
    [
      'equal texts of a JSON result',
      'let b = result[0:len(result)]; all(1..500000, result == b)',
      json(LONG),
    ],
    ['a text among texts', 'let b = result[0:len(result)]; all(1..500000, result in [b])', json(LONG)],
    ['long texts sorted', 'len(sort(result)) > 0', json(ALIKE)],
    ['elements sorted by long texts', 'len(sortBy(result, #)) > 0', json(ALIKE)],
    ['distinct maps', 'len(uniq(result)) > 0', json(Array.from({ length: 20_000 }, (_, a) => ({ a })))],
    ['distinct long texts', 'len(uniq(result)) > 0', json(ALIKE.map((text) => text.repeat(4)))],
    ['maps within maps', 'all(1..500000, result[0] == result[1])', json([{ a: { b: 1 } }, { a: { b: 1 } }])],
  ])('%s, too often, are an error', (_name, condition, result) => {
    expect(judged(condition, result).error).toMatch(/step budget exceeded$/);
  });

  it.each<[string, string, TypedValue]>([
    ['long texts that differ early', 'all(1..20000, result[0] < result[1])', json([`a${LONG}`, `b${LONG}`])],
    ['long texts of different lengths', 'all(1..20000, result[0] != result[1])', json([LONG, `${LONG}x`])],
    ['short texts', 'all(1..100000, result == "ok" && result <= "ok")', json('ok')],
    ['one long text', 'result == result[0:len(result)] && not (result < result)', json(LONG)],
    ['a few hundred maps', 'len(uniq(result)) == 200', json(Array.from({ length: 200 }, (_, a) => ({ a })))],
  ])('%s are compared', (_name, condition, result) => {
    expect(judged(condition, result)).toEqual({ phase: 'Successful' });
  });

  it.each([
    ['a', 'b'],
    ['', '😀'],
    ['￿', '😀'],
    ['é', '\ud83d\ude00'],
    ['z', ''],
  ])('long texts that end in %j and %j have the order of their bytes, wherever that is', (left, right) => {
    const bytes = (text: string): Buffer => Buffer.from(text, 'utf8');
    for (const length of [0, 15, 16, 62, 63, 64, 65, 127, 128, 129, 1_000]) {
      const pair = [`${'x'.repeat(length)}${left}y`, `${'x'.repeat(length)}${right}`] as const;
      const isLess = Buffer.compare(bytes(pair[0]), bytes(pair[1])) < 0;
      expect(judged('result[0] < result[1]', json(pair)).phase, `after ${length}`).toBe(
        isLess ? 'Successful' : 'Failed',
      );
    }
  });
});

describe('fromJSON costs as many steps as there is to be made', () => {
  const rounds = 'all(1..1000, len(fromJSON(result)) > 0)';
  const once = 'len(fromJSON(result)) > 0';
  it.each([
    ['numbers', rounds, `[${'1,'.repeat(10_000)}1]`],
    ['objects', rounds, `[${'{"a":1},'.repeat(1_000)}1]`],
    ['numbers that may be huge', rounds, `[${'1e1,'.repeat(1_000)}1]`],
    ['halves of surrogate pairs', rounds, `[${'"\\ud800",'.repeat(1_000)}1]`],
    ['brackets', once, '['.repeat(3_000_000)],
    ['a long text that is no JSON', once, `[${'1,'.repeat(1_500_000)}`],
  ])('%s, too many, are an error', (_name, condition, value) => {
    expect(judged(condition, { type: 'string', value }).error).toMatch(/step budget exceeded$/);
  });

  it('reads a text of a megabyte', () => {
    const value = JSON.stringify({ text: LONG, numbers: Array.from({ length: 1_000 }, (_, n) => n) });
    expect(judged('len(fromJSON(result).numbers) == 1000', { type: 'string', value })).toEqual({
      phase: 'Successful',
    });
  });
});
