import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { AnalysisRun } from '../../schemas/index.js';
import { openServer } from '../../service/app.js';
import type { ServingAssay } from '../../service/cli/index.js';
import { eventually } from '../support/eventually.js';
import { startServer } from '../support/server-process.js';
import { type RecordingServer, startRecordingServer } from '../support/recording-server.js';
import { startRedis, type TestRedis } from '../support/redis.js';

let redis: TestRedis;
let store: RecordingServer;
const opened: ServingAssay[] = [];

beforeAll(async () => {
  redis = await startRedis();
  store = await startRecordingServer();
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((server) => server.close()));
});
afterAll(async () => {
  await store.close();
  await redis.stop();
});

async function serve(grace: string): Promise<ServingAssay> {
  const env = { ASSAY_LOG_LEVEL: 'silent', ASSAY_REDIS_URL: redis.url, ASSAY_SHUTDOWN_GRACE: grace };
  const server = await openServer(env, { port: '0' });
  opened.push(server);
  return server;
}

it('a measurement that is in flight for longer than the shutdown may take is taken again, and no Error', async () => {
  const good = { headers: { 'content-type': 'application/json' }, body: '{"ok": true}' };
  store.answer([{ ...good, delayMs: 60_000 }]);
  const server = await serve('2s');
  const started = await fetch(`${server.url}/v1/analysisruns/in-flight`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      kind: 'AnalysisRun',
      spec: {
        metrics: [
          {
            name: 'health',
            consecutiveErrorLimit: 0,
            successCondition: 'result.ok == true',
            provider: { web: { url: store.url, jsonPath: '{$}', timeoutSeconds: 60 } },
          },
        ],
      },
    }),
  });
  expect(started.status).toBe(201);
  await eventually('it is being measured', () => (store.requests.length === 1 ? true : undefined));
  const toldToEndMs = performance.now();
  await server.close();
  expect(performance.now() - toldToEndMs).toBeLessThan(4_000);

  store.answer([good]);
  const next = await serve('2s');
  const ended = (await (await fetch(`${next.url}/v1/analysisruns/in-flight?wait=60s`)).json()) as AnalysisRun;
  expect(ended.status).toMatchObject({ verdict: 'promote', metricResults: [{ successful: 1 }] });
  expect(ended.status?.metricResults?.[0]).not.toHaveProperty('error');
});

it('a service that was told to end says when it begins to and that it has ended', async () => {
  const service = await startServer(process.execPath, [
    ...['--import', 'tsx', 'service/main.ts', 'serve', '--port', '0'],
  ]);
  try {
    await eventually('it listens', () => service.output().includes('"listening"') || undefined, 60_000);
    await service.stop('SIGTERM');
    await eventually('its last line was read', () => service.output().includes('"ended"') || undefined);
    expect(service.output()).toMatch(/"msg":"ending: .*\n.*"tookMs":\d+,"msg":"ended"/);
  } finally {
    await service.stop('SIGKILL');
  }
}, 120_000);
