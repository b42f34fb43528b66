import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { stepHash } from '../../../service/controller/rollout/plan/step-hash.js';
import type { CanaryStep } from '../../../schemas/index.js';

/** What Argo Rollouts makes of steps; recorded by main.go. */
interface Recorded {
  readonly steps: readonly CanaryStep[] | null;
  readonly hash: string;
}

const recorded = readFileSync(new URL('hashes.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Recorded);

it.each(recorded)('steps have the hash $hash, as in Argo Rollouts', ({ steps, hash }) => {
  expect(stepHash(steps ?? undefined)).toBe(hash);
});

it('no steps are as good as none', () => {
  expect(stepHash([])).toBe(stepHash(undefined));
});
