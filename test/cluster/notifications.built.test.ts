import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { RolloutEvent } from '../../schemas/index.js';
import type { ServingAssay } from '../../service/cli/index.js';
import { readSettings, type RunningController } from '../../service/controller/index.js';
import { eventually } from '../support/eventually.js';
import { type RecordingServer, startRecordingServer } from '../support/recording-server.js';
import { type Cluster, startCluster, startControllerOf, startService } from './cluster.js';
import { canaryOf, type Rollouts, rolloutsOf } from './rollouts.js';

/** People and pipelines are told of Rollouts: a real receiver, which checks what is signed. */

const SECRET = `whsec_${Buffer.from('a secret of thirty-two characters').toString('base64')}`;

let cluster: Cluster;
let service: ServingAssay;
let store: RecordingServer;
let receiver: RecordingServer;
let folder: string;
let controller: RunningController;
let rollouts: Rollouts;
let namespace = '';
let namespaces = 0;

beforeAll(async () => {
  cluster = await startCluster({ pods: true });
  service = await startService();
  store = await startRecordingServer();
  receiver = await startRecordingServer();
  store.answer([{ body: '{"value": 0}' }]);
  folder = await mkdtemp(join(tmpdir(), 'assay-notifications-'));
  await writeFile(join(folder, 'secret'), `${SECRET}\n`);
  await writeFile(join(folder, 'token'), 'xoxb-token\n');
  await writeFile(
    join(folder, 'notifications.yaml'),
    `services:
  - name: ci
    type: webhook
    url: { value: "${receiver.url}/ci" }
    secret: { file: ${join(folder, 'secret')} }
  - name: slack
    type: slack
    url: { value: "${receiver.url}/slack" }
    token: { file: ${join(folder, 'token')} }
links:
  run: ${service.url}/v1/analysisruns/{uid}
`,
  );
}, 120_000);
afterAll(async () => {
  for (const server of [store, receiver]) await server.close();
  await service.close();
  await cluster.stop();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  namespace = `told-${++namespaces}`;
  await cluster.createNamespace(namespace);
  rollouts = rolloutsOf(cluster, namespace);
  controller = await start();
});
afterEach(async () => {
  await controller.stop();
});

function start(): Promise<RunningController> {
  const env = {
    KUBECONFIG: cluster.kubeconfig,
    ASSAY_NOTIFICATIONS_FILE: join(folder, 'notifications.yaml'),
  };
  const { notifications } = readSettings(env, {});
  if (notifications === undefined) throw new Error('there are no notifications');
  return startControllerOf(cluster, service.url, { namespace, notifications });
}

const subscribe = { 'notifications.argoproj.io/subscribe.ci': '' };

async function create(annotations: Readonly<Record<string, string>>): Promise<void> {
  await cluster.call('POST', `/apis/argoproj.io/v1alpha1/namespaces/${namespace}/analysistemplates`, {
    ...{ apiVersion: 'argoproj.io/v1alpha1', kind: 'AnalysisTemplate', metadata: { name: 'value' } },
    spec: {
      metrics: [
        {
          ...{ name: 'value', successCondition: 'result == 1' },
          provider: { web: { url: `${store.url}/value`, jsonPath: '{$.value}' } },
        },
      ],
    },
  });
  const steps = [{ setWeight: 50 }, { pause: {} }, { analysis: { templates: [{ templateName: 'value' }] } }];
  const rollout = canaryOf('checkout', { replicas: 2, steps }) as { metadata: object };
  await rollouts.create({ ...rollout, metadata: { ...rollout.metadata, annotations } });
  await rollouts.until('checkout', 'the first version is healthy', ({ phase }) => phase === 'Healthy');
}

const events = (): readonly RolloutEvent[] =>
  receiver.requests
    .filter(({ target }) => target === '/ci')
    .map(({ headers, body }) => new Webhook(SECRET).verify(body, { ...headers }) as RolloutEvent);
const types = (): readonly string[] =>
  events().map(({ type }) => type.replace(/^dev\.assay\.rollout\.|\.v1$/g, ''));

it('a pause, an abort and a completed update are told once each, signed', async () => {
  receiver.answer(() => ({}));
  await create({ ...subscribe, 'argocd.argoproj.io/tracking-id': 'shop:argoproj.io/Rollout:shop/checkout' });
  await expect.poll(types, { timeout: 30_000 }).toEqual(['completed']);
  await rollouts.setImage('checkout', 'app:2');
  await rollouts.until('checkout', 'the step pauses', ({ phase }) => phase === 'Paused');
  await expect.poll(types, { timeout: 30_000 }).toEqual(['completed', 'paused']);
  await rollouts.promote('checkout');
  await rollouts.until('checkout', 'it is degraded', ({ phase }) => phase === 'Degraded');
  await expect.poll(types, { timeout: 30_000 }).toEqual(['completed', 'paused', 'aborted']);

  const [, , aborted] = events();
  const { uid = '' } = (await rollouts.read('checkout')).metadata ?? {};
  expect(aborted).toMatchObject({
    ...{ specversion: '1.0', subject: `${namespace}/checkout` },
    data: {
      ...{ cluster: 'local', namespace, name: 'checkout', uid, reason: 'RolloutAborted' },
      from: { revision: 1, images: [{ container: 'app', image: 'app:1' }] },
      to: { revision: 2, images: [{ container: 'app', image: 'app:2' }] },
      analysis: {
        phase: 'Failed',
        metrics: [{ name: 'value', phase: 'Failed', measurements: [{ phase: 'Failed', value: '0' }] }],
      },
      annotations: { 'argocd.argoproj.io/tracking-id': 'shop:argoproj.io/Rollout:shop/checkout' },
    },
  });
  expect(aborted?.data.message).toContain('Metric "value" assessed Failed');
  expect(aborted?.data.analysis?.link).toMatch(/\/v1\/analysisruns\/[0-9a-f-]{36}$/);
  const linked = await fetch(aborted?.data.analysis?.link ?? '');
  expect([linked.status, receiver.requests.length]).toEqual([200, 3]);
  expect(new Set(events().map(({ id }) => id)).size).toBe(3);

  const text = await (await fetch(`${controller.url}/metrics`)).text();
  const labels = `namespace="${namespace}",name="checkout"`;
  for (const line of [
    `rollout_info{${labels},strategy="canary",traffic_router="",phase="Abort"} 1`,
    `rollout_info_replicas_desired{${labels}} 2`,
    `rollout_phase{${labels},strategy="canary",phase="Abort"} 1`,
    `rollout_events_total{${labels},type="Warning",reason="RolloutAborted"} 1`,
    `notification_send_success{${labels},type="ci",reason="on-rollout-aborted"} 1`,
  ])
    expect(text.split('\n')).toContain(line);
  expect(text).toMatch(new RegExp(`^rollout_reconcile_count\\{${labels}\\} [1-9]`, 'm'));
});

it('what a receiver did not take is told by the next controller, with the same id', async () => {
  receiver.answer(() => ({ status: 503 }));
  await create(subscribe);
  await expect.poll(() => receiver.requests.length, { timeout: 30_000 }).toBeGreaterThan(0);
  const [first] = receiver.requests;
  await controller.stop();
  receiver.answer(() => ({}));
  controller = await start();
  await expect.poll(types, { timeout: 30_000 }).toEqual(['completed']);
  expect(receiver.requests[0]?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
  expect(receiver.requests[0]?.body).toBe(first?.body);
  await eventually('it is off the record', async () => {
    const { annotations = {} } = (await rollouts.read('checkout')).metadata ?? {};
    const record = JSON.parse(annotations['assay.dev/notifications'] ?? '{}') as { pending?: unknown[] };
    return record.pending?.length === 0 ? true : undefined;
  });
  await expect
    .poll(() => cluster.events(namespace, 'checkout'), { timeout: 20_000 })
    .toContainEqual(
      expect.stringContaining(
        'Warning NotificationDelayed on-rollout-completed for ci is tried again: the receiver answered 503',
      ),
    );
});

it("a channel of Slack's is told as Argo Rollouts' annotations say", async () => {
  receiver.answer(() => ({ body: '{"ok": true}' }));
  await create({ 'notifications.argoproj.io/subscribe.on-rollout-completed.slack': 'releases' });
  await expect.poll(() => receiver.requests.length, { timeout: 30_000 }).toBe(1);
  const [request] = receiver.requests;
  expect([request?.target, request?.headers['authorization']]).toEqual(['/slack', 'Bearer xoxb-token']);
  const message = JSON.parse(request?.body ?? '{}') as { attachments: readonly { fields: unknown }[] };
  expect(message).toMatchObject({
    ...{ channel: 'releases', text: `Rollout ${namespace}/checkout has been updated` },
    attachments: [{ color: '#2EB67D' }],
  });
  const to = { title: 'To', value: 'revision 1\napp:1', short: true };
  expect(message.attachments[0]?.fields).toContainEqual(to);
  // Tokens are in none of what others may read.
  expect(await readFile(join(folder, 'notifications.yaml'), 'utf8')).not.toContain('xoxb');
  expect(JSON.stringify(await rollouts.read('checkout'))).not.toContain('xoxb');
});
