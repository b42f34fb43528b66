import { Redis } from 'ioredis';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../support/free-port.js';
import { startRedis } from '../support/redis.js';
import type { ServerProcess } from '../support/server-process.js';
import { report } from './figure.js';
import { startAssay } from './support/built-assay.js';
import { cpuTimes } from './support/cpu.js';
import { addedUp, cpuSecondsOf, latenessOf, quantileBetween } from './support/service-readings.js';
import { type Observation, observe, startLoad, startSpread } from './support/load.js';
import { percentile } from './support/percentile.js';
import { type PrometheusStub, startPrometheusStub } from './support/prometheus-stub.js';
import { noMetrics, prometheusRun, startRealEngine } from './support/real-engine.js';

const BENCH = 'scale';
/** Measurements a second while the number of series grows: their intervals grow with it. */
const STEADY_RATE = 1_000;
const GROWING = [1_000, 5_000, 20_000];
const FULL_RATE = 3_000;
const AT_ONCE = 500;
const IDLE_RUNS = 100_000;
const IDLE_MS = 10_000;
/** More than one worker process takes. */
const SATURATING = 9_000;
const PROCESSES = [1, 2, 3];
/** What was late while the runs were created is measured by then. */
const CATCH_UP_MS = 15_000;

/** What the parts share; each leaves Redis empty. */
interface Parts {
  readonly redisUrl: string;
  readonly redis: Redis;
  readonly stub: PrometheusStub;
}

const usedMemory = async (redis: Redis): Promise<number> =>
  Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1]);

/** What a measurement costs with more and more series at the same rate; the ratios are to the fewest. */
async function growth({ redisUrl, redis, stub }: Parts): Promise<void> {
  let least: (Observation & { redisBytes: number }) | undefined;
  for (const series of GROWING) {
    const before = await usedMemory(redis);
    const intervalMs = (series / STEADY_RATE) * 1_000;
    const load = await startLoad({ series, intervalMs, redisUrl, prometheus: stub.url });
    const observation = await observe(load.lateness, redis);
    const redisBytes = ((await usedMemory(redis)) - before) / series;
    const rss = process.memoryUsage.rss();
    const verdict = series === GROWING[0] ? await timeToVerdict(load.engine, stub.url) : undefined;
    await load.stop();
    await redis.flushall();
    const now = { ...observation, redisBytes };
    least ??= now;
    tellObservation(`${series} series, ${STEADY_RATE} measurements a second`, now, least);
    report({
      ...{ bench: BENCH, figure: `${series} series: memory of Redis a run`, value: redisBytes, unit: 'B' },
      ...ratioTo(least.redisBytes, redisBytes),
    });
    report({
      bench: BENCH,
      figure: `${series} series: resident memory of the process`,
      value: rss / 2 ** 20,
      unit: 'MiB',
    });
    if (verdict !== undefined) tellVerdict('under that load', verdict);
  }
}

const ratioTo = (least: number, value: number) => ({
  baseline: `${GROWING[0]} series`,
  ratio: value / least,
});

function tellObservation(what: string, now: Observation, least: Observation): void {
  const tell = (figure: string, unit: string, read: (each: Observation) => number): void => {
    const value = read(now);
    report({
      ...{ bench: BENCH, figure: `${what}: ${figure}`, value, unit },
      ...ratioTo(read(least), value),
    });
  };
  tell('measurements', '1/s', ({ perSecond }) => perSecond);
  for (const part of [0.5, 0.99, 0.999])
    tell(`lateness p${part * 100}`, 'ms', ({ lateness }) => percentile(lateness, part));
  tell('CPU of the worker a measurement', 'ms', ({ cpu }) => cpu.node);
  tell('CPU of redis-server a measurement', 'ms', ({ cpu }) => cpu.redis);
}

/** Milliseconds from asking for a run of one measurement to its verdict, one after the other. */
async function timeToVerdict(
  engine: Awaited<ReturnType<typeof startRealEngine>>['engine'],
  prometheus: string,
): Promise<readonly number[]> {
  const asked = prometheusRun(prometheus, {});
  const samples: number[] = [];
  for (let n = 0; n < 300; n++) {
    const beganAt = performance.now();
    const { run } = await engine.create(asked);
    await engine.waitForCompletion(run.metadata?.uid ?? '', 30_000);
    if (n >= 50) samples.push(performance.now() - beganAt);
  }
  return samples;
}

function tellVerdict(when: string, samples: readonly number[]): void {
  for (const part of [0.5, 0.99])
    report({
      ...{ bench: BENCH, figure: `start to verdict ${when}, p${part * 100}`, unit: 'ms' },
      value: percentile(samples, part),
    });
}

/** The rate that has to be sustained, each series once a second. */
async function fullRate({ redisUrl, redis, stub }: Parts): Promise<void> {
  const load = await startLoad({ series: FULL_RATE, intervalMs: 1_000, redisUrl, prometheus: stub.url });
  const observation = await observe(load.lateness, redis);
  await load.stop();
  await redis.flushall();
  tellObservation(`${FULL_RATE} series every second`, observation, observation);
}

/** One run at rest, and then many that are created at once. */
async function burst({ redisUrl, redis, stub }: Parts): Promise<void> {
  const { engine, close } = await startRealEngine(redisUrl, 'burst', noMetrics);
  const rest = await timeToVerdict(engine, stub.url);
  tellVerdict('at rest', rest);
  const beganAt = performance.now();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async (_, n) => {
      const { run } = await engine.create(prometheusRun(stub.url, {}, `checkout-${n}`));
      const ended = await engine.waitForCompletion(run.metadata?.uid ?? '', 30_000);
      if (ended?.status?.phase !== 'Successful') throw new Error('a run was not Successful');
    }),
  );
  const value = performance.now() - beganAt;
  report({
    ...{ bench: BENCH, figure: `${AT_ONCE} runs created at once, until all are judged`, value, unit: 'ms' },
    ...{ baseline: 'one run at rest, p50', ratio: value / percentile(rest, 0.5) },
  });
  await close();
  await redis.flushall();
}

/** Runs whose next measurement is far away, held by Redis; the worker should not notice them. */
async function idle({ redisUrl, redis, stub }: Parts): Promise<void> {
  const { engine, close } = await startRealEngine(redisUrl, 'idle', noMetrics);
  const cpuPercent = async (): Promise<number> => {
    const before = await cpuTimes(redis);
    await delay(IDLE_MS);
    return (((await cpuTimes(redis)).node - before.node) / IDLE_MS) * 100;
  };
  await delay(2_000);
  const empty = await cpuPercent();
  const before = await usedMemory(redis);
  const asked = prometheusRun(stub.url, { interval: '24h', initialDelay: '12h' });
  for (let n = 0; n < IDLE_RUNS; n += 100)
    await Promise.all(Array.from({ length: 100 }, () => engine.create(asked)));
  const bytes = (await usedMemory(redis)) - before;
  await delay(5_000);
  const held = await cpuPercent();
  report({
    bench: BENCH,
    figure: `${IDLE_RUNS} idle runs: memory of Redis`,
    value: bytes / 2 ** 20,
    unit: 'MiB',
  });
  report({
    ...{
      bench: BENCH,
      figure: `${IDLE_RUNS} idle runs: CPU of the worker`,
      value: held,
      unit: '% of a core',
    },
    ...{ baseline: 'no runs', ratio: held / empty },
  });
  await close();
  await redis.flushall();
}

/** Worker processes of the built service, and what they tell together. */
async function startWorkers(count: number, redisUrl: string) {
  const urls: string[] = [];
  const workers: ServerProcess[] = [];
  for (let n = 0; n < count; n++) {
    const port = await freePort();
    urls.push(`http://127.0.0.1:${port}`);
    const env = { ASSAY_REDIS_URL: redisUrl, ASSAY_ROLE: 'worker', ASSAY_PORT: String(port) };
    workers.push(await startAssay('serve', env));
  }
  return {
    async readings() {
      const [lateness, seconds] = await Promise.all([
        Promise.all(urls.map(latenessOf)),
        Promise.all(urls.map(cpuSecondsOf)),
      ]);
      const cpuMs = seconds.reduce((sum, each) => sum + each, 0) * 1_000;
      return { lateness: addedUp(lateness), cpuMs, atMs: performance.now() };
    },
    stop: () => Promise.all(workers.map((worker) => worker.stop('SIGKILL'))),
  };
}

/** As many runs as asked for, each measured once a second by worker processes. */
async function startRuns(count: number, { redisUrl, stub }: Parts): Promise<() => Promise<void>> {
  const { engine, close } = await startRealEngine(redisUrl, 'assay', noMetrics, {
    ...{ retentionMs: 60_000, concurrency: 1, work: false },
  });
  const runOf = (n: number) => prometheusRun(stub.url, { interval: '1s' }, `checkout-${n}`);
  await startSpread(count, (n) => engine.create(runOf(n)));
  return close;
}

/** The rate that has to be sustained by 1 and 2 worker processes, and what 1, 2 and 3 do that have more to do than they can. */
async function processes(parts: Parts): Promise<void> {
  for (const count of [1, 2]) {
    const workers = await startWorkers(count, parts.redisUrl);
    const close = await startRuns(FULL_RATE, parts);
    await delay(CATCH_UP_MS);
    const before = await workers.readings();
    await delay(15_000);
    const after = await workers.readings();
    await workers.stop();
    await close();
    await parts.redis.flushall();
    const taken = (after.lateness.get(Infinity) ?? 0) - (before.lateness.get(Infinity) ?? 0);
    const what = `${count} worker processes, ${FULL_RATE} series every second`;
    const tell = (figure: string, unit: string, value: number): void => {
      report({ bench: BENCH, figure: `${what}: ${figure}`, value, unit });
    };
    tell('measurements', '1/s', (taken / (after.atMs - before.atMs)) * 1_000);
    for (const part of [0.5, 0.99])
      tell(`lateness p${part * 100}`, 'ms', quantileBetween(before.lateness, after.lateness, part));
    tell('CPU of the workers a measurement', 'ms', (after.cpuMs - before.cpuMs) / taken);
  }
  let one: number | undefined;
  for (const count of PROCESSES) {
    const workers = await startWorkers(count, parts.redisUrl);
    const close = await startRuns(SATURATING, parts);
    await delay(3_000);
    const before = await parts.stub.count();
    await delay(10_000);
    const value = ((await parts.stub.count()) - before) / 10;
    one ??= value;
    report({
      ...{ bench: BENCH, figure: `${count} worker processes, more to do than they can`, value, unit: '1/s' },
      ...{ baseline: 'one worker process', ratio: value / one },
    });
    await workers.stop();
    await close();
    await parts.redis.flushall();
  }
}

/** How cost and lateness grow with the number of running series, and what a burst, idle runs and more processes do. */
export async function run(): Promise<void> {
  const server = await startRedis({ args: ['--appendfsync', 'everysec'] });
  const redis = new Redis(server.url);
  const stub = await startPrometheusStub();
  const parts = { redisUrl: server.url, redis, stub };
  try {
    for (const part of [burst, growth, fullRate, idle, processes].filter(({ name }) =>
      (process.env['PARTS'] ?? name).includes(name),
    ))
      await part(parts);
  } finally {
    redis.disconnect();
    await stub.stop();
    await server.stop();
  }
}
