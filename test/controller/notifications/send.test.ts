import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NotificationService, RolloutEventData } from '../../../schemas/index.js';
import { slackMessage } from '../../../service/controller/notifications/messages.js';
import { send } from '../../../service/controller/notifications/send.js';
import { type Attempted, signingKeys } from '../../../service/delivery/index.js';
import { systemClock } from '../../../service/platform/index.js';
import { createEgressPolicy, createHttpClient } from '../../../service/providers/index.js';
import { type RecordingServer, startRecordingServer } from '../../support/recording-server.js';

const SECRET = `whsec_${Buffer.from('a secret of thirty-two characters').toString('base64')}`;
const data: RolloutEventData = {
  ...{ trigger: 'on-rollout-aborted', cluster: 'west', namespace: 'shop', name: 'checkout', uid: 'u1' },
  ...{ phase: 'Degraded', reason: 'RolloutAborted', message: 'p99 > 300 & rising', strategy: 'canary' },
  at: '2026-11-28T12:00:00.000Z',
  step: { index: 6, count: 6 },
  to: { revision: 2, podTemplateHash: 'h2', images: [{ container: 'app', image: 'app:2' }] },
  analysis: {
    ...{ name: 'r', uid: 'r1', phase: 'Failed', link: 'https://assay.example/r1' },
    metrics: [{ name: 'p99', phase: 'Failed', measurements: [{ phase: 'Failed', value: '412' }] }],
  },
  ...{ labels: {}, annotations: {} },
};

let server: RecordingServer;
let folder: string;
beforeEach(async () => {
  server = await startRecordingServer();
  folder = await mkdtemp(join(tmpdir(), 'assay-send-'));
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

async function sendTo(
  service: NotificationService,
  loopback = true,
): Promise<Attempted['attempt'] | undefined> {
  const http = createHttpClient({ egress: createEgressPolicy({ loopback }) });
  const deps = { file: { services: [service] }, defaultKeys: signingKeys(SECRET), http, clock: systemClock };
  try {
    const notification = { id: 'ntf_1', recipient: `${service.name}:releases`, data };
    return (await send(notification, deps, new AbortController().signal))?.attempt;
  } finally {
    http.close();
  }
}
const webhook = (more: Partial<NotificationService> = {}): NotificationService => ({
  ...{ name: 'ci', type: 'webhook', url: { value: `${server.url}/hook` }, ...more },
});
const slack = (more: Partial<NotificationService> = {}): NotificationService => ({
  ...{ name: 'slack', type: 'slack', url: { value: `${server.url}/slack` }, ...more },
});

describe('a webhook', () => {
  it("is signed by the controller's secret, and has headers of files", async () => {
    server.answer([{ status: 204 }]);
    await writeFile(join(folder, 'authorization'), 'Bearer abc\n');
    const headers = [{ key: 'Authorization', file: join(folder, 'authorization') }];
    expect(await sendTo(webhook({ headers }))).toMatchObject({ outcome: 'delivered', status: 204 });
    const [request] = server.requests;
    expect(request?.headers).toMatchObject({
      ...{ authorization: 'Bearer abc', 'webhook-id': 'ntf_1' },
      'content-type': 'application/cloudevents+json; charset=utf-8',
    });
    expect(new Webhook(SECRET).verify(request?.body ?? '', { ...request?.headers })).toEqual({
      ...{ specversion: '1.0', id: 'ntf_1', type: 'dev.assay.rollout.aborted.v1', subject: 'shop/checkout' },
      source: '/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/checkout',
      ...{ time: data.at, datacontenttype: 'application/json', data },
    });
  });

  it('goes nowhere where the egress rules forbid it', async () => {
    expect(await sendTo(webhook(), false)).toMatchObject({
      outcome: 'denied',
      error: expect.stringContaining('egress denied: 127.0.0.1') as string,
    });
    expect(server.requests).toEqual([]);
  });

  it('whose secret can not be used is not sent unsigned', async () => {
    await writeFile(join(folder, 'secret'), 'short');
    for (const file of [join(folder, 'none'), join(folder, 'secret')])
      expect((await sendTo(webhook({ secret: { file } })))?.outcome).toBe('secret');
    expect(server.requests).toEqual([]);
  });
});

describe('Slack', () => {
  it('gets a message at an incoming webhook, without signature and channel', async () => {
    server.answer([{ body: 'ok' }]);
    expect((await sendTo(slack()))?.outcome).toBe('delivered');
    const [request] = server.requests;
    expect(JSON.parse(request?.body ?? '')).toEqual(slackMessage(data));
    expect(request?.headers).not.toHaveProperty('webhook-signature');
  });

  it('has refused what it says is not ok, whatever its status is', async () => {
    await writeFile(join(folder, 'token'), 'xoxb-1');
    const token = { file: join(folder, 'token') };
    server.answer([{ body: '{"ok": false, "error": "channel_not_found"}' }, { body: 'ok' }]);
    expect(await sendTo(slack({ token }))).toMatchObject({
      ...{ outcome: 'rejected', status: 200, error: 'Slack refuses it: channel_not_found' },
    });
    expect((await sendTo(slack({ token })))?.error).toBe('Slack answered no JSON');
  });

  it('has what it repeats at length, and is followed nowhere', async () => {
    await writeFile(join(folder, 'token'), 'xoxb-1');
    const token = { file: join(folder, 'token') };
    server.answer([
      { body: JSON.stringify({ ok: true, message: { text: '\u2713'.repeat(100_000) } }) },
      { status: 307, headers: { Location: `${server.url}/elsewhere` } },
    ]);
    expect((await sendTo(slack({ token })))?.outcome).toBe('delivered');
    expect(await sendTo(slack({ token }))).toMatchObject({
      ...{ outcome: 'rejected', status: 307 },
      error: 'the receiver answered 307 Temporary Redirect: redirects are not followed',
    });
    expect(server.requests.map(({ target }) => target)).toEqual(['/slack', '/slack']);
  });

  it('is told what happened, with nothing that it takes for markup', () => {
    expect(slackMessage(data)).toEqual({
      text: 'Rollout shop/checkout was aborted',
      attachments: [
        {
          ...{ color: '#E01E5A', fallback: 'Rollout shop/checkout was aborted' },
          text: 'p99 &gt; 300 &amp; rising',
          fields: [
            { title: 'Cluster', value: 'west', short: true },
            { title: 'Step', value: '6 of 6', short: true },
            { title: 'To', value: 'revision 2\napp:2', short: true },
            { title: 'Metric p99: Failed', value: '412', short: false },
            { title: 'Analysis', value: 'https://assay.example/r1', short: false },
          ],
        },
      ],
    });
  });
});
