import { describe, expect, it } from 'vitest';
import { evaluateConditions, type TypedValue } from '../../service/condition/index.js';

const OBJECT: TypedValue = { type: 'json', value: { a: 1, list: [1] } };
const phase = (condition: string, result: TypedValue = OBJECT): string =>
  evaluateConditions(result, { successCondition: condition }).phase;

const INHERITED = [
  'constructor',
  '__proto__',
  'prototype',
  'toString',
  'valueOf',
  'hasOwnProperty',
  '__defineGetter__',
];

describe('what JavaScript objects inherit is not there for a condition', () => {
  it.each(INHERITED)('%s of an object is a missing key', (name) => {
    expect(phase(`result.${name} == nil`)).toBe('Successful');
    expect(phase(`result["${name}"] == nil`)).toBe('Successful');
    expect(phase(`get(result, "${name}") == nil`)).toBe('Successful');
    expect(phase(`"${name}" not in result`)).toBe('Successful');
    expect(phase(`result?.${name}?.x == nil`)).toBe('Successful');
  });

  it.each(INHERITED)('%s is no name, no function and no field of anything', (name) => {
    for (const condition of [
      `${name} == nil`,
      `${name}() == nil`,
      `result.list.${name} == nil`,
      `"x".${name} == nil`,
    ]) {
      expect(phase(condition), condition).toBe('Error');
    }
  });

  it.each(INHERITED)('a member that is really called %s is read like any other', (name) => {
    const value: unknown = JSON.parse(`{"${name}": 5}`);
    expect(
      phase(`result.${name} == 5 && "${name}" in result && len(keys(result)) == 1`, { type: 'json', value }),
    ).toBe('Successful');
    expect(phase(`{"${name}": 5}["${name}"] == 5`)).toBe('Successful');
    expect(phase(`fromJSON("{\\"${name}\\": 5}").${name} == 5`)).toBe('Successful');
  });

  it('grouping by an inherited name makes a group of that name only', () => {
    expect(phase('len(groupBy(["__proto__", "constructor", "a"], #)) == 3')).toBe('Successful');
    expect(phase('groupBy(["__proto__"], #)["toString"] == nil')).toBe('Successful');
  });

  it('a result is not changed by a condition over it', () => {
    const value = { xs: [3, 1, 2], nested: { b: 1 } };
    const before = structuredClone(value);
    const conditions = [
      'sort(result.xs)[0] == 1',
      'reverse(result.xs)[0] == 2',
      'sortBy(result.xs, -#)[0] == 3',
      'concat(result.xs, [9])[3] == 9',
    ];
    for (const condition of conditions)
      expect(phase(condition, { type: 'json', value }), condition).toBe('Successful');
    expect(value).toEqual(before);
  });
});
