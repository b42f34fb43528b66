import { createServer, type Server } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { startRedis } from '../support/redis.js';
import { report } from './figure.js';
import { percentile } from './support/percentile.js';
import { startPrometheusStub } from './support/prometheus-stub.js';
import { noMetrics, prometheusRun, startRealEngine } from './support/real-engine.js';

const BENCH = 'hanging';
const HEALTHY_SERIES = 300;
const HANGING_SERIES = 200;
/** More of them than one lane could ever give a quarter of its places to. */
const HANGING_SERVERS = 10;
const HANGS_S = 60;
const WARM_UP_MS = 4_000;
const MEASURE_MS = 20_000;

/** A server on loopback that takes every request and never answers. */
async function startHanging(): Promise<Server> {
  const server = createServer(() => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

function urlOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server does not listen');
  return `http://127.0.0.1:${address.port}`;
}

/** Who hangs. */
interface Scenario {
  readonly what: string;
  readonly servers: number;
  /** A metric's provider that asks a server which hangs. */
  readonly provider: (address: string) => Provider;
}
type Provider = Parameters<typeof prometheusRun>[1]['provider'];

const SCENARIOS: readonly Scenario[] = [
  {
    ...{ what: 'of another provider that hangs', servers: 1 },
    provider: (address) => ({ web: { url: address, jsonPath: '{$.value}', timeoutSeconds: HANGS_S } }),
  },
  {
    ...{ what: `of ${HANGING_SERVERS} servers of the same kind that hang`, servers: HANGING_SERVERS },
    provider: (address) => ({ prometheus: { address, query: 'up', timeout: HANGS_S } }),
  },
];

/**
 * How late measurements of a healthy Prometheus begin while 200 series wait for servers that hang for 60 s, beside the
 * same series before any of those is there. Every sample is of a healthy series: those that hang began before the time
 * that is looked at, and none of them ends in it.
 */
export async function run(): Promise<void> {
  for (const scenario of SCENARIOS) await beside(scenario);
}

async function beside({ what, servers: count, provider }: Scenario): Promise<void> {
  const redis = await startRedis({ args: ['--appendfsync', 'everysec'] });
  const stub = await startPrometheusStub();
  const servers = await Promise.all(Array.from({ length: count }, startHanging));
  const samples: number[] = [];
  const ended = { healthy: 0, other: 0 };
  const { engine, close } = await startRealEngine(redis.url, BENCH, {
    ...noMetrics,
    measurementBegan: (seconds) => {
      samples.push(seconds * 1_000);
    },
    measurementTaken: (_provider, phase) => {
      ended[phase === 'Successful' ? 'healthy' : 'other'] += 1;
    },
  });
  const lateness = async (): Promise<readonly number[]> => {
    await delay(WARM_UP_MS);
    samples.length = 0;
    await delay(MEASURE_MS);
    return [...samples];
  };
  try {
    for (let n = 0; n < HEALTHY_SERIES; n++) {
      await engine.create(prometheusRun(stub.url, { interval: '1s' }, `checkout-${n}`));
      await delay(1_000 / HEALTHY_SERIES);
    }
    const undisturbed = await lateness();
    const hanging = servers.map(urlOf);
    for (let n = 0; n < HANGING_SERIES; n++) {
      const address = hanging[n % hanging.length] ?? '';
      await engine.create(prometheusRun(address, { interval: '1s', provider: provider(address) ?? {} }));
    }
    const disturbed = await lateness();
    if (ended.other > 0) throw new Error(`${ended.other} measurements were not Successful`);
    for (const part of [0.5, 0.99]) {
      const value = percentile(disturbed, part);
      report({
        bench: BENCH,
        figure: `lateness beside ${HANGING_SERIES} series ${what}, p${part * 100}`,
        ...{ value, unit: 'ms', baseline: 'the same series undisturbed' },
        ratio: value / percentile(undisturbed, part),
      });
    }
    report({
      bench: BENCH,
      figure: `measurements beside ${HANGING_SERIES} series ${what}`,
      value: disturbed.length / (MEASURE_MS / 1_000),
      unit: '1/s',
      baseline: 'the same series undisturbed',
      ratio: disturbed.length / undisturbed.length,
    });
  } finally {
    for (const server of servers) server.closeAllConnections();
    await close();
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
    await stub.stop();
    await redis.stop();
  }
}
