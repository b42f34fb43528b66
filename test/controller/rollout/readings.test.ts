import { describe, expect, it } from 'vitest';
import {
  type Collection,
  REPLICA_SETS,
  ROLLOUTS,
  SERVICES,
  TEMPLATES,
} from '../../../service/controller/objects/collections.js';
import { ObjectCache } from '../../../service/controller/objects/object-cache.js';
import { followedOf } from '../../../service/controller/rollout/apply/followed.js';
import { rolloutOf } from '../../../service/controller/rollout/apply/read-rollout.js';
import { snapshotOf } from '../../../service/controller/rollout/apply/snapshot.js';
import { plan } from '../../../service/controller/rollout/plan/index.js';
import type { Json, Plan } from '../../../service/controller/rollout/types.js';
import { createLog } from '../../../service/platform/index.js';
import type { KubernetesApi } from '../../../service/providers/kubernetes/index.js';

/** Objects as no definition of ours lets them through, but those of somebody else may. */

const metadata = { name: 'checkout', namespace: 'shop', uid: 'u1', resourceVersion: '1', generation: 3 };
const pod = {
  metadata: { labels: { app: 'checkout' } },
  spec: { containers: [{ name: 'app', image: 'app:1' }] },
};
const spec = { replicas: 1, selector: { matchLabels: { app: 'checkout' } }, template: pod };
const canary = (steps: unknown): Json => ({ metadata, spec: { ...spec, strategy: { canary: { steps } } } });

const named = (name: string) => ({ name, namespace: 'shop', uid: name, resourceVersion: '1' });

/** What is planned about the Rollout when these other objects are there. */
function planOf(rollout: Json, ...others: readonly (readonly [Collection['type'], Json])[]): Plan {
  const stopping = new AbortController();
  const silent = () => new Promise<never>(() => undefined);
  const api: KubernetesApi = {
    request: silent,
    lines: async function* () {
      yield await silent();
    },
    close: () => undefined,
  };
  const cache = new ObjectCache({ api, log: createLog({ level: 'silent' }) }, stopping.signal);
  for (const [type, object] of others) cache.wrote(type, object);
  const stored = cache.wrote(ROLLOUTS, rollout);
  const settings = { analysisLostAbortMs: 60_000, verifyRetryMs: 1_000 };
  const sources = { cache, followed: followedOf({ cluster: 'local' }) };
  const snapshot = snapshotOf(sources, stored, rolloutOf(stored), { settings, nowMs: 1_000_000 });
  stopping.abort();
  return plan(snapshot);
}

/** The message of the condition InvalidSpec that is all that is written. */
function faultIn({ actions }: Plan): string {
  const [first, ...others] = actions.filter(({ kind }) => kind !== 'event');
  expect(others).toEqual([]);
  if (first?.kind !== 'patchStatus') throw new Error('no status is written');
  expect(first.status.phase).toBe('Degraded');
  const [condition] = first.status.conditions ?? [];
  expect(condition).toMatchObject({ type: 'InvalidSpec', status: 'True' });
  return condition?.message ?? '';
}

describe('an object that does not have the shape of its kind', () => {
  it.each([
    ['steps that are no list', canary('all'), 'spec.strategy.canary.steps: must be a list'],
    ['a selector that is a text', { metadata, spec: { ...spec, selector: 'app' } }, 'spec.selector: must be'],
    ['no spec', { metadata }, 'spec: is required'],
    ['a status that is a text', { ...canary([]), status: 'fine' }, 'status: must be'],
  ])('a Rollout with %s has the condition, and nothing is done', (_what, rollout, fault) => {
    expect(faultIn(planOf(rollout))).toContain(`The Rollout "checkout" is invalid: ${fault}`);
  });

  it('a Service or a ReplicaSet of it is named', () => {
    const rollout = {
      metadata,
      spec: { ...spec, strategy: { canary: { stableService: 'stable', canaryService: 'canary' } } },
    };
    const controlled = {
      ownerReferences: [{ apiVersion: 'v1', kind: 'Rollout', name: 'checkout', uid: 'u1', controller: true }],
    };
    const message = faultIn(
      planOf(
        rollout,
        [SERVICES, { metadata: named('stable'), spec: { selector: 'app' } }],
        [SERVICES, { metadata: named('canary'), spec: {} }],
        [
          REPLICA_SETS,
          { metadata: { ...named('checkout-1'), ...controlled }, spec: { selector: {}, template: [] } },
        ],
      ),
    );
    expect(message).toContain('Service shop/stable: spec.selector: must be');
    expect(message).toContain('ReplicaSet shop/checkout-1: spec.template: must be');
  });

  it('a template is the fault of the Rollouts that mention it, and of no others', () => {
    const template = [TEMPLATES, { metadata: named('success'), spec: { metrics: 'all' } }] as const;
    const analysis = { templates: [{ templateName: 'success' }] };
    expect(faultIn(planOf(canary([{ analysis }]), template))).toContain(
      'AnalysisTemplate shop/success: spec.metrics: must be a list',
    );
    const { actions } = planOf(canary([]), template);
    expect(actions.map(({ kind }) => kind)).toContain('createReplicaSet');
  });

  it('fields that are not read are no fault', () => {
    const { actions } = planOf({ ...canary([]), spec: { ...spec, strategy: { canary: {} }, replicaz: 4 } }, [
      SERVICES,
      { metadata: named('other'), spec: { selector: 'x' } },
    ]);
    expect(actions.map(({ kind }) => kind)).toContain('createReplicaSet');
  });
});

describe('a ReplicaSet that nobody controls', () => {
  const selector = {
    matchLabels: { app: 'checkout' },
    matchExpressions: [{ key: 'track', operator: 'In', values: ['a'] }],
  };
  const rollout = { metadata, spec: { ...spec, selector, strategy: { canary: {} } } };
  const orphan = (track: string): Json => ({
    metadata: { ...named('old'), labels: { app: 'checkout', track, 'rollouts-pod-template-hash': 'h' } },
    spec: { selector: {}, template: pod },
  });
  const adoptions = ({ actions }: Plan) =>
    actions.flatMap((action) => (action.kind === 'patchReplicaSet' ? [action.patch['metadata']] : []));

  it('is adopted as it was seen', () => {
    expect(adoptions(planOf(rollout, [REPLICA_SETS, orphan('a')]))[0]).toMatchObject({
      ...{ uid: 'old', resourceVersion: '1' },
      ownerReferences: [{ kind: 'Rollout', name: 'checkout', controller: true }],
    });
  });

  it('is left alone where the selector does not select it, its expressions included', () => {
    expect(adoptions(planOf(rollout, [REPLICA_SETS, orphan('b')]))).toEqual([]);
  });
});
