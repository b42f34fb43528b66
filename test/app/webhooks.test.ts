import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { afterEach, describe, expect, it } from 'vitest';
import type { DeliveryRecord } from '../../schemas/index.js';
import { openServer } from '../../service/app.js';
import { eventually } from '../support/eventually.js';
import { startRecordingServer } from '../support/recording-server.js';

const SECRET = `whsec_${Buffer.from('s'.repeat(32)).toString('base64')}`;
const env = { ASSAY_LOG_LEVEL: 'silent' };
const cleanup: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of cleanup.splice(0)) await close();
});

describe('the service', () => {
  it('sends the verdict of a run, signed with ASSAY_WEBHOOK_SECRET, and counts it', async () => {
    const other = await startRecordingServer();
    cleanup.push(() => other.close());
    other.answer(({ method }) => (method === 'GET' ? { body: '{"ok": true}' } : { status: 204 }));
    const server = await openServer({ ...env, ASSAY_WEBHOOK_SECRET: SECRET }, { port: '0' });
    cleanup.unshift(() => server.close());
    const web = { url: `${other.url}/measure`, jsonPath: '{$.ok}' };
    const started = await fetch(`${server.url}/v1/analysisruns`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        templates: [{ spec: { metrics: [{ name: 'm', successCondition: 'result', provider: { web } }] } }],
        callbacks: [{ url: `${other.url}/hook` }],
      }),
    });
    expect(started.status).toBe(201);
    const hook = await eventually('the webhook', () =>
      other.requests.find(({ method }) => method === 'POST'),
    );
    expect(new Webhook(SECRET).verify(hook.body, { ...hook.headers })).toMatchObject({
      data: { status: { verdict: 'promote' } },
    });
    await eventually('the count', async () => {
      const text = await (await fetch(`${server.url}/metrics`)).text();
      return text.includes('assay_webhook_attempts_total{outcome="delivered"} 1') ? true : undefined;
    });
  });

  it('signs for nobody with a secret of its own, nor with one of another namespace', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'assay-secrets-'));
    cleanup.push(() => rm(directory, { recursive: true }));
    for (const folder of ['datadog', 'bank/hook', 'shop/hook']) {
      await mkdir(join(directory, folder), { recursive: true });
      await writeFile(join(directory, folder, 'secret'), SECRET);
    }
    const receiver = await startRecordingServer();
    cleanup.push(() => receiver.close());
    receiver.answer(() => ({ status: 204 }));
    const server = await openServer({ ...env, ASSAY_SECRETS_DIR: directory }, { port: '0' });
    cleanup.unshift(() => server.close());
    const web = { url: `${receiver.url}/measure`, jsonPath: '{$.ok}' };
    const outcomes = await Promise.all(
      [
        ['shop', 'hook'],
        ['shop', 'datadog'],
        ['cafe', 'hook'],
      ].map(async ([namespace, name]) => {
        const started = await fetch(`${server.url}/v1/analysisruns`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({
            metadata: { namespace },
            templates: [{ spec: { metrics: [{ name: 'm', provider: { web } }] } }],
            callbacks: [{ url: `${receiver.url}/${namespace}`, secretRef: { name } }],
          }),
        });
        const path = `${server.url}${started.headers.get('location') ?? ''}/deliveries`;
        return eventually('an attempt', async () => {
          const { items } = (await (await fetch(path)).json()) as { items: DeliveryRecord[] };
          return items[0]?.attempts[0];
        });
      }),
    );
    expect(outcomes).toMatchObject([
      { outcome: 'delivered' },
      {
        outcome: 'secret',
        error: `secret "datadog" is the service's own and not for metrics and callbacks: what those of the namespace "shop" need goes into ASSAY_SECRETS_DIR/shop/datadog`,
      },
      { outcome: 'secret', error: 'secrets "hook" not found' },
    ]);
  });

  it('does not start with a signing secret that is none, and does not show it', async () => {
    const opened = openServer({ ...env, ASSAY_WEBHOOK_SECRET: 'hunter2' }, { port: '0' });
    await expect(opened).rejects.toThrow(
      /ASSAY_WEBHOOK_SECRET: must be whsec_ and the base64 of at least 24 bytes, or several of these with spaces between them \(the value is not shown\)$/,
    );
  });
});
