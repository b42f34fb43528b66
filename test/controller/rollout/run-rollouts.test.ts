import { afterEach, expect, it } from 'vitest';
import { EventRecorder } from '../../../service/controller/objects/event-recorder.js';
import { ObjectCache } from '../../../service/controller/objects/object-cache.js';
import { runRollouts } from '../../../service/controller/rollout/apply/index.js';
import { createLog } from '../../../service/platform/index.js';
import { type KubernetesApi, KubernetesError } from '../../../service/providers/kubernetes/index.js';
import { STILL } from '../still-api.js';
import { FakeTime } from '../../engine/fake-time.js';
import { merged, templateOf } from './simulator.js';

/** Something that a controller has sent. */
interface Sent {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

const ROLLOUTS = '/apis/argoproj.io/v1alpha1/rollouts';
const ROLLOUT = '/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/checkout';
const rollout = {
  metadata: {
    ...{ name: 'checkout', namespace: 'shop', uid: 'u1', resourceVersion: '1', generation: 1 },
    annotations: { 'notifications.argoproj.io/subscribe.on-rollout-aborted.ci': '' },
  },
  spec: {
    ...{ replicas: 1, selector: { matchLabels: { app: 'shop' } }, template: templateOf('v1') },
    strategy: { canary: {} },
  },
};

const stopping: AbortController[] = [];
afterEach(() => {
  for (const each of stopping.splice(0)) each.abort();
});

/** A controller of a cluster in which nothing but one Rollout is. */
function begun(answerTo: (sent: Sent) => unknown, read: () => unknown = () => rollout) {
  const sent: Sent[] = [];
  const api: KubernetesApi = {
    ...STILL,
    request: ({ method, path, body }) => {
      if (method === 'GET') {
        const items = path === ROLLOUTS ? [rollout] : [];
        return Promise.resolve(path === ROLLOUT ? read() : { metadata: { resourceVersion: '1' }, items });
      }
      const one = { method: method, path, body };
      sent.push(one);
      return Promise.resolve().then(() => answerTo(one));
    },
  };
  const stop = new AbortController();
  stopping.push(stop);
  const time = new FakeTime();
  const log = createLog({ level: 'silent' });
  const nothing = (): void => undefined;
  void runRollouts(
    {
      ...{ api, log, clock: time, timers: time, cache: new ObjectCache({ api, log }, stop.signal) },
      events: new EventRecorder({ api, log, clock: time, timers: time }),
      metrics: {
        ...{ reconciled: nothing, failedOn: nothing, told: nothing, gone: nothing },
        ...{ failed: nothing, notified: nothing },
      },
      scope: { cluster: 'local' },
      settings: { analysisLostAbortMs: 600_000, verifyRetryMs: 10_000 },
      traffic: { versions: {}, plugins: new Map() },
      http: { request: () => Promise.reject(new Error('nobody is to be asked')) },
      notifications: {
        defaultKeys: [],
        file: { services: [{ name: 'ci', type: 'webhook', url: { value: 'https://ci.example' } }] },
      },
    },
    stop.signal,
  );
  return { sent, time };
}

const shown = ({ method, path }: Sent): string => `${method} ${path.split('/').slice(-2).join('/')}`;

it('a record of notifications that the API server does not take keeps nothing from being done', async () => {
  const stored = new Map<string, unknown>([[ROLLOUT, rollout]]);
  let version = 1;
  const { sent, time } = begun(({ path, body }) => {
    if (path === ROLLOUT && JSON.stringify(body).includes('assay.dev/notifications'))
      throw new KubernetesError('badResponse', 'metadata.annotations: Too long', 422);
    const { name } = (body as { readonly metadata: { readonly name?: string } }).metadata;
    const place = name === undefined ? path.replace(/\/status$/, '') : `${path}/${name}`;
    const numbered = { metadata: { resourceVersion: String((version += 1)) } };
    stored.set(place, merged(merged(stored.get(place), body), numbered));
    return stored.get(place);
  });
  await time.advance(2_000);
  expect(sent.map(shown)).toContain('POST shop/replicasets');
  const told = sent.filter(({ path }) => path.endsWith('/events')).map(({ body }) => JSON.stringify(body));
  expect(told.some((text) => text.includes('metadata.annotations: Too long'))).toBe(true);
});

it('changes that somebody undoes are made again at a pace, and told of once', async () => {
  // Whatever is written of the Rollout is not there when it is looked at again.
  const { sent, time } = begun(({ method, body }) => (method === 'POST' ? body : rollout));
  await time.advance(100_000);
  const written = sent.filter(({ path }) => path === ROLLOUT);
  expect(written.length).toBeGreaterThan(100);
  expect(written.length).toBeLessThan(500);
  const told = sent.filter(({ body }) => JSON.stringify(body).includes('ReconcileThrottled'));
  expect(told).toHaveLength(1);
});

it('an API server that is away while its watches go on is asked again within seconds, however long it was', async () => {
  const atMs: number[] = [];
  const { time } = begun(() => {
    atMs.push(time.nowMs());
    throw new KubernetesError('unreachable', 'connection refused');
  });
  await time.advance(120_000);
  const pauses = atMs.slice(1).map((each, index) => each - (atMs[index] ?? 0));
  expect(pauses.length).toBeGreaterThan(25);
  expect(Math.max(...pauses)).toBeLessThan(4_000);
});

/** The events of a Rollout whose template is faulty; `isLost`: there is no answer to the first write of its status. */
async function eventsOf(isLost: boolean, isStored = true): Promise<readonly unknown[]> {
  let stored: unknown = { ...rollout, spec: { ...rollout.spec, replicas: -1 } };
  let [version, losses] = [1, isLost ? 1 : 0];
  const { sent, time } = begun(
    ({ method, path, body }) => {
      if (method !== 'PATCH') return body;
      const { resourceVersion } = (stored as typeof rollout).metadata;
      if ((body as { metadata: { resourceVersion: string } }).metadata.resourceVersion !== resourceVersion)
        throw new KubernetesError('badResponse', 'conflict', 409);
      const isLosing = path.endsWith('/status') && losses-- > 0;
      if (!isLosing || isStored)
        stored = merged(merged(stored, body), { metadata: { resourceVersion: String((version += 1)) } });
      if (isLosing) throw new KubernetesError('unreachable', 'socket hang up');
      return stored;
    },
    () => stored,
  );
  await time.advance(30_000);
  const events = sent.filter(({ path }) => path.endsWith('/events')).map(({ body }) => body as EventBody);
  // What is recorded twice is one.
  return [...new Map(events.map(({ metadata, ...event }) => [metadata.name, event.reason])).values()];
}
interface EventBody {
  readonly metadata: { readonly name: string };
  readonly reason: string;
}

it.each([
  ['is stored', true],
  ['is not stored', false],
])('what is told of a status whose answer was lost is told once when it %s', async (_what, isStored) => {
  const events = await eventsOf(false);
  expect(events).toContain('InvalidSpec');
  expect(await eventsOf(true, isStored)).toEqual(events);
});
