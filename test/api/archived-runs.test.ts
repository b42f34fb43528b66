import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import supertest from 'supertest';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createApi } from '../../service/api/index.js';
import { createFileArchive } from '../../service/archive/index.js';
import {
  createMemoryEngine,
  type Engine,
  observeEngine,
  type RunArchive,
} from '../../service/engine/index.js';
import { createLog, createMetrics, type Metrics, systemClock } from '../../service/platform/index.js';
import { temporaryDirectories } from '../archive/fixtures.js';
import { metric, realDeps, runOf, scripted } from '../engine/fixtures.js';
import { notAsked } from './fixtures.js';

interface Answer {
  readonly text: string;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;
}
interface Call extends PromiseLike<Answer> {
  send(body: object): Call;
  expect(status: number): Call;
}

const log = createLog({ level: 'silent' });
const newDirectory = temporaryDirectories();

let directory: string;
let archive: RunArchive;
let engine: Engine;
let metrics: Metrics;
let api: Readonly<Record<'get' | 'put' | 'post' | 'delete', (path: string) => Call>>;

beforeEach(async () => {
  directory = join(await newDirectory(), 'archive');
  archive = createFileArchive({
    ...{ directory, clock: systemClock, log, maxBytes: 1_000_000, maxAgeMs: 3_600_000 },
  });
  const { deps } = realDeps(scripted(() => 'Failed').measure, { retentionMs: 10, archiveLeaseMs: 50 });
  metrics = createMetrics({ version: '1.2.3', nodeMetrics: false });
  engine = createMemoryEngine({ ...deps, metrics, archive });
  metrics.observe(observeEngine(engine, 500, log));
  await engine.start();
  api = supertest(createApi({ engine, metrics, log, measureOnce: notAsked, covers: 'runs of late' }));
});
afterEach(async () => {
  await engine.stop();
  await archive.close();
});

const until = (check: () => Promise<void>): Promise<void> =>
  vi.waitFor(check, { timeout: 10_000, interval: 20 });

it('a run that the engine has forgotten is answered from the archive, and the list says what it covers', async () => {
  await api
    .put('/v1/analysisruns/a')
    .send(runOf([metric('web')], { kind: 'AnalysisRun' }))
    .expect(201);
  await until(async () => {
    const { body } = await api.get('/v1/analysisruns').expect(200);
    expect(body).toMatchObject({ items: [], metadata: { covers: 'runs of late' } });
  });
  const { body } = await api.get('/v1/analysisruns/a').expect(200);
  expect(body).toMatchObject({ metadata: { uid: 'a' }, status: { verdict: 'rollback' } });
  expect((await api.get('/v1/analysisruns/a?wait=30s').expect(200)).body).toEqual(body);
  expect((await api.get('/v1/analysisruns/a/deliveries').expect(200)).body).toEqual({ items: [] });
  expect((await api.get('/v1/analysisruns/a/events').expect(200)).text).toContain('event: verdict');
  await api.get('/v1/analysisruns/b').expect(404);
  await api.delete('/v1/analysisruns/a').expect(204);
  await api.get('/v1/analysisruns/a').expect(404);
});

it('while the archive is away unknown runs are 503, and readiness and metrics tell of those that wait', async () => {
  await writeFile(directory, 'in the way');
  await api
    .put('/v1/analysisruns/a')
    .send(runOf([metric('web')], { kind: 'AnalysisRun' }))
    .expect(201);
  await until(async () => {
    const { body } = await api.get('/readyz').expect(200);
    expect(body).toMatchObject({ status: 'ok', warnings: [expect.stringContaining('EEXIST') as unknown] });
  });
  await api.get('/v1/analysisruns/a').expect(200);
  const { body, headers } = await api.get('/v1/analysisruns/b').expect(503);
  expect(headers['retry-after']).toBe('5');
  expect(JSON.stringify(body)).toContain('the archive, which may have it, does not answer');
  expect(JSON.stringify(body)).not.toContain(directory);
  const { text } = await api.get('/metrics').expect(200);
  expect(text).toContain('assay_archive_backlog 1');
  expect(text).toMatch(/assay_archive_writes_total\{outcome="failed"\} [1-9]/);
  await rm(directory);
  await until(async () => {
    expect((await api.get('/readyz').expect(200)).body).toEqual({ status: 'ok' });
    expect((await api.get('/metrics')).text).toContain('assay_archive_backlog 0');
  });
});

it('a run that is damaged in the archive is told as that, and nothing is started under its id', async () => {
  const run = runOf([metric('web')], { kind: 'AnalysisRun' });
  await api.put('/v1/analysisruns/a').send(run).expect(201);
  await until(async () => {
    const { body } = await api.get('/v1/analysisruns').expect(200);
    expect(body).toMatchObject({ items: [] });
  });
  for (const name of await readdir(directory)) {
    const text = await readFile(join(directory, name), 'utf8');
    await writeFile(join(directory, name), text.replaceAll('"run":', '"run"!'));
  }
  for (const asked of [
    api.get('/v1/analysisruns/a'),
    api.put('/v1/analysisruns/a').send(run),
    api.delete('/v1/analysisruns/a'),
  ]) {
    const { body, headers } = await asked.expect(500);
    expect(JSON.stringify(body)).toContain('what the archive kept of it is damaged');
    expect(JSON.stringify(body)).not.toContain(directory);
    expect(headers).not.toHaveProperty('retry-after');
  }
  await api.put('/v1/analysisruns/b').send(run).expect(201);
});

it('a webhook of a run that only the archive has is not made again, and the answer says why', async () => {
  const callbacks = JSON.stringify([{ url: 'http://127.0.0.1:1/hook' }]);
  const metadata = { name: 'checkout', annotations: { 'assay.dev/callbacks': callbacks } };
  await api
    .put('/v1/analysisruns/a')
    .send(runOf([metric('web')], { kind: 'AnalysisRun', metadata }))
    .expect(201);
  await until(async () => {
    const { body } = await api.get('/v1/analysisruns/a/deliveries').expect(200);
    expect(body).toMatchObject({ items: [{ id: 'verdict-0' }] });
  });
  const end = engine.takeDeliveries(() =>
    Promise.resolve({
      kind: 'tried',
      attempt: { at: new Date().toISOString(), outcome: 'delivered', durationMs: 1 },
      next: { kind: 'delivered' },
    }),
  );
  await until(async () => {
    const { body } = await api.get('/v1/analysisruns').expect(200);
    expect(body).toMatchObject({ items: [] });
  });
  await end();
  const listed = (await api.get('/v1/analysisruns/a/deliveries').expect(200)).body;
  expect(listed).toMatchObject({ items: [{ id: 'verdict-0', state: 'delivered' }] });
  const { body } = await api.post('/v1/analysisruns/a/deliveries/verdict-0/redeliver').expect(409);
  expect(body).toMatchObject({
    detail:
      'the run "a" is archived: its deliveries are kept as evidence, without what is needed to make them again; read the verdict with GET /v1/analysisruns/a and tell the receiver yourself, or start a new run',
  });
  await api.post('/v1/analysisruns/a/deliveries/verdict-1/redeliver').expect(404);
  await api.post('/v1/analysisruns/b/deliveries/verdict-0/redeliver').expect(404);
});
