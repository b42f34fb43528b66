import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { type Counts, countsByPods } from '../../../service/controller/rollout/plan/counts-by-pods.js';
import { sceneOf } from '../../../service/controller/rollout/plan/scene.js';
import type { ReplicaSet, Snapshot } from '../../../service/controller/rollout/types.js';
import { podTemplateHash } from '../../../service/controller/rollout/pod-template/pod-template-hash.js';

type Pods = readonly [size: number, available: number];

/** What Argo Rollouts makes of a situation; recorded by main.go. */
type Recorded = Readonly<Record<'replicas' | 'weight' | 'surge' | 'unavailable' | 'old', number>> &
  Readonly<Record<'canary' | 'stable', Pods>> & { readonly wanted: Counts };

const recorded = readFileSync(new URL('counts.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Recorded);

const template = { metadata: { labels: { app: 'shop' } } };
const hash = podTemplateHash(template);

const set = (name: string, [replicas, availableReplicas]: Pods): ReplicaSet => ({
  metadata: { name, labels: { 'rollouts-pod-template-hash': name } },
  spec: { replicas, selector: {}, template: {} },
  status: { replicas, availableReplicas },
});

function snapshotOf({ replicas, weight, surge, unavailable, canary, stable, old }: Recorded): Snapshot {
  const strategy = {
    canary: { maxSurge: surge, maxUnavailable: unavailable, steps: [{ setWeight: weight }] },
  };
  const status = { stableRS: 'stable', currentPodHash: hash, currentStepIndex: 0 };
  return {
    rollout: { metadata: {}, spec: { replicas, template, strategy }, status },
    replicaSets: [set(hash, canary), set('stable', stable), set('old', [old, old])],
    ...{
      pods: [],
      services: [],
      analysisRuns: [],
      experiments: [],
      templates: [],
      clusterTemplates: [],
      nowMs: 0,
    },
    settings: { analysisLostAbortMs: 1, verifyRetryMs: 1 },
  };
}

it('there are situations of every kind', () => {
  expect(recorded).toHaveLength(300);
});

it.each(recorded)('pods are as many as in Argo Rollouts: %j', (situation) => {
  expect(countsByPods(sceneOf(snapshotOf(situation)))).toEqual(situation.wanted);
});
