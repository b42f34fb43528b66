import { Redis } from 'ioredis';
import type { AnalysisRun } from '../../schemas/index.js';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/free-port.js';
import { startRedis } from '../support/redis.js';
import { report } from './figure.js';
import { startAssay } from './support/built-assay.js';
import { percentile } from './support/percentile.js';
import { startPrometheusStub } from './support/prometheus-stub.js';
import { noMetrics, prometheusRun, startRealEngine } from './support/real-engine.js';

const BENCH = 'verdict';
const RUNS = 500;
const WARM_UP = 100;

/** Milliseconds that each of many turns of `once` takes, one after the other. */
async function times(once: () => Promise<void>): Promise<readonly number[]> {
  const samples: number[] = [];
  for (let turn = 0; turn < WARM_UP + RUNS; turn++) {
    const beganAt = performance.now();
    await once();
    if (turn >= WARM_UP) samples.push(performance.now() - beganAt);
  }
  return samples;
}

function tell(way: string, samples: readonly number[], baseline: string, bare: readonly number[]): void {
  for (const part of [0.5, 0.99]) {
    const value = percentile(samples, part);
    report({
      ...{ bench: BENCH, figure: `start to verdict ${way}, p${part * 100}`, value, unit: 'ms', baseline },
      ratio: value / percentile(bare, part),
    });
  }
}

function check(status: { readonly phase?: string } | undefined): void {
  if (status?.phase !== 'Successful') throw new Error(`a run ended ${status?.phase ?? 'nowhere'}`);
}

/**
 * Time from asking for a run of one measurement to having its verdict, one run at a time, through the engine and over HTTP
 * with a waiting GET to a service that is a process of its own, beside the round trips that no such run can do without.
 */
export async function run(): Promise<void> {
  const server = await startRedis({ args: ['--appendfsync', 'everysec'] });
  const redis = new Redis(server.url);
  const stub = await startPrometheusStub();
  const { engine, close } = await startRealEngine(server.url, BENCH, noMetrics);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const service = await startAssay('serve', { ASSAY_REDIS_URL: server.url, ASSAY_PORT: String(port) });
  try {
    await eventually('the service is ready', async () =>
      (await fetch(`${url}/readyz`).catch(() => undefined))?.ok === true ? true : undefined,
    );
    const asked = prometheusRun(stub.url, {});
    const pings = await times(async () => {
      await redis.ping();
    });
    const gets = await times(async () => {
      await (await fetch(`${stub.url}/api/v1/query`)).text();
    });
    const direct = await times(async () => {
      const { run } = await engine.create(asked);
      check((await engine.waitForCompletion(run.metadata?.uid ?? '', 10_000))?.status);
    });
    const body = JSON.stringify({ apiVersion: 'argoproj.io/v1alpha1', kind: 'AnalysisRun', ...asked });
    const http = await times(async () => {
      const headers = { 'content-type': 'application/json' };
      const created = await fetch(`${url}/v1/analysisruns`, { method: 'POST', headers, body });
      const { metadata } = (await created.json()) as AnalysisRun;
      const ended = await fetch(`${url}/v1/analysisruns/${metadata?.uid ?? ''}?wait=10s`);
      check(((await ended.json()) as AnalysisRun).status);
    });
    tell('through the engine', direct, 'one PING of the same Redis', pings);
    tell('over HTTP', http, 'one bare GET of the stub', gets);
  } finally {
    await service.stop('SIGKILL');
    await close();
    redis.disconnect();
    await stub.stop();
    await server.stop();
  }
}
