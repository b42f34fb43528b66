import { afterEach, beforeEach, expect, it } from 'vitest';
import type { AnalysisRun, Metric } from '../../schemas/index.js';
import { createRedisEngine, type Engine } from '../../service/engine/index.js';
import { Secret } from '../../service/platform/index.js';
import { eventually } from '../support/eventually.js';
import { type RecordingServer, startRecordingServer } from '../support/recording-server.js';
import { startRedis, type TestRedis } from '../support/redis.js';
import { type ServerProcess, startServer } from '../support/server-process.js';
import { measurement, metric, realDeps, runOf } from './fixtures.js';

const PREFIX = 'crash';
const INTERVAL_MS = 200;
let redis: TestRedis;
/** Answers each question of a run with its number, from 1, and whether the version is well. */
let provider: RecordingServer;
let receiver: RecordingServer;
let workers: ServerProcess[];
let api: Engine;
/** Number of questions that came, by run. */
let asked: Map<string, number>;
/** Whether answers take for ever. */
let held: boolean;

/** Runs with a number that is no multiple of 2 are of a version that breaks after its fifth measurement. */
const breaks = (run: string): boolean => Number(/\d+$/.exec(run)?.[0] ?? 0) % 2 === 1;

beforeEach(async () => {
  asked = new Map();
  held = false;
  workers = [];
  redis = await startRedis();
  receiver = await startRecordingServer();
  receiver.answer(() => ({ status: 204 }));
  provider = await startRecordingServer();
  provider.answer(({ target }) => {
    const run = target.slice(1);
    const number = (asked.get(run) ?? 0) + 1;
    asked.set(run, number);
    const body = JSON.stringify({ number, ok: number <= 5 || !breaks(run) });
    return { body, ...(held ? { delayMs: 60_000 } : {}) };
  });
  const { deps } = realDeps(() => Promise.resolve(measurement('Error', Date.now())), { work: false });
  api = createRedisEngine(deps, { url: new Secret(redis.url), shards: 2, prefix: PREFIX });
  await api.start();
});

afterEach(async () => {
  await api.stop();
  await Promise.all(workers.map((worker) => worker.stop('SIGKILL')));
  await Promise.all([provider.close(), receiver.close()]);
  await redis.stop();
});

async function startWorker(): Promise<ServerProcess> {
  const worker = await startServer(process.execPath, [
    ...['--import', 'tsx', 'test/engine/worker-process.ts', redis.url, PREFIX],
  ]);
  workers.push(worker);
  await eventually(
    'the worker works',
    () => {
      worker.check();
      return worker.output().includes('ready') ? true : undefined;
    },
    60_000,
  );
  return worker;
}

const start = (id: string, fields: Partial<Metric>): Promise<unknown> =>
  api.create(
    runOf([
      metric('health', {
        interval: `${INTERVAL_MS}ms`,
        successCondition: 'result.ok',
        provider: { web: { url: `${provider.url}/${id}`, jsonPath: '{$}' } },
        ...fields,
      }),
    ]),
    { id, callbacks: [{ url: `${receiver.url}/${id}` }] },
  );

/** Numbers of the answers that the measurements of a run were made of. */
const answersOf = (run: AnalysisRun | undefined): readonly number[] =>
  (run?.status?.metricResults?.[0]?.measurements ?? []).map(({ value = '' }) =>
    Number(/"number":(\d+)/.exec(value)?.[1]),
  );

it('a measurement whose worker is killed is taken again by another one and counted once', async () => {
  held = true;
  const first = await startWorker();
  await start('run-0', { count: 3 });
  await eventually('the provider is asked', () => asked.get('run-0'));
  await first.stop('SIGKILL');
  held = false;
  await startWorker();
  const ended = await api.waitForCompletion('run-0', 30_000);
  expect(ended?.status).toMatchObject({ phase: 'Successful', metricResults: [{ count: 3, successful: 3 }] });
  expect(answersOf(ended)).toEqual([2, 3, 4]);
});

it('200 runs end with right verdicts, each told, though a worker and Redis are killed meanwhile', async () => {
  const [first] = await Promise.all([startWorker(), startWorker()]);
  const ids = Array.from({ length: 200 }, (_, index) => `run-${index}`);
  await Promise.all(ids.map((id) => start(id, { count: 10, failureLimit: 2 })));
  await eventually('every run is measured', () => (asked.size === ids.length ? true : undefined));
  await first.stop('SIGKILL');
  await redis.restart();
  const ended = await Promise.all(ids.map((id) => api.waitForCompletion(id, 60_000)));

  for (const [index, run] of ended.entries()) {
    const id = ids[index] ?? '';
    const answers = answersOf(run);
    // Each answer is counted once and in its turn; what was not counted was in the hands of what was killed.
    const given = Array.from({ length: asked.get(id) ?? 0 }, (_, number) => number + 1);
    const lost = given.filter((number) => !answers.includes(number));
    expect(lost.length).toBeLessThanOrEqual(2);
    expect(answers).toEqual(given.filter((number) => !lost.includes(number)));
    // A good answer that was lost is asked for again while the version is well, and not after it broke.
    const successful = breaks(id) ? 5 - lost.filter((number) => number <= 5).length : 10;
    const failed = breaks(id) ? 3 : 0;
    expect(run?.status).toMatchObject({
      verdict: breaks(id) ? 'rollback' : 'promote',
      metricResults: [{ count: successful + failed, successful }],
    });
    expect(run?.status?.metricResults?.[0]?.failed ?? 0).toBe(failed);
    expect(answers).toHaveLength(successful + failed);
  }
  const told = await eventually('every verdict is told', () => {
    const runs = new Set(receiver.requests.map(({ target }) => target));
    return runs.size === ids.length ? receiver.requests : undefined;
  });
  for (const [index, id] of ids.entries()) {
    const requests = told.filter(({ target }) => target === `/${id}`);
    const [record] = (await api.deliveries(id)) ?? [];
    expect(record?.webhookId).toMatch(/\.verdict$/);
    expect(new Set(requests.map(({ headers }) => headers['webhook-id']))).toEqual(
      new Set([record?.webhookId]),
    );
    for (const { body } of requests)
      expect(JSON.parse(body)).toMatchObject({
        data: { status: { verdict: ended[index]?.status?.verdict } },
      });
  }
});
