import type { Socket } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import {
  createEgressPolicy,
  createHttpClient,
  type HttpClient,
  ProviderError,
} from '../../service/providers/index.js';
import { metric, runOf } from '../engine/fixtures.js';
import { create, eachWorld, recordOf, type World } from './world.js';

let world: World;
eachWorld((opened) => {
  world = opened;
});

describe('a receiver', () => {
  it('that is gone is sent nothing more', async () => {
    world.receiver.answer([{ status: 410 }]);
    const engine = await world.begin();
    await create(engine, { url: world.receiver.url });
    const record = await recordOf(engine, {
      ...{ state: 'failed', attemptCount: 1 },
      attempts: [{ outcome: 'rejected', status: 410 }],
    });
    expect(record).not.toHaveProperty('nextAttemptAt');
    expect(world.receiver.requests).toHaveLength(1);
  });

  it('that asks for time gets it', async () => {
    world.receiver.answer([{ status: 503, headers: { 'Retry-After': '600' } }]);
    const engine = await world.begin();
    await create(engine, { url: world.receiver.url });
    const record = await recordOf(engine, { state: 'pending', attemptCount: 1 });
    const waitMs = Date.parse(record?.nextAttemptAt ?? '') - Date.parse(record?.attempts[0]?.at ?? '');
    expect(waitMs).toBeGreaterThanOrEqual(600_000);
    expect(waitMs).toBeLessThan(610_000);
  });

  it('that redirects is not followed', async () => {
    world.receiver.answer([{ status: 307, headers: { Location: '/elsewhere' } }]);
    const engine = await world.begin();
    await create(engine, { url: world.receiver.url });
    const record = await recordOf(engine, {
      state: 'pending',
      attempts: [{ outcome: 'rejected', status: 307 }],
    });
    expect(record?.attempts[0]?.error).toBe(
      'the receiver answered 307 Temporary Redirect: redirects are not followed',
    );
    expect(world.receiver.requests.map(({ target }) => target)).toEqual(['/']);
  });

  it('that resets connections is tried again', async () => {
    world.listener = (request) => request.socket.resetAndDestroy();
    const engine = await world.begin();
    await create(engine, { url: world.rawUrl });
    await recordOf(engine, { state: 'pending', attempts: [{ outcome: 'unreachable' }] });
  });

  it('that has just closed a kept connection gets the webhook over a new one at once', async () => {
    const seen = new Set<Socket>();
    world.listener = (request, response) => {
      if (seen.has(request.socket)) request.socket.resetAndDestroy();
      else response.writeHead(204).end();
      seen.add(request.socket);
    };
    const engine = await world.begin();
    await engine.create(runOf([metric('web')]), { id: 'before', callbacks: [{ url: world.rawUrl }] });
    await vi.waitFor(async () => {
      expect(await engine.deliveries('before')).toMatchObject([{ state: 'delivered' }]);
    });
    await create(engine, { url: world.rawUrl });
    await recordOf(engine, { state: 'delivered', attemptCount: 1, attempts: [{ outcome: 'delivered' }] });
    expect(seen.size).toBe(2);
  });

  it('that answers with an endless body has taken the webhook', async () => {
    let sentBytes = 0;
    world.listener = (_request, response) => {
      const more = (): void => {
        while (response.writable && response.write(Buffer.alloc(16_384))) sentBytes += 16_384;
      };
      response.on('drain', more).writeHead(200);
      more();
    };
    const engine = await world.begin();
    await create(engine, { url: world.rawUrl });
    await recordOf(engine, { state: 'delivered', attempts: [{ status: 200 }] });
    expect(sentBytes).toBeLessThan(64 * 1024 * 1024);
  });

  it('that the egress rules forbid is not connected to', async () => {
    const client = createHttpClient({ egress: createEgressPolicy({ loopback: false }) });
    const engine = await world.begin({ client });
    await create(engine, { url: world.receiver.url });
    await recordOf(engine, { state: 'pending', attempts: [{ outcome: 'denied' }] });
    expect(world.receiver.connections).toBe(0);
    expect(await world.metrics.text()).toContain('assay_webhook_attempts_total{outcome="denied"} 1');
    client.close();
  });

  it('that a fault of ours keeps the webhook from is tried again as others are, and the log says why', async () => {
    const client: HttpClient = {
      request: () => Promise.reject(new TypeError('x is not a function')),
      close: () => undefined,
    };
    const engine = await world.begin({ client });
    await create(engine, { url: world.receiver.url });
    const record = await recordOf(engine, {
      ...{ state: 'pending', attemptCount: 1 },
      attempts: [{ outcome: 'internal', error: 'a fault of Assay; its log says more' }],
    });
    expect(record?.nextAttemptAt).toBeDefined();
    const [line = ''] = world.logged.filter((each) => each.includes('a webhook could not be made'));
    expect(line).toContain('"level":"error"');
    expect(line).toContain('x is not a function');
  });

  it('that hangs has fifteen seconds', async () => {
    const asked: (number | undefined)[] = [];
    const client: HttpClient = {
      request: ({ timeoutMs }) => {
        asked.push(timeoutMs);
        return Promise.reject(new ProviderError('timeout', 'Post "http://x": context deadline exceeded'));
      },
      close: () => undefined,
    };
    const engine = await world.begin({ client });
    await create(engine, { url: world.receiver.url });
    await recordOf(engine, {
      attempts: [{ outcome: 'timeout', error: 'Post "http://x": context deadline exceeded' }],
    });
    expect(asked).toEqual([15_000]);
  });

  it('that never answers is given up 24 hours after the first attempt', async () => {
    world.receiver.answer([{ status: 500 }]);
    let aheadMs = 0;
    const clock = { nowMs: () => Date.now() + aheadMs };
    const engine = await world.begin({ clock });
    await create(engine, { url: world.receiver.url });
    await recordOf(engine, { state: 'pending', attemptCount: 1 });
    aheadMs = 24 * 3_600_000;
    await recordOf(engine, { state: 'failed', attemptCount: 2 });
    expect(world.logged.join('')).toContain('a webhook was given up');
    expect(await world.metrics.text()).toContain('assay_webhooks_total{state="failed"} 1');
  });
});
