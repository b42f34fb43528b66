import { describe, expect, it } from 'vitest';
import { casesOf, judge } from './judge.js';

const item = { id: 'x-1', group: 'g', expression: '1.1 ** 100' };
const float = (value: number): Record<string, unknown> => ({ value: { type: 'float64', value } });

describe('judging a recorded case', () => {
  it('agrees when all is equal, whatever the order of keys', () => {
    expect(judge(item, { a: 1, b: 2 }, { b: 2, a: 1 })).toEqual({ id: 'x-1', group: 'g', outcome: 'agree' });
  });

  it('disagrees on any difference and shows both', () => {
    expect(judge(item, { error: 'a' }, { error: 'b' })).toEqual({
      id: 'x-1',
      group: 'g',
      outcome: 'disagree',
      details: 'expected {"error":"a"}\n     got {"error":"b"}',
    });
  });

  it('compares only the start of an error that was recorded as a prefix', () => {
    expect(judge(item, { error: 'bad', errorMatch: 'prefix' }, { error: 'bad thing' }).outcome).toBe('agree');
    expect(judge(item, { error: 'bad', errorMatch: 'prefix' }, { error: 'a bad thing' }).outcome).toBe(
      'disagree',
    );
  });

  it('names the rule that accepts the last bit of a power, and no other difference', () => {
    expect(judge(item, float(1), float(1 + 2 ** -52))).toMatchObject({
      outcome: 'deviate',
      rule: 'power-last-bit',
    });
    expect(judge(item, float(1), float(1 + 2 ** -50)).outcome).toBe('disagree');
    expect(judge({ ...item, expression: '1.1 * 2' }, float(1), float(1 + 2 ** -52)).outcome).toBe('disagree');
  });

  it('refuses a file that is no list of cases', () => {
    expect(() => casesOf({})).toThrow('a vector file must be a JSON array of cases');
    expect(() => casesOf([{ id: 'x' }])).toThrow('case 0 has no id or no group');
  });
});
