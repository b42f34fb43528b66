import { Webhook } from 'standardwebhooks';
import { describe, expect, it, vi } from 'vitest';
import { createDelivery, SigningSecretError } from '../../service/delivery/index.js';
import { createLog, Secret, systemClock } from '../../service/platform/index.js';
import type { HttpClient } from '../../service/providers/index.js';
import { metric, runOf } from '../engine/fixtures.js';
import { create, eachWorld, recordOf, secretOf, secrets, type World } from './world.js';

let world: World;
eachWorld((opened) => {
  world = opened;
});

describe('a webhook', () => {
  it('is a signed CloudEvent with the verdict and without the spec', async () => {
    const engine = await world.begin({ webhookSecret: secretOf('a') });
    await create(engine, {
      url: `${world.receiver.url}/hook?x=1`,
      headers: { Authorization: 'Bearer t', 'X-Team': 'ü' },
    });
    const attempts = [{ outcome: 'delivered', status: 204 }];
    const { webhookId } = (await recordOf(engine, { state: 'delivered', attempts })) ?? {};
    const [request] = world.receiver.requests;
    expect(request).toMatchObject({ method: 'POST', target: '/hook?x=1' });
    expect(request?.headers).toMatchObject({
      'content-type': 'application/cloudevents+json; charset=utf-8',
      authorization: 'Bearer t',
      'webhook-id': webhookId,
    });
    const event: unknown = new Webhook(secretOf('a')).verify(request?.body ?? '', { ...request?.headers });
    expect(event).toEqual({
      specversion: '1.0',
      id: webhookId,
      source: '/v1/analysisruns/run-1',
      type: 'dev.assay.analysisrun.verdict.v1',
      subject: 'shop/checkout',
      time: expect.stringMatching(/^20.*Z$/) as unknown,
      datacontenttype: 'application/json',
      data: {
        metadata: expect.objectContaining({ uid: 'run-1', name: 'checkout', namespace: 'shop' }) as unknown,
        status: expect.objectContaining({ phase: 'Successful', verdict: 'promote' }) as unknown,
      },
    });
    expect(await world.metrics.text()).toContain('assay_webhook_attempts_total{outcome="delivered"} 1');
  });

  it('tells of a measurement', async () => {
    const engine = await world.begin();
    await create(engine, { url: world.receiver.url, events: ['measurement'] });
    await recordOf(engine, { state: 'delivered' }, 'measurement-web-1-0');
    const [request] = world.receiver.requests;
    expect(JSON.parse(request?.body ?? '')).toMatchObject({
      id: expect.stringMatching(/^run-1\..*\.web\.1$/) as unknown,
      type: 'dev.assay.analysisrun.measurement.v1',
      data: { metric: 'web', measurement: { phase: 'Successful' }, metadata: { uid: 'run-1' } },
    });
    expect(request?.headers).not.toHaveProperty('webhook-signature');
  });

  it('is signed with the secret of its callback, read for each attempt, with all that are valid', async () => {
    const engine = await world.begin({ webhookSecret: secretOf('a') });
    await create(
      engine,
      { url: world.receiver.url, secretRef: { name: 'hooks' } },
      { url: world.receiver.url, secretRef: { name: 'hooks', key: 'both' } },
    );
    await recordOf(engine, { state: 'delivered' });
    await recordOf(engine, { state: 'delivered' }, 'verdict-1');
    const verified = world.receiver.requests.map(({ body, headers }) =>
      ['h', 'n', 'o', 'a'].filter((letter) => {
        try {
          return new Webhook(secretOf(letter)).verify(body, { ...headers }) !== undefined;
        } catch {
          return false;
        }
      }),
    );
    expect(verified.sort()).toEqual([['h'], ['n', 'o']]);
  });

  it('goes out with the trace of its run however that was written, and without what is none', async () => {
    const trace = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    const engine = await world.begin();
    for (const [id, text] of [
      ['run-1', `${trace}\n`],
      ['run-2', `01${trace.slice(2)}-\u0007`],
    ] as const) {
      const metadata = { name: 'checkout', annotations: { 'assay.dev/traceparent': text } };
      await engine.create(runOf([metric('web')], { metadata }), {
        id,
        callbacks: [{ url: world.receiver.url }],
      });
    }
    await vi.waitFor(() => {
      expect(world.receiver.requests).toHaveLength(2);
    });
    const sent = world.receiver.requests.map(({ headers }) => [
      headers['webhook-id']?.replace(/\..*/, ''),
      headers['traceparent'] ?? 'none',
    ]);
    expect(sent.sort()).toEqual([
      ['run-1', trace],
      ['run-2', 'none'],
    ]);
  });

  it('has one place in one trace, though its callback names another in its own spelling', async () => {
    const trace = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    const seen: string[][] = [];
    world.listener = ({ rawHeaders }, response) => {
      seen.push(rawHeaders.filter((_text, nth) => /^traceparent$/i.test(rawHeaders[nth - (nth % 2)] ?? '')));
      response.writeHead(204).end();
    };
    const engine = await world.begin();
    const headers = { Traceparent: `00-${'c'.repeat(32)}-${'d'.repeat(16)}-01` };
    for (const [id, annotations] of [
      ['run-1', { 'assay.dev/traceparent': trace }],
      ['run-2', {}],
    ] as const) {
      const metadata = { name: 'checkout', annotations };
      await engine.create(runOf([metric('web')], { metadata }), {
        id,
        callbacks: [{ url: world.rawUrl, headers }],
      });
      await vi.waitFor(async () => {
        expect(await engine.deliveries(id)).toMatchObject([{ state: 'delivered' }]);
      });
    }
    expect(seen).toEqual([
      ['traceparent', trace],
      ['Traceparent', headers.Traceparent],
    ]);
  });

  it('of a run of another cluster is signed with the secret of that cluster', async () => {
    const engine = await world.begin({
      secretsOfCluster: (cluster) =>
        cluster === 'east' ? { read: () => Promise.resolve(secretOf('e')) } : undefined,
    });
    const metadata = { name: 'checkout', namespace: 'shop', labels: { 'assay.dev/cluster': 'east' } };
    const callbacks = [{ url: world.receiver.url, secretRef: { name: 'hooks' } }];
    await engine.create(runOf([metric('web')], { metadata }), { id: 'run-1', callbacks });
    await recordOf(engine, { state: 'delivered' });
    const [request] = world.receiver.requests;
    expect(new Webhook(secretOf('e')).verify(request?.body ?? '', { ...request?.headers })).toBeDefined();
  });

  it.each([
    [{ name: 'none' }, 'secrets "none" not found'],
    [{ name: 'hooks', key: 'bad' }, "key 'bad' of secret 'hooks' must be whsec_ and the base64 of"],
  ])('is not sent unsigned when its secret can not be used: %j', async (secretRef, error) => {
    const engine = await world.begin({ webhookSecret: secretOf('a') });
    await create(engine, { url: world.receiver.url, secretRef });
    const record = await recordOf(engine, { state: 'pending', attempts: [{ outcome: 'secret' }] });
    expect(record?.attempts[0]?.error).toContain(error);
    expect(world.receiver.requests).toEqual([]);
  });

  it('is sent again, with the same id and a new time, until it is taken', async () => {
    world.receiver.answer([{ status: 500, body: 'internal details' }, { status: 200 }]);
    const engine = await world.begin({ webhookSecret: secretOf('a') });
    await create(engine, { url: world.receiver.url });
    const record = await recordOf(engine, { state: 'delivered', attemptCount: 2 });
    expect(record?.attempts[0]).toMatchObject({
      outcome: 'rejected',
      status: 500,
      error: 'the receiver answered 500 Internal Server Error',
    });
    expect(JSON.stringify(record)).not.toContain('internal details');
    const [first, second] = world.receiver.requests;
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    expect(Number(second?.headers['webhook-timestamp'])).toBeGreaterThan(
      Number(first?.headers['webhook-timestamp']),
    );
    expect(new Webhook(secretOf('a')).verify(second?.body ?? '', { ...second?.headers })).toBeDefined();
  });

  it('shows no credential in records and logs', async () => {
    world.receiver.answer([{ closeConnection: true }]);
    const engine = await world.begin({ webhookSecret: secretOf('a') });
    await create(engine, {
      url: `${world.receiver.url.replace('://', '://me:hunter2@')}/hook?token=hunter2`,
      headers: [{ key: 'X-Token', value: 'hunter2' }],
    });
    const record = await recordOf(engine, { attempts: [{ outcome: 'unreachable' }] });
    expect(record?.url).toBe(`${world.receiver.url}/hook?[redacted]`);
    expect(world.receiver.requests[0]?.headers['authorization']).toBe(`Basic ${btoa('me:hunter2')}`);
    const shown = `${JSON.stringify(record)}${world.logged.join('')}`;
    expect(shown).toContain('a webhook will be tried again');
    expect(shown).not.toContain('hunter2');
    expect(shown).not.toContain(secretOf('a'));
  });
});

it('a secret of the configuration that is none is refused at the start', () => {
  const http: HttpClient = {
    request: () => Promise.reject(new Error('nothing is sent')),
    close: () => undefined,
  };
  const deps = { http, secrets, clock: systemClock, random: () => 0, metrics: world.metrics };
  const log = createLog({ level: 'silent' });
  const engine = { takeDeliveries: () => () => Promise.resolve() };
  expect(() => createDelivery({ ...deps, engine, log, webhookSecret: new Secret('hunter2') })).toThrow(
    SigningSecretError,
  );
});
