import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { AnalysisRun } from '../../schemas/index.js';
import { createApi } from '../../service/api/index.js';
import { createRedisEngine, type Engine } from '../../service/engine/index.js';
import { createLog, createMetrics, Secret } from '../../service/platform/index.js';
import { metric, realDeps, runOf, scripted } from '../engine/fixtures.js';
import { eventually } from '../support/eventually.js';
import { openStreams } from '../support/event-streams.js';
import { usedBytes } from '../support/heap.js';
import { startRedis, type TestRedis } from '../support/redis.js';
import { notAsked } from './fixtures.js';

/** Streams of the test; `npm run bench -- streams` has 5,000. */
const STREAMS = 1_000;
const KIB = 1_024;

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

let prefixes = 0;

/** A process that only measures and one that only answers, over one Redis. Measurements wait for `release`. */
async function twoProcesses() {
  let release = (): void => undefined;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const { measure } = scripted(async () => {
    await gate;
    return 'Successful' as const;
  });
  const prefix = `streams${prefixes++}`;
  const open = async (work: boolean): Promise<Engine> => {
    const { deps } = realDeps(measure, { work, concurrency: 200, stopGraceMs: 10 });
    const engine = createRedisEngine(deps, {
      ...{ url: new Secret(redis.url), shards: 1, prefix, lockMs: 1_000, heartbeatMs: 200 },
    });
    await engine.start();
    closing.push(() => engine.stop());
    return engine;
  };
  await open(true);
  const engine = await open(false);
  const log = createLog({ level: 'silent' });
  const metrics = createMetrics({ version: '1', nodeMetrics: false });
  const server: Server = createServer(createApi({ engine, metrics, log, measureOnce: notAsked }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/analysisruns`;
  const start = (id: string) =>
    fetch(`${base}/${id}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(runOf([metric('web')], { kind: 'AnalysisRun' })),
    });
  return { release, base, start };
}

describe('a process that only answers', () => {
  it('tells whoever waits, and whoever listens, of what another process measures', async () => {
    const { release, base, start } = await twoProcesses();
    expect((await start('a')).status).toBe(201);
    const [stream] = await openStreams(() => `${base}/a/events`, 1);
    const waiting = fetch(`${base}/a?wait=60s`);
    release();
    expect((await (await waiting).json()) as AnalysisRun).toMatchObject({ status: { verdict: 'promote' } });
    expect(await stream?.ended).toMatch(/event: measurement\n[^]*event: metric\n[^]*event: verdict\n/);
  });

  it('goes on telling after Redis was restarted under it', async () => {
    const { release, base, start } = await twoProcesses();
    await start('a');
    const [stream] = await openStreams(() => `${base}/a/events`, 1);
    await redis.restart();
    release();
    expect(await stream?.ended).toContain('event: verdict\n');
  });

  it(`has ${STREAMS} idle streams for little memory, and each of them gets its verdict`, async () => {
    const { release, base, start } = await twoProcesses();
    for (let nth = 0; nth < 100; nth++) await start(`run-${nth}`);
    // What is loaded and compiled once is not the streams'.
    const first = await openStreams(() => `${base}/run-0/events`, 1);
    const before = usedBytes();
    const streams = await openStreams((nth) => `${base}/run-${nth % 100}/events`, STREAMS);
    const each = (usedBytes() - before) / STREAMS;
    // Both ends of each connection are in this process.
    expect(each).toBeLessThan(100 * KIB);
    await eventually('all have begun', () =>
      streams.every((stream) => stream.text().startsWith('retry: ')) ? true : undefined,
    );
    release();
    const texts = await Promise.all([...first, ...streams].map(({ ended }) => ended));
    expect(texts.filter((text) => text.includes('event: verdict\n'))).toHaveLength(STREAMS + 1);
    await eventually('what was kept for the streams is let go of', () =>
      usedBytes() - before < 10 * KIB * STREAMS ? true : undefined,
    );
  });
});
