import { afterEach, expect, it } from 'vitest';
import { runExperiments } from '../../../service/controller/experiment/apply/index.js';
import { ObjectCache } from '../../../service/controller/objects/object-cache.js';
import { followedOf } from '../../../service/controller/rollout/apply/followed.js';
import { createLog } from '../../../service/platform/index.js';
import type { KubernetesApi } from '../../../service/providers/kubernetes/index.js';
import { STILL } from '../still-api.js';
import { FakeTime } from '../../engine/fake-time.js';
import { templateOf } from '../rollout/simulator.js';

const stopping: AbortController[] = [];
afterEach(() => {
  for (const each of stopping.splice(0)) each.abort();
});

const owner = (kind: string, name: string, uid: string) => ({
  ownerReferences: [{ apiVersion: 'argoproj.io/v1alpha1', kind, name, uid, controller: true }],
});
const meta = (name: string, uid: string, more: object = {}) => ({
  ...{ name, namespace: 'shop', uid, resourceVersion: '1', generation: 1 },
  ...more,
});

/** An Experiment of the Rollout `checkout`, whose UID is `u-rollout`, and of whose analysis the template is gone. */
const experiment = {
  metadata: meta('compare', 'u-experiment', owner('Rollout', 'checkout', 'u-rollout')),
  spec: {
    templates: [{ name: 'a', selector: { matchLabels: { app: 'shop' } }, template: templateOf('v1') }],
    analyses: [{ name: 'errors', templateName: 'errors' }],
  },
  status: {
    phase: 'Running',
    templateStatuses: [
      {
        name: 'a',
        status: 'Running',
        replicas: 1,
        updatedReplicas: 1,
        readyReplicas: 1,
        availableReplicas: 1,
      },
    ],
    analysisRuns: [{ name: 'errors', analysisRun: 'run', phase: 'Pending', message: '' }],
  },
};
/** Whom it was told of that the analysis is an Error, where the Rollout has this UID. */
async function toldOf(uid: string): Promise<readonly string[]> {
  const lists: readonly (readonly [string, unknown])[] = [
    ['/experiments', experiment],
    ['/rollouts', { metadata: meta('checkout', uid), spec: { strategy: { canary: {} } } }],
  ];
  const api: KubernetesApi = {
    ...STILL,
    request: ({ method, path, body }) => {
      if (method !== 'GET') return Promise.resolve(body);
      const items = lists.filter(([end]) => path.endsWith(end)).map(([, object]) => object);
      return Promise.resolve({ metadata: { resourceVersion: '1' }, items });
    },
  };
  const stop = new AbortController();
  stopping.push(stop);
  const time = new FakeTime();
  const log = createLog({ level: 'silent' });
  const nothing = (): void => undefined;
  const told = new Set<string>();
  const cache = new ObjectCache({ api, log }, stop.signal);
  const scope = { cluster: 'local' };
  // As the controller of Rollouts does.
  await cache.isKnown(followedOf(scope).rollouts);
  await time.advance(0);
  void runExperiments(
    {
      ...{ api, log, clock: time, timers: time, cache, scope },
      events: {
        tell: ({ kind, uid: of }, { reason }) => {
          if (reason === 'AnalysisRunError') told.add(`${kind} ${of}`);
        },
      },
      metrics: {
        ...{ reconciled: nothing, failedOn: nothing, told: nothing, gone: nothing, failed: nothing },
      },
      settings: { analysisLostAbortMs: 600_000 },
    },
    stop.signal,
  );
  await time.advance(2_000);
  return [...told].toSorted();
}

it('how an analysis of an experiment ended is told of its Rollout, and not of another one that has the name now', async () => {
  expect(await toldOf('u-rollout')).toEqual(['Experiment u-experiment', 'Rollout u-rollout']);
  expect(await toldOf('u-another')).toEqual(['Experiment u-experiment']);
});
