import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { CaseResult, VectorRunner } from '../vectors/runner.js';
import { runner as args } from '../vectors/runners/args.js';
import { runner as runs } from '../vectors/runners/runs.js';
import { runner as templates } from '../vectors/runners/templates.js';
import { runner as validation } from '../vectors/runners/validation.js';

async function resultsOf(runner: VectorRunner, path: string): Promise<readonly CaseResult[]> {
  const text = await readFile(new URL(`../vectors/${path}`, import.meta.url), 'utf8');
  const results: CaseResult[] = [];
  for await (const result of await runner.run({ path, json: JSON.parse(text) as unknown }))
    results.push(result);
  return results;
}

describe('the recorded cases of the reference', () => {
  it.each([
    ['args.json', args, 276, []],
    ['validation.json', validation, 367, []],
    ['templates.json', templates, 94, []],
    ['runs.json', runs, 631, ['refused-run-completes', 'secret-values-redacted']],
  ] as const)('of %s all agree, but for named deviations', async (path, runner, number, rules) => {
    const results = await resultsOf(runner, path);
    expect(results).toHaveLength(number);
    expect(results.filter(({ outcome }) => outcome === 'disagree')).toEqual([]);
    expect([...new Set(results.flatMap(({ rule }) => rule ?? []))].sort()).toEqual(rules);
  });
});
