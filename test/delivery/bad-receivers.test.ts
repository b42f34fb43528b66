import type { RequestListener } from 'node:http';
import { describe, expect, it, vi } from 'vitest';
import type { Callback } from '../../schemas/index.js';
import { createEgressPolicy, createHttpClient } from '../../service/providers/index.js';
import { metric, runOf } from '../engine/fixtures.js';
import { create, eachWorld, recordOf, type World } from './world.js';

let world: World;
eachWorld((opened) => {
  world = opened;
});

describe('a receiver', () => {
  it('that hangs delays no other one, and gives up its attempts when the process ends', async () => {
    let hanging = 0;
    world.listener = (_request, response) => {
      if (hanging++ === 0) response.writeHead(204).end();
    };
    const engine = await world.begin();
    const hangs: Callback = { url: world.rawUrl };
    for (let nth = 0; nth < 12; nth++)
      await engine.create(runOf([metric('web')]), { id: `hangs-${nth}`, callbacks: [hangs, hangs] });
    await vi.waitFor(
      () => {
        expect(hanging).toBe(9);
      },
      { timeout: 10_000 },
    );
    await create(engine, { url: world.receiver.url });
    await recordOf(engine, { state: 'delivered' });
    expect(hanging).toBe(9);
    await engine.stop();
    expect(world.logged.join('')).not.toContain('could not be made');
  });

  it('is not delayed by 150 others that hang, whether it is new or answered before', async () => {
    let hanging = 0;
    world.listener = () => {
      hanging++;
    };
    const client = createHttpClient({
      egress: createEgressPolicy({ loopback: true }),
      resolve: (_name, _options, callback) => {
        callback(null, [{ address: '127.0.0.1', family: 4 }]);
      },
    });
    const engine = await world.begin({ client });
    const before = { metadata: { name: 'before', namespace: 'good' } };
    await engine.create(runOf([metric('web')], before), {
      id: 'before',
      callbacks: [{ url: world.receiver.url }],
    });
    await vi.waitFor(() => {
      expect(world.receiver.requests).toHaveLength(1);
    });
    const { port } = new URL(world.rawUrl);
    for (let run = 0; run < 15; run++)
      await engine.create(runOf([metric('web')], { metadata: { name: 'evil', namespace: 'evil' } }), {
        id: `evil-${run}`,
        callbacks: Array.from({ length: 10 }, (_, nth) => ({
          url: `http://r${run}-${nth}.wildcard.test:${port}`,
        })),
      });
    // As many as ever hang at once.
    await vi.waitFor(
      () => {
        expect(hanging).toBe(16);
      },
      { timeout: 10_000 },
    );
    const urls = [world.receiver.url, world.receiver.url.replace('127.0.0.1', 'new.test')];
    for (const [nth, url] of urls.entries())
      await engine.create(runOf([metric('web')], { metadata: { name: 'good', namespace: 'good' } }), {
        id: `good-${nth}`,
        callbacks: [{ url }],
      });
    await vi.waitFor(
      () => {
        expect(world.receiver.requests).toHaveLength(3);
      },
      { timeout: 5_000 },
    );
    // None of them had been let go.
    expect(hanging).toBe(16);
    const pending = await Promise.all(
      Array.from({ length: 15 }, (_, run) => engine.deliveries(`evil-${run}`)),
    );
    expect(pending.flat().filter((record) => record?.state === 'pending')).toHaveLength(150);
    client.close();
  });

  const TEN_GB = 10_000_000_000;
  const bad: readonly (readonly [string, (sent: { bytes: number }) => RequestListener])[] = [
    ['hangs', () => () => undefined],
    ['resets connections', () => (request) => request.socket.resetAndDestroy()],
    [
      'redirects to a private address',
      () => (_request, response) =>
        response.writeHead(307, { location: 'http://169.254.169.254/latest/meta-data/' }).end(),
    ],
    [
      'answers 10 GB',
      (sent) => (_request, response) => {
        response.writeHead(200, { 'content-length': TEN_GB });
        const chunk = Buffer.alloc(64 * 1024);
        const more = (): void => {
          if (response.destroyed) return;
          sent.bytes += chunk.byteLength;
          if (response.write(chunk)) setImmediate(more);
          else response.once('drain', more);
        };
        more();
      },
    ],
    [
      'never comes to the end of its headers',
      () => (request) => {
        request.socket.write('HTTP/1.1 200 OK\r\n');
        const timer = setInterval(() => request.socket.write('x-more: 1\r\n'), 20);
        request.socket.on('close', () => {
          clearInterval(timer);
        });
        request.socket.on('error', () => undefined);
      },
    ],
  ];
  it.each(bad)('that %s hurts no other one', async (_what, listener) => {
    const sent = { bytes: 0 };
    world.listener = listener(sent);
    const engine = await world.begin();
    const memory = process.memoryUsage().rss;
    const many = Array.from({ length: 40 }, (_, nth) => `bad-${nth}`);
    for (const id of many)
      await engine.create(runOf([metric('web')]), { id, callbacks: [{ url: world.rawUrl }] });
    await vi.waitFor(
      async () => {
        const asked = await new Promise<number>((resolve, reject) => {
          world.raw.getConnections((error, count) => {
            if (error === null) resolve(count);
            else reject(error);
          });
        });
        const records = await Promise.all(many.map((id) => engine.deliveries(id)));
        const tried = records.flat().some((record) => (record?.attemptCount ?? 0) > 0);
        expect(tried || asked > 0).toBe(true);
      },
      { timeout: 10_000, interval: 10 },
    );
    const began = performance.now();
    await create(engine, { url: world.receiver.url });
    await recordOf(engine, { state: 'delivered', attemptCount: 1 });
    expect(performance.now() - began).toBeLessThan(5_000);
    expect(sent.bytes).toBeLessThan(40 * 4 * 1024 * 1024);
    expect(process.memoryUsage().rss - memory).toBeLessThan(200 * 1024 * 1024);
  });
});
