import { setTimeout as delay } from 'node:timers/promises';
import { join } from 'node:path';
import { createRedisEngine } from '../../service/engine/index.js';
import { Secret } from '../../service/platform/index.js';
import { metric, realDeps, runOf, scripted } from '../engine/fixtures.js';
import { eventually } from '../support/eventually.js';
import { openStreams } from '../support/event-streams.js';
import { startRedis } from '../support/redis.js';
import { startServer } from '../support/server-process.js';
import { report } from './figure.js';

const BENCH = 'streams';
const STREAMS = 5_000;
const RUNS = 500;
const IDLE_MS = 20_000;

/** What the process uses; times in ms. */
interface Usage {
  readonly usedHeap: number;
  readonly rss: number;
  readonly cpuMs: number;
}

/**
 * 5,000 streams of events in one process that only answers, over a real Redis: what a stream takes of its memory, what the idle
 * ones cost of a core, and how long it takes until all have their verdicts when every run ends at once.
 */
export async function run(): Promise<void> {
  const redis = await startRedis({ args: ['--appendfsync', 'everysec'] });
  let release = (): void => undefined;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const { measure } = scripted(async () => {
    await gate;
    return 'Successful' as const;
  });
  const { deps } = realDeps(measure, { concurrency: RUNS, retentionMs: 3_600_000, stopGraceMs: 10 });
  const worker = createRedisEngine(deps, { url: new Secret(redis.url), shards: 1, prefix: BENCH });
  await worker.start();
  const program = join(import.meta.dirname, 'support/streams-process.ts');
  const server = await startServer(process.execPath, ['--import', 'tsx', program, redis.url, BENCH]);
  try {
    const port = await eventually('the process answers', () => {
      server.check();
      return /port (\d+)/.exec(server.output())?.[1];
    });
    const usage = async (): Promise<Usage> =>
      (await (await fetch(`http://127.0.0.1:${port}/usage`)).json()) as Usage;
    const ids = Array.from({ length: RUNS }, (_, nth) => `run-${nth}`);
    for (const id of ids) await worker.create(runOf([metric('web')]), { id });
    const urlOf = (nth: number): string =>
      `http://127.0.0.1:${port}/v1/analysisruns/run-${nth % RUNS}/events`;
    const [warm] = await openStreams(urlOf, 1);
    const before = await usage();
    const streams = await openStreams(urlOf, STREAMS);
    const open = await usage();
    await delay(IDLE_MS);
    const after = await usage();
    const kib = (bytes: number): number => bytes / 1_024 / STREAMS;
    report({
      bench: BENCH,
      figure: 'memory a stream',
      value: kib(open.usedHeap - before.usedHeap),
      unit: 'KiB',
    });
    report({
      bench: BENCH,
      figure: 'resident memory a stream',
      value: kib(open.rss - before.rss),
      unit: 'KiB',
    });
    report({
      ...{ bench: BENCH, figure: `${STREAMS} idle streams`, unit: '% of a core' },
      value: ((after.cpuMs - open.cpuMs) / IDLE_MS) * 100,
    });
    const began = performance.now();
    release();
    const texts = await Promise.all(streams.map(({ ended }) => ended));
    const tookMs = performance.now() - began;
    const told = texts.filter((text) => text.includes('event: verdict\n')).length;
    if (told !== STREAMS) throw new Error(`${STREAMS - told} of ${STREAMS} streams had no verdict`);
    report({
      bench: BENCH,
      figure: `${RUNS} runs end, ${STREAMS} streams have the verdict`,
      value: tookMs,
      unit: 'ms',
    });
    warm?.close();
  } finally {
    await server.stop('SIGKILL');
    await worker.stop();
    await redis.stop();
  }
}
