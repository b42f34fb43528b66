import { expect, it } from 'vitest';
import { ROLLOUTS } from '../../../service/controller/objects/collections.js';
import { ObjectCache } from '../../../service/controller/objects/object-cache.js';
import { ObjectWriter } from '../../../service/controller/objects/object-writer.js';
import { UnansweredStatuses } from '../../../service/controller/objects/unanswered-statuses.js';
import { applyActions } from '../../../service/controller/rollout/apply/apply.js';
import { plan } from '../../../service/controller/rollout/plan/index.js';
import { createLog } from '../../../service/platform/index.js';
import { type KubernetesApi, KubernetesError } from '../../../service/providers/kubernetes/index.js';
import { Simulator } from './simulator.js';

/** A canary with half of the traffic, whose analysis has failed just now. */
function failed(): Simulator {
  const cluster = new Simulator(
    {
      strategy: {
        canary: {
          ...{ stableService: 'stable', canaryService: 'canary' },
          trafficRouting: { nginx: { stableIngress: 'shop' } },
          steps: [
            { setWeight: 50 },
            { analysis: { templates: [{ templateName: 'success-rate' }] } },
            { pause: {} },
          ],
        },
      },
    },
    ['stable', 'canary'],
  );
  cluster.settle();
  cluster.setImage('v2');
  cluster.settle();
  cluster.judge('Failed', 'too many errors');
  return cluster;
}

const REFUSED = new KubernetesError('badResponse', 'ingresses "shop-canary" is forbidden', 403);
const AWAY = new KubernetesError('unreachable', 'connection refused');

it.each([
  ['refused', REFUSED, ['PATCH ingresses/shop-canary', 'PATCH shop/status']],
  ['not answered', AWAY, ['PATCH ingresses/shop-canary']],
])(
  'of traffic whose change is %s the verdict is written if it can be, and no pod goes',
  async (_, error, wanted) => {
    const cluster = failed();
    const snapshot = cluster.snapshot();
    const { actions } = plan(snapshot);
    expect(actions.some(({ kind }) => kind === 'setTraffic')).toBe(true);
    const sent: string[] = [];
    const api: KubernetesApi = {
      request: ({ method, path, body }) => {
        sent.push(`${method} ${path.split('/').slice(-2).join('/')}`);
        return path.includes('/ingresses/') ? Promise.reject(error) : Promise.resolve(body);
      },
      lines: async function* () {
        await new Promise(() => undefined);
      },
      close: () => undefined,
    };
    const stop = new AbortController();
    const cache = new ObjectCache({ api, log: createLog({ level: 'silent' }) }, stop.signal);
    const stored = cache.wrote(ROLLOUTS, snapshot.rollout);
    const nginx = { group: 'networking.k8s.io', version: 'v1', resource: 'ingresses', kind: 'Ingress' };
    const ref = { ...nginx, namespace: 'default', name: 'shop-canary' };
    const event = { reason: 'PatchingCanaryIngress', message: '' };
    const applied = applyActions(
      {
        ...{ cache, writer: new ObjectWriter(api, cache, stop.signal), tell: () => undefined },
        statuses: new UnansweredStatuses(),
        routers: {
          needs: () => [],
          plan: () => ({ changes: [{ kind: 'patch', ref, patch: {}, event }], faults: [] }),
          verify: () => ({ kind: 'differs' }),
        },
        plugins: { answer: () => undefined, call: () => undefined, forget: () => undefined },
        refusals: { failed: () => undefined, made: () => undefined },
      },
      ...([stored, snapshot, actions] as const),
    );
    await expect(applied).rejects.toThrow(error.message);
    stop.abort();
    expect(sent).toEqual(wanted);
  },
);
