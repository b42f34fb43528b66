import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { goJsonOfPodTemplate } from '../../../service/controller/rollout/pod-template/go-json.js';
import { podTemplateHash } from '../../../service/controller/rollout/pod-template/pod-template-hash.js';

/** What Argo Rollouts makes of a template; recorded by main.go. */
interface Recorded {
  readonly template: object;
  readonly collisions: number | null;
  readonly json: string;
  readonly hash: string;
}

const recorded = readFileSync(new URL('hashes.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Recorded);

it('there are templates of every kind', () => {
  expect(recorded.length).toBeGreaterThan(50);
});

it.each(recorded)(
  'a template has the hash $hash, as in Argo Rollouts',
  ({ template, collisions, json, hash }) => {
    expect(goJsonOfPodTemplate(template)).toBe(json);
    expect(podTemplateHash(template, collisions ?? undefined)).toBe(hash);
  },
);
