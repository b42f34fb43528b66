import { expect, it } from 'vitest';
import type { VectorRunner } from './runner.js';
import { runner as conditions } from './runners/conditions.js';
import { runner as evaluations } from './runners/eval.js';

const HUGE = { type: 'any[]', value: [{ type: 'uint64', value: '18446744073709551615' }] };
const bool = (value: boolean) => ({ value: { type: 'bool', value } });
const number = (type: string, value: unknown) => ({ value: { type, value } });

async function judged(runner: VectorRunner, item: Readonly<Record<string, unknown>>): Promise<unknown> {
  for await (const result of await runner.run({
    path: 'x.json',
    json: [{ id: 'x', group: 'g', result: HUGE, ...item }],
  }))
    return result;
  return undefined;
}

// As recorded by running the reference.
it.each([
  ['result[0] > 5', bool(false), 'deviate'],
  ['result[0] == -1', bool(true), 'deviate'],
  ['result[0] % 5', number('int', -1), 'deviate'],
  ['max(result[0], 1)', number('int', 1), 'deviate'],
  ['min(result[0], 1)', number('uint64', '18446744073709551615'), 'deviate'],
  ['result[0] + 1', number('int', 0), 'agree'],
  ['result[0] > 5.5', bool(true), 'agree'],
  // Another outcome than that of the negative number is no deviation.
  ['result[0] > -2', bool(false), 'disagree'],
  ['result[0] % 5', number('int', 1), 'disagree'],
])('of %s %j is to %s', async (expression, expect_, outcome) => {
  expect(await judged(evaluations, { expression, expect: expect_ })).toMatchObject({ outcome });
});

it.each([
  ['result[0] < 100', 'Successful', 'deviate'],
  ['result[0] < 100', 'Inconclusive', 'disagree'],
  ['result[0] > 100.5', 'Successful', 'agree'],
])('with %s %s is to %s', async (successCondition, phase, outcome) => {
  expect(
    await judged(conditions, { successCondition, failureCondition: '', expect: { phase } }),
  ).toMatchObject({ outcome });
});
