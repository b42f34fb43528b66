import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Problem } from '../../schemas/index.js';
import { openServer } from '../../service/app.js';
import type { ServingAssay } from '../../service/cli/index.js';
import { startRedis, type TestRedis } from '../support/redis.js';
import { withRedis } from '../support/redis-process.js';

let redis: TestRedis;
let server: ServingAssay;
beforeAll(async () => {
  redis = await startRedis();
  const env = { ASSAY_LOG_LEVEL: 'silent', ASSAY_REDIS_URL: redis.url, ASSAY_ROLE: 'api' };
  server = await openServer(env, { port: '0' });
});
afterAll(async () => {
  await server.close();
  await redis.stop();
});

const put = (id: string): Promise<Response> =>
  fetch(`${server.url}/v1/analysisruns/${id}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      kind: 'AnalysisRun',
      spec: { metrics: [{ name: 'health', provider: { web: { url: 'http://127.0.0.1:9/' } } }] },
    }),
  });
const metrics = async (): Promise<string> => (await fetch(`${server.url}/metrics`)).text();
const configure = (setting: string, value: string): Promise<unknown> =>
  withRedis({ port: redis.port }, (admin) => admin.config('SET', setting, value));

it.each([
  ['is full', 'maxmemory', ['1', '0'], 'Redis is full (maxmemory)'],
  [
    'has too few replicas',
    'min-replicas-to-write',
    ['1', '0'],
    'Redis has too few replicas that keep up (min-replicas-to-write)',
  ],
] as const)(
  'a Redis that %s: new runs are answered 503 with the reason, reads go on, and probes and metrics tell',
  async (_what, setting, [bad, good], reason) => {
    const id = setting;
    expect((await put(`${id}-before`)).status).toBe(201);
    await configure(setting, bad);
    const refused = await put(id);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
    expect(((await refused.json()) as Problem).detail).toContain(`runs can not be reached (${reason})`);
    expect((await fetch(`${server.url}/v1/analysisruns/${id}-before`)).status).toBe(200);
    expect((await fetch(`${server.url}/v1/analysisruns`)).status).toBe(200);
    expect((await fetch(`${server.url}/v1/analysisruns/${id}`)).status).toBe(404);
    // Not 503: with the process taken out of its Service nobody could read either.
    const ready = await fetch(`${server.url}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([
      200,
      { status: 'ok', warnings: [`new runs are refused, and those that go on wait: ${reason}`] },
    ]);
    expect(await metrics()).toMatch(/^assay_engine_up 0$/m);
    expect(await metrics()).toMatch(/^assay_runs\{phase="Running"\} /m);
    await configure(setting, good);
    expect((await put(id)).status).toBe(201);
    expect(await (await fetch(`${server.url}/readyz`)).json()).toEqual({ status: 'ok' });
    expect(await metrics()).toMatch(/^assay_engine_up 1$/m);
  },
);

it('a process can start while Redis is full, as its runs can be read and what expires makes room', async () => {
  expect((await put('kept')).status).toBe(201);
  await configure('maxmemory', '1');
  const env = { ASSAY_LOG_LEVEL: 'silent', ASSAY_REDIS_URL: redis.url };
  try {
    const other = await openServer(env, { port: '0' });
    expect((await fetch(`${other.url}/v1/analysisruns/kept`)).status).toBe(200);
    await other.close();
  } finally {
    await configure('maxmemory', '0');
  }
});

it('a Redis that would evict runs: the metrics tell it as the probe does', async () => {
  await configure('maxmemory-policy', 'allkeys-lru');
  expect((await fetch(`${server.url}/readyz`)).status).toBe(503);
  expect(await metrics()).toMatch(/^assay_engine_up 0$/m);
  await configure('maxmemory-policy', 'noeviction');
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
  expect(await metrics()).toMatch(/^assay_engine_up 1$/m);
});
