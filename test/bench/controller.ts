import { setTimeout as delay } from 'node:timers/promises';
import { createKubernetesApi, readMeta, WatchedList } from '../../service/providers/kubernetes/index.js';
import { type Cluster, startCluster, startService } from '../cluster/cluster.js';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/free-port.js';
import { startRedis } from '../support/redis.js';
import { startServer } from '../support/server-process.js';
import { report } from './figure.js';
import { percentile } from './support/percentile.js';
import { startPrometheusStub } from './support/prometheus-stub.js';

const BENCH = 'controller';
const PATH = '/apis/argoproj.io/v1alpha1/namespaces/default/analysisruns';
const AT_REST = 200;
const WARM_UP = 30;
const AT_ONCE = 500;
const LASTING = 1_000;
const COMPLETED = 5_000;

interface RunJson {
  readonly metadata: { readonly name: string };
  readonly spec: unknown;
}

/**
 * Time from creating an AnalysisRun of one measurement to its verdict on the object, as a watch sees it, one at a time and
 * 500 at once; beside it the time of a bare write that the same watch sees. What it costs the API server in writes, and the
 * controller in memory. The controller and the service are on the same machine as the API server.
 */
export async function run(): Promise<void> {
  const [cluster, redis, stub] = await Promise.all([
    startCluster(),
    startRedis({ args: ['--appendfsync', 'everysec'] }),
    startPrometheusStub(),
  ]);
  const service = await startService({ ASSAY_REDIS_URL: redis.url });
  const port = await freePort();
  const controller = await startServer(
    process.execPath,
    ['--import', 'tsx', 'service/main.ts', 'controller', '--no-leader-elect', '--port', String(port)],
    { KUBECONFIG: cluster.kubeconfig, ASSAY_SERVER: service.url, ASSAY_LOG_LEVEL: 'error' },
  );
  const over = new AbortController();
  try {
    const seen = watch(cluster, over.signal);
    const metricsOf = async () => readMetrics(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text());
    await eventually('the controller works', metricsOf, 60_000);
    const query = { prometheus: { address: stub.url, query: 'up' } };
    const metric = { name: 'm', successCondition: 'result[0] >= 0', provider: query };
    const object = (name: string, more: object = {}): RunJson => ({
      metadata: { name },
      spec: { metrics: [{ ...metric, ...more }] },
    });
    const measure = async (name: string): Promise<number> => {
      const createdAt = performance.now();
      await cluster.call('POST', PATH, { ...object(name), ...KIND });
      return (await seen.completed(name)) - createdAt;
    };

    const bare: number[] = [];
    for (let turn = 0; turn < AT_REST; turn++) {
      const name = `bare-${turn}`;
      const createdAt = performance.now();
      const labels = { 'argo-rollouts.argoproj.io/controller-instance-id': 'nobody' };
      await cluster.call('POST', PATH, { ...object(name), metadata: { name, labels }, ...KIND });
      bare.push((await seen.created(name)) - createdAt);
    }
    const rest: number[] = [];
    for (let turn = -WARM_UP; turn < AT_REST; turn++) {
      const ms = await measure(`rest-${turn + WARM_UP}`);
      if (turn >= 0) rest.push(ms);
      await delay(5);
    }
    tell('created to verdict on the object, one at a time', rest, bare);
    const before = await settled(metricsOf);
    const atOnce = await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => measure(`once-${index}`)));
    tell(`created to verdict on the object, ${AT_ONCE} at once`, atOnce, bare);
    const after = await settled(metricsOf);
    report({
      ...{ bench: BENCH, figure: 'writes to the API server per run of one measurement', unit: 'writes' },
      value: (after.writes - before.writes) / AT_ONCE,
    });

    const lasting = Array.from({ length: LASTING }, (_, index) => `lasting-${index}`);
    const more = { interval: '1s', count: 20 };
    await inTurns(lasting, (name) => cluster.call('POST', PATH, { ...object(name, more), ...KIND }));
    const [beganAt, began] = [performance.now(), await metricsOf()];
    await delay(10_000);
    const seconds = (performance.now() - beganAt) / 1_000;
    report({
      ...{ bench: BENCH, figure: `writes a second with ${LASTING} runs of 1 s interval`, unit: 'writes/s' },
      value: ((await metricsOf()).writes - began.writes) / seconds,
    });
    for (const name of lasting) await seen.completed(name);

    const filling = COMPLETED - LASTING - AT_ONCE - AT_REST - WARM_UP;
    await inTurns(
      Array.from({ length: filling }, (_, index) => `fill-${index}`),
      measure,
    );
    report({
      ...{ bench: BENCH, figure: `memory of the controller with ${COMPLETED} completed runs`, unit: 'MB' },
      value: (await settled(metricsOf)).memory / 1e6,
    });
  } finally {
    over.abort();
    await controller.stop('SIGTERM');
    await service.close();
    await stub.stop();
    await redis.stop();
    await cluster.stop();
  }
}

const KIND = { apiVersion: 'argoproj.io/v1alpha1', kind: 'AnalysisRun' };

function tell(way: string, samples: readonly number[], bare: readonly number[]): void {
  for (const part of [0.5, 0.99]) {
    const value = percentile(samples, part);
    const baseline = 'a bare creation, as the same watch sees it';
    report({
      ...{ bench: BENCH, figure: `${way}, p${part * 100}`, value, unit: 'ms', baseline },
      ratio: value / percentile(bare, part),
    });
  }
}

/** A few at a time, so that the creating is not what is measured. */
async function inTurns(names: readonly string[], each: (name: string) => Promise<unknown>): Promise<void> {
  for (let first = 0; first < names.length; first += 50)
    await Promise.all(names.slice(first, first + 50).map(each));
}

interface Read {
  readonly writes: number;
  readonly memory: number;
}

function readMetrics(text: string): Read {
  const sum = (pattern: RegExp): number =>
    [...text.matchAll(pattern)].reduce((total, [, value]) => total + Number(value), 0);
  return {
    writes: sum(/^assay_controller_writes_total\{[^}]*\} (\d+)$/gm),
    memory: sum(/^process_resident_memory_bytes (\S+)$/gm),
  };
}

/** The figures once nothing is written any more: events come after the verdict. */
async function settled(read: () => Promise<Read>): Promise<Read> {
  for (let last = await read(); ; ) {
    await delay(500);
    const now = await read();
    if (now.writes === last.writes) return now;
    last = now;
  }
}

/** When objects were first seen, and seen with a verdict, on the clock of `performance`. */
function watch(cluster: Cluster, signal: AbortSignal) {
  const times = { created: new Map<string, number>(), completed: new Map<string, number>() };
  const waiting = {
    created: new Map<string, (at: number) => void>(),
    completed: new Map<string, (at: number) => void>(),
  };
  const note = (what: 'created' | 'completed', name: string): void => {
    if (times[what].has(name)) return;
    const at = performance.now();
    times[what].set(name, at);
    waiting[what].get(name)?.(at);
  };
  // The server ends a watch that is read too slowly: then a new list tells what was missed.
  new WatchedList({
    ...{ path: PATH, labelSelector: '' },
    api: createKubernetesApi({ kind: 'kubeconfig', path: cluster.kubeconfig }),
    read: (json) => ({
      metadata: readMeta((json as RunJson).metadata),
      phase: (json as { status?: { phase?: string } }).status?.phase ?? '',
    }),
    onChange({ metadata: { name }, phase }) {
      note('created', name);
      if (phase === 'Successful') note('completed', name);
      else if (phase !== '' && phase !== 'Running') throw new Error(`a run is ${phase}`);
    },
    onTrouble(error) {
      process.stderr.write(`the watch of the bench: ${String(error)}\n`);
    },
    isWanted: () => true,
  }).start(signal);
  const at = (what: 'created' | 'completed', name: string): Promise<number> => {
    const known = times[what].get(name);
    if (known !== undefined) return Promise.resolve(known);
    return new Promise((resolve) => waiting[what].set(name, resolve));
  };
  return {
    created: (name: string) => at('created', name),
    completed: (name: string) => at('completed', name),
  };
}
