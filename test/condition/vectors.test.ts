import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { runner as conditions } from '../vectors/runners/conditions.js';
import { runner as durations } from '../vectors/runners/durations.js';
import { runner as evaluations } from '../vectors/runners/eval.js';
import { runner as times } from '../vectors/runners/times.js';
import type { CaseResult } from '../vectors/runner.js';

describe('the recorded behaviour of the reference', () => {
  it.each([
    ['conditions.json', conditions, 1446],
    ['eval.json', evaluations, 2755],
    ['times.json', times, 90],
    ['durations.json', durations, 158],
  ] as const)('is met by every case of %s', async (path, runner, number) => {
    const json: unknown = JSON.parse(await readFile(new URL(`../vectors/${path}`, import.meta.url), 'utf8'));
    const results: CaseResult[] = [];
    for await (const result of await runner.run({ path, json })) results.push(result);
    expect(results.filter(({ outcome }) => outcome === 'disagree')).toEqual([]);
    expect(results).toHaveLength(number);
  });
});
