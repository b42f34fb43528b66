import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type AnalysisRun, parseDocuments } from '../../schemas/index.js';
import { eventually } from '../support/eventually.js';
import { startPrometheus, type TestPrometheus } from '../support/prometheus.js';
import { startRedis, type TestRedis } from '../support/redis.js';
import { type SampleApp, type SampleVersion, startSampleApp } from '../support/sample-app.js';
import { type ServerProcess, startServer } from '../support/server-process.js';

const MAIN = fileURLToPath(new URL('../../service/main.ts', import.meta.url));
const TEMPLATE = readFileSync(fileURLToPath(new URL('fixtures/error-rate.yaml', import.meta.url)), 'utf8');
/** Enough that both processes get some of them. */
const RUNS_OF_EACH = 8;

/** One `assay serve` in a process of its own. */
interface Assay {
  readonly url: string;
  readonly process: ServerProcess;
}

const apps: SampleApp[] = [];
const servers: Assay[] = [];
let prometheus: TestPrometheus;
let redis: TestRedis;

async function startAssay(): Promise<Assay> {
  const server = await startServer(process.execPath, ['--import', 'tsx', MAIN, 'serve', '--port', '0'], {
    ASSAY_REDIS_URL: redis.url,
    ASSAY_LOG_LEVEL: 'error',
  });
  const url = await eventually(
    'assay serve listens',
    () => {
      server.check();
      return /listens on (\S+)/.exec(server.output())?.[1];
    },
    60_000,
  );
  return { url, process: server };
}

beforeAll(async () => {
  apps.push(await startSampleApp('good'), await startSampleApp('bad'));
  prometheus = await startPrometheus(apps.map(({ target }) => target));
  redis = await startRedis();
  servers.push(...(await Promise.all([startAssay(), startAssay()])));
  await eventually('both versions have rates', async () => {
    const rates = await prometheus.query('sum by (version) (rate(http_requests_total[5s])) > 0');
    return rates.length === 2 ? true : undefined;
  });
}, 120_000);

afterAll(async () => {
  await Promise.all(servers.map((server) => server.process.stop()));
  await redis.stop();
  await prometheus.stop();
  for (const app of apps) await app.stop();
});

async function start(url: string, version: SampleVersion): Promise<string> {
  const created = await fetch(`${url}/v1/analysisruns`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      templates: parseDocuments(TEMPLATE).map(({ value }) => value),
      args: [
        { name: 'version', value: version },
        { name: 'prometheus', value: prometheus.url },
      ],
    }),
  });
  expect(created.status).toBe(201);
  return ((await created.json()) as AnalysisRun).metadata?.uid ?? '';
}

async function ended(url: string, id: string): Promise<AnalysisRun> {
  return (await (await fetch(`${url}/v1/analysisruns/${id}?wait=60s`)).json()) as AnalysisRun;
}

/** Measurements that a process has taken. */
async function taken(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const counts = [...text.matchAll(/^assay_measurements_total\{[^}]*\} (\d+)$/gm)];
  return counts.reduce((sum, [, count]) => sum + Number(count), 0);
}

it('two processes on one Redis share the runs: good versions are Successful and bad ones Failed', async () => {
  const [one, other] = servers.map(({ url }) => url);
  if (one === undefined || other === undefined) throw new Error('two servers were started');
  const versions = (['good', 'bad'] as const).flatMap((version) =>
    Array.from({ length: RUNS_OF_EACH }, () => version),
  );
  const ids = await Promise.all(versions.map((version) => start(one, version)));
  const runs = await Promise.all(ids.map((id) => ended(other, id)));
  expect(runs.map(({ status }) => `${status?.phase ?? ''}: ${status?.verdict ?? ''}`)).toEqual(
    versions.map((version) => (version === 'good' ? 'Successful: promote' : 'Failed: rollback')),
  );
  const [byOne, byOther] = await Promise.all([taken(one), taken(other)]);
  expect(byOne).toBeGreaterThan(0);
  expect(byOther).toBeGreaterThan(0);
  // Counted twice would show here: each measurement in a status was taken by one of the two.
  const counted = runs
    .flatMap(({ status }) => status?.metricResults ?? [])
    .reduce((sum, { count = 0, error = 0 }) => sum + count + error, 0);
  expect(byOne + byOther).toBe(counted);
});
