import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Redis } from 'ioredis';
import type { AnalysisRun } from '../../schemas/index.js';
import type { Engine } from '../../service/engine/index.js';
import { eventually } from '../support/eventually.js';
import { startRedis } from '../support/redis.js';
import { report } from './figure.js';
import { startPrometheusStub } from './support/prometheus-stub.js';
import { noMetrics, prometheusRun, startRealEngine } from './support/real-engine.js';

const BENCH = 'memory';
const RUNS = 400;
const MEASUREMENTS = 10;

/** Bytes of all keys of a Redis. */
async function redisBytes(redis: Redis): Promise<number> {
  const keys = await redis.keys('*');
  const sizes = await Promise.all(keys.map((key) => redis.memory('USAGE', key, 'SAMPLES', 0)));
  return sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
}

/** Bytes of this process' heap that are in use after a full collection. */
function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (!isAction(collect)) throw new Error('this Node can not collect its garbage on demand');
  collect();
  return process.memoryUsage().heapUsed;
}

const isAction = (value: unknown): value is () => void => typeof value === 'function';

/** Starts runs that go on and waits until each has all measurements it keeps. */
async function startRuns(engine: Engine, run: AnalysisRun): Promise<AnalysisRun> {
  const ids: string[] = [];
  for (let n = 0; n < RUNS; n++) ids.push((await engine.create(run)).run.metadata?.uid ?? '');
  let last: AnalysisRun | undefined;
  for (const id of ids) {
    last = await eventually(
      `run ${id} keeps ${MEASUREMENTS} measurements`,
      async () => {
        const found = await engine.get(id);
        return found?.status?.metricResults?.[0]?.measurements?.length === MEASUREMENTS ? found : undefined;
      },
      60_000,
    );
  }
  if (last === undefined) throw new Error('no run was started');
  return last;
}

/**
 * What a running run of one metric with 10 measurements takes in Redis (all keys, the queue's included) and in the heap
 * of a worker, beside the run's own JSON in one key and as one parsed object.
 */
export async function run(): Promise<void> {
  const server = await startRedis({ args: ['--appendfsync', 'everysec'] });
  const redis = new Redis(server.url);
  const stub = await startPrometheusStub();
  const { engine, close } = await startRealEngine(server.url, BENCH, noMetrics);
  try {
    const asked = prometheusRun(stub.url, { interval: '1s' });
    // What the first run brings with it, such as compiled code and connections, is not of a run.
    const warmUp = (await engine.create(asked)).run.metadata?.uid ?? '';
    await eventually(
      'the first run is measured',
      async () => (await engine.get(warmUp))?.status?.metricResults,
    );
    const before = { redis: await redisBytes(redis), heap: heapBytes() };
    const text = JSON.stringify(await startRuns(engine, asked));
    const each = {
      redis: ((await redisBytes(redis)) - before.redis) / RUNS,
      heap: (heapBytes() - before.heap) / RUNS,
    };
    await redis.set('baseline', text);
    const key = (await redis.memory('USAGE', 'baseline')) ?? Number.NaN;
    const beforeCopies = heapBytes();
    const copies = Array.from({ length: RUNS }, () => JSON.parse(text) as AnalysisRun);
    const copy = (heapBytes() - beforeCopies) / copies.length;
    const what = `a running run of one metric with ${MEASUREMENTS} measurements`;
    report({
      ...{ bench: BENCH, figure: `${what}, in Redis`, value: each.redis, unit: 'B' },
      ...{ baseline: 'its JSON in one key', ratio: each.redis / key },
    });
    report({
      ...{ bench: BENCH, figure: `${what}, in the heap of a worker`, value: each.heap, unit: 'B' },
      ...{ baseline: 'its JSON parsed', ratio: each.heap / copy },
    });
  } finally {
    await close();
    redis.disconnect();
    await stub.stop();
    await server.stop();
  }
}
