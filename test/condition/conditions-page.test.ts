import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { evaluateConditions, type TypedValue } from '../../service/condition/index.js';

const page = readFileSync(new URL('../../docs/conditions.md', import.meta.url), 'utf8');

interface Example {
  readonly result: string;
  readonly condition: string;
  readonly phase: string;
}

/** The rows of the table whose first column is `result` of a provider. */
function examplesOf(provider: string): readonly Example[] {
  const table = page.split(`| \`result\` of ${provider} |`)[1]?.split('\n\n')[0] ?? '';
  return [...table.matchAll(/^\| `(.+?)` \| `(.+?)` \| (\w+) \|$/gm)].map(
    ([, result = '', condition = '', phase = '']) => ({ result, condition, phase }),
  );
}

/** A result of Prometheus: numbers are float64, and JSON has no NaN. */
function prometheusResult(text: string): TypedValue {
  const list = /^\[(.*)\]$/.exec(text)?.[1];
  if (list === undefined) return { type: 'float64', value: Number(text) };
  return { type: 'float64[]', value: list === '' ? [] : list.split(',').map(Number) };
}

const outcome = (result: TypedValue, successCondition: string) =>
  evaluateConditions(result, { successCondition }).phase;

describe('the page about conditions', () => {
  it.each(examplesOf('prometheus'))('is right that $condition over $result is $phase', (example) => {
    expect(outcome(prometheusResult(example.result), example.condition)).toBe(example.phase);
  });

  it.each(examplesOf('web'))('is right that $condition over $result is $phase', (example) => {
    const value: unknown = JSON.parse(example.result);
    expect(outcome({ type: 'json', value }, example.condition)).toBe(example.phase);
  });

  it('has its examples where this test looks for them', () => {
    expect(examplesOf('prometheus').length).toBeGreaterThan(10);
    expect(examplesOf('web').length).toBeGreaterThan(10);
  });
});
