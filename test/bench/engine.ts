import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { startRedis } from '../support/redis.js';
import { report } from './figure.js';
import { Lateness, type Observation, observe, startLoad } from './support/load.js';
import { percentile } from './support/percentile.js';
import { startPrometheusStub } from './support/prometheus-stub.js';

const BENCH = 'engine';
const INTERVAL_MS = 1_000;
const SERIES = [1_000, 5_000];

/** Chains of one-shot delayed BullMQ jobs, as many as there are series, that do nothing but add the next one. */
async function bareJobs(series: number, redisUrl: string, redis: Redis): Promise<Observation> {
  const lateness = new Lateness();
  const options = { connection: { url: redisUrl, maxRetriesPerRequest: null }, prefix: `bare-${series}` };
  const queue = new Queue<{ n: number; dueAtMs: number }>('jobs', {
    ...options,
    defaultJobOptions: { removeOnComplete: true },
    streams: { events: { maxLen: 100 } },
  });
  const add = (n: number, dueAtMs: number): Promise<unknown> =>
    queue.add(
      'job',
      { n, dueAtMs },
      { delay: Math.max(0, dueAtMs - Date.now()), jobId: `j-${n}-${dueAtMs}` },
    );
  const worker = new Worker<{ n: number; dueAtMs: number }>(
    'jobs',
    async ({ data: { n, dueAtMs } }) => {
      const lateMs = Date.now() - dueAtMs;
      lateness.note(lateMs);
      await add(n, dueAtMs + INTERVAL_MS * (1 + Math.floor(lateMs / INTERVAL_MS)));
    },
    { ...options, concurrency: 100 },
  );
  const startAtMs = Date.now() + 500;
  for (let n = 0; n < series; n++) await add(n, startAtMs + (n * INTERVAL_MS) / series);
  const observation = await observe(lateness, redis);
  await worker.close(true);
  await queue.obliterate({ force: true });
  await queue.close();
  return observation;
}

/** As many one-metric runs as there are series, measured by the real provider and engine. */
async function realRuns(
  series: number,
  redisUrl: string,
  redis: Redis,
  prometheus: string,
): Promise<Observation> {
  const load = await startLoad({ series, intervalMs: INTERVAL_MS, redisUrl, prometheus });
  const observation = await observe(load.lateness, redis);
  await load.stop();
  return observation;
}

function reportAll(series: number, real: Observation, bare: Observation): void {
  const baseline = `${series} chains of bare BullMQ delayed jobs`;
  const tell = (figure: string, unit: string, read: (each: Observation) => number): void => {
    const value = read(real);
    report({
      ...{ bench: BENCH, figure: `${series} series every second: ${figure}`, value, unit, baseline },
      ratio: value / read(bare),
    });
  };
  tell('measurements', '1/s', ({ perSecond }) => perSecond);
  tell('lateness p50', 'ms', ({ lateness }) => percentile(lateness, 0.5));
  tell('lateness p99', 'ms', ({ lateness }) => percentile(lateness, 0.99));
  tell('CPU of the worker a measurement', 'ms', ({ cpu }) => cpu.node);
  tell('CPU of redis-server a measurement', 'ms', ({ cpu }) => cpu.redis);
}

/**
 * Measurements a second and how late they begin, through the real Redis engine and Prometheus provider, with Redis and a
 * stub of Prometheus on the same machine, beside bare BullMQ jobs at the same pace..
 */
export async function run(): Promise<void> {
  const server = await startRedis({ args: ['--appendfsync', 'everysec'] });
  const redis = new Redis(server.url);
  const stub = await startPrometheusStub();
  try {
    for (const series of SERIES) {
      const bare = await bareJobs(series, server.url, redis);
      const real = await realRuns(series, server.url, redis, stub.url);
      await redis.flushall();
      reportAll(series, real, bare);
    }
  } finally {
    redis.disconnect();
    await stub.stop();
    await server.stop();
  }
}
