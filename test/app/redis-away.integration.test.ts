import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { AnalysisRun, AnalysisRunList, Problem } from '../../schemas/index.js';
import { openServer } from '../../service/app.js';
import type { ServingAssay } from '../../service/cli/index.js';
import { Redis } from 'ioredis';
import { eventually } from '../support/eventually.js';
import { startRecordingServer, type RecordingServer } from '../support/recording-server.js';
import { startRedis, type TestRedis } from '../support/redis.js';

/** Longest time that a client may wait for the word that Redis is away, ms. */
const SOON_MS = 3_500;

let redis: TestRedis;
let store: RecordingServer;
const opened: ServingAssay[] = [];

beforeAll(async () => {
  redis = await startRedis();
  store = await startRecordingServer();
  store.answer([{ status: 200, headers: { 'content-type': 'application/json' }, body: '{"ok": true}' }]);
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((server) => server.close()));
});
afterAll(async () => {
  await store.close();
  await redis.stop();
});

async function serve(role: string, more: Readonly<Record<string, string>> = {}): Promise<string> {
  const env = { ASSAY_LOG_LEVEL: 'silent', ASSAY_REDIS_URL: redis.url, ASSAY_ROLE: role, ...more };
  const server = await openServer(env, { port: '0' });
  opened.push(server);
  return server.url;
}

const run = (interval: string) => ({
  kind: 'AnalysisRun',
  spec: {
    metrics: [
      {
        name: 'health',
        count: 2,
        interval,
        successCondition: 'result.ok == true',
        provider: { web: { url: `${store.url}/health`, jsonPath: '{$}' } },
      },
    ],
  },
});
const put = (url: string, id: string, interval: string) =>
  fetch(`${url}/v1/analysisruns/${id}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(run(interval)),
  });

async function answeredSoon(request: () => Promise<Response>): Promise<Response> {
  const startedAt = performance.now();
  const answer = await request();
  expect(performance.now() - startedAt).toBeLessThan(SOON_MS);
  return answer;
}

describe('a service whose Redis goes away', () => {
  it('still tells the verdicts that its archive has', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'assay-archive-'));
    const url = await serve('api,worker', { ASSAY_ARCHIVE_DIR: folder });
    expect((await put(url, 'ended', '10ms')).status).toBe(201);
    expect((await put(url, 'goes-on', '1h')).status).toBe(201);
    await eventually('it is archived', async () => {
      const text = await (await fetch(`${url}/metrics`)).text();
      return /^assay_archive_writes_total\{outcome="kept"\} 1$/m.test(text) ? true : undefined;
    });
    await redis.goAway();
    try {
      for (const query of ['', '?wait=1m']) {
        const answer = await answeredSoon(() => fetch(`${url}/v1/analysisruns/ended${query}`));
        expect([answer.status, ((await answer.json()) as AnalysisRun).status?.verdict]).toEqual([
          200,
          'promote',
        ]);
        const other = await answeredSoon(() => fetch(`${url}/v1/analysisruns/goes-on${query}`));
        expect(other.status).toBe(503);
      }
    } finally {
      await redis.comeBack();
      await rm(folder, { recursive: true });
    }
  });

  it('says so soon to whoever asks, and goes on by itself when it is back', async () => {
    const url = await serve('api,worker');
    expect((await put(url, 'before', '1s')).status).toBe(201);
    // What is asked of this one while Redis is away may be done when it is back: the client was told that it is not known.
    expect((await put(url, 'doomed', '1h')).status).toBe(201);
    const waiting = fetch(`${url}/v1/analysisruns/doomed?wait=40s`);
    await eventually('all is known', async () =>
      (await (await fetch(`${url}/metrics`)).text()).includes('assay_engine_up 1') ? true : undefined,
    );
    await redis.goAway();
    expect((await answeredSoon(() => waiting)).status).toBe(503);
    const requests = {
      start: () => put(url, 'meanwhile', '1s'),
      read: () => fetch(`${url}/v1/analysisruns/before`),
      wait: () => fetch(`${url}/v1/analysisruns/before?wait=1m`),
      list: () => fetch(`${url}/v1/analysisruns`),
      events: () => fetch(`${url}/v1/analysisruns/before/events`),
      terminate: () => fetch(`${url}/v1/analysisruns/doomed/terminate`, { method: 'POST' }),
      forget: () => fetch(`${url}/v1/analysisruns/doomed`, { method: 'DELETE' }),
    };
    // Twice: the first ones meet a connection that has just been lost, the later ones one that was not made again.
    for (const _time of [1, 2])
      await Promise.all(
        Object.entries(requests).map(async ([name, request]) => {
          const answer = await answeredSoon(request);
          expect([name, answer.status]).toEqual([name, 503]);
          expect(answer.headers.get('retry-after')).toBe('5');
          expect(((await answer.json()) as Problem).detail).toMatch(
            /^runs can not be reached \(.*\): try again/,
          );
        }),
      );
    const ready = await answeredSoon(() => fetch(`${url}/readyz`));
    expect([ready.status, ((await ready.json()) as Problem).detail]).toEqual([
      503,
      expect.stringContaining('redis does not answer'),
    ]);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    const scrape = await answeredSoon(() => fetch(`${url}/metrics`));
    expect([scrape.status, await scrape.text()]).toEqual([
      200,
      expect.stringMatching(/^assay_engine_up 0$/m) as string,
    ]);

    await redis.comeBack();
    await eventually('runs can be started again', async () =>
      (await put(url, 'after', '10ms')).ok ? true : undefined,
    );
    for (const id of ['before', 'after']) {
      const ended = (await (await fetch(`${url}/v1/analysisruns/${id}?wait=30s`)).json()) as AnalysisRun;
      expect([id, ended.status?.verdict]).toEqual([id, 'promote']);
    }
    await eventually('the service is ready', async () =>
      (await fetch(`${url}/readyz`)).ok ? true : undefined,
    );
  }, 60_000);

  it('is not ready while Redis would evict runs', async () => {
    const url = await serve('api');
    const admin = new Redis(redis.url);
    try {
      await admin.config('SET', 'maxmemory-policy', 'allkeys-lru');
      const answer = await fetch(`${url}/readyz`);
      expect([answer.status, ((await answer.json()) as Problem).detail]).toEqual([
        503,
        'maxmemory-policy is allkeys-lru and must be noeviction: an evicted key is a lost run',
      ]);
      await admin.config('SET', 'maxmemory-policy', 'noeviction');
      expect((await fetch(`${url}/readyz`)).status).toBe(200);
    } finally {
      admin.disconnect();
    }
  });
});

describe('a service in two processes', () => {
  it('starts runs in one and measures them in the other', async () => {
    const api = await serve('api');
    expect((await put(api, 'divided', '10ms')).status).toBe(201);
    const read = async (query = ''): Promise<AnalysisRun> =>
      (await (await fetch(`${api}/v1/analysisruns/divided${query}`)).json()) as AnalysisRun;
    const worker = await serve('worker');
    expect((await read('?wait=30s')).status?.verdict).toBe('promote');
    const taken = async (url: string): Promise<readonly string[]> =>
      (await (await fetch(`${url}/metrics`)).text()).match(/^assay_measurements_total\{.*$/gm) ?? [];
    expect(await taken(api)).toEqual([]);
    expect(await taken(worker)).not.toEqual([]);
    for (const path of ['/healthz', '/readyz', '/metrics'])
      expect((await fetch(`${worker}${path}`)).status).toBe(200);
    const refused = await fetch(`${worker}/v1/analysisruns`);
    expect([refused.status, ((await refused.json()) as Problem).detail]).toEqual([
      404,
      'this process only measures: ask one with the role api',
    ]);
    const list = (await (await fetch(`${api}/v1/analysisruns`)).json()) as AnalysisRunList;
    expect(list.items.map(({ metadata }) => metadata?.uid)).toContain('divided');
  }, 60_000);
});
