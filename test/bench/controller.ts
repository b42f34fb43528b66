import { execFileSync } from 'node:child_process';
import { setMaxListeners } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createKubernetesApi } from '../../service/providers/kubernetes/index.js';
import type { Metric } from '../../schemas/index.js';
import { startCluster } from '../cluster/cluster.js';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/free-port.js';
import { startRedis } from '../support/redis.js';
import { type ServerProcess, startServer } from '../support/server-process.js';
import { report } from './figure.js';
import { latenessOf, quantileBetween } from './support/lateness-buckets.js';
import { percentile } from './support/percentile.js';
import { startPrometheusStub } from './support/prometheus-stub.js';
import { type RunWatch, watchRuns } from './support/run-watch.js';

const BENCH = 'controller';
const PATH = '/apis/argoproj.io/v1alpha1/namespaces/default/analysisruns';
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const MAIN = join(ROOT, 'dist', 'service', 'main.js');
const AT_REST = 200;
const WARM_UP = 50;
const AT_ONCE = 500;
const LASTING = 1_000;
const LASTING_COUNT = 60;
const LASTING_MS = 15_000;
const COMPLETED = 5_000;

/** What the parts share. */
interface Parts {
  readonly seen: RunWatch;
  readonly serviceUrl: string;
  /** Creates an AnalysisRun of one metric, whose fields may be others. */
  readonly create: (
    name: string,
    metric?: Partial<Metric>,
    labels?: Readonly<Record<string, string>>,
  ) => Promise<void>;
  readonly controller: () => Promise<Read>;
}

/**
 * Time from creating an AnalysisRun of one measurement to its verdict on the object, as a watch sees it, one at a time and
 * 500 at once; beside it the time of a bare write that the same watch sees. How late measurements of 1,000 runs begin, what
 * runs cost the API server in writes, and the controller in memory. Everything is on one machine; the controller and the
 * service are processes of their own.
 */
export async function run(): Promise<void> {
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] });
  const [cluster, redis, stub] = await Promise.all([
    startCluster(),
    startRedis({ args: ['--appendfsync', 'everysec'] }),
    startPrometheusStub(),
  ]);
  const [servicePort, port] = [await freePort(), await freePort()];
  const serviceUrl = `http://127.0.0.1:${servicePort}`;
  const service = await assay('serve', {
    ...{ ASSAY_REDIS_URL: redis.url, ASSAY_PORT: String(servicePort) },
  });
  const controller = await assay('controller', {
    ...{ KUBECONFIG: cluster.kubeconfig, ASSAY_SERVER: serviceUrl },
    ...{ ASSAY_LEADER_ELECT: 'false', ASSAY_CONTROLLER_PORT: String(port) },
  });
  const over = new AbortController();
  // Each request listens; Node would take more than ten for a leak.
  setMaxListeners(0, over.signal);
  const api = createKubernetesApi({ kind: 'kubeconfig', path: cluster.kubeconfig });
  try {
    const provider = { prometheus: { address: stub.url, query: 'up' } };
    const parts: Parts = {
      serviceUrl,
      seen: watchRuns(api, PATH, over.signal),
      controller: async () => readMetrics(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()),
      create: async (name, metric = {}, labels = {}) => {
        const body = {
          ...{ apiVersion: 'argoproj.io/v1alpha1', kind: 'AnalysisRun', metadata: { name, labels } },
          spec: { metrics: [{ name: 'm', successCondition: 'result[0] >= 0', provider, ...metric }] },
        };
        await api.request({ method: 'POST', path: PATH, body, signal: over.signal });
      },
    };
    await eventually('the service works', () => fetch(`${serviceUrl}/readyz`), 60_000);
    await eventually('the controller works', parts.controller, 60_000);
    await single(parts);
    await lasting(parts);
    await filled(parts);
  } finally {
    over.abort();
    api.close();
    await controller.stop('SIGTERM');
    await service.stop('SIGTERM');
    await stub.stop();
    await redis.stop();
    await cluster.stop();
  }
}

/** Options of Node in the image, and of the chart for a controller. */
const NODE_OPTIONS = { serve: '--max-semi-space-size=64', controller: '--max-semi-space-size=8' };

/** A process of the program as it is built. */
const assay = (
  command: keyof typeof NODE_OPTIONS,
  env: Readonly<Record<string, string>>,
): Promise<ServerProcess> =>
  startServer(process.execPath, [NODE_OPTIONS[command], MAIN, command], { ASSAY_LOG_LEVEL: 'error', ...env });

/** Runs of one measurement: one at a time, and many at once. */
async function single({ seen, create, controller }: Parts): Promise<void> {
  const measure = async (name: string): Promise<number> => {
    const createdAt = performance.now();
    await create(name);
    return (await seen.completed(name)) - createdAt;
  };
  const bare: number[] = [];
  const rest: number[] = [];
  for (let turn = -WARM_UP; turn < AT_REST; turn++) {
    const ms = await measure(`rest-${turn + WARM_UP}`);
    const name = `bare-${turn + WARM_UP}`;
    const createdAt = performance.now();
    await create(name, {}, { 'argo-rollouts.argoproj.io/controller-instance-id': 'nobody' });
    const bareMs = (await seen.created(name)) - createdAt;
    if (turn >= 0) {
      rest.push(ms);
      bare.push(bareMs);
    }
    await delay(10);
  }
  tell('created to verdict on the object, one at a time', rest, bare);
  const before = await settled(controller);
  const beganAt = performance.now();
  const atOnce = await inTurns(
    Array.from({ length: AT_ONCE }, (_, index) => `once-${index}`),
    measure,
  );
  const rate = (AT_ONCE / (performance.now() - beganAt)) * 1_000;
  tell(`created to verdict on the object, ${AT_ONCE} at once`, atOnce, bare);
  report({ bench: BENCH, figure: `verdicts on objects, ${AT_ONCE} at once`, value: rate, unit: '1/s' });
  const after = await settled(controller);
  for (const what of ['writes', 'cpu'] as const)
    report({
      ...{ bench: BENCH, figure: `${FIGURES[what].text}, run of one measurement`, unit: FIGURES[what].unit },
      value: ((after[what] - before[what]) / AT_ONCE) * FIGURES[what].factor,
    });
}

const FIGURES = {
  writes: { text: 'writes to the API server', unit: 'writes', factor: 1 },
  cpu: { text: 'CPU time of the controller', unit: 'ms', factor: 1_000 },
} as const;

/** Many runs that measure every second. */
async function lasting({ seen, create, controller, serviceUrl }: Parts): Promise<void> {
  const names = Array.from({ length: LASTING }, (_, index) => `lasting-${index}`);
  await inTurns(names, (name) => create(name, { interval: '1s', count: LASTING_COUNT }));
  const [beganAt, began, before] = [performance.now(), await controller(), await latenessOf(serviceUrl)];
  await delay(LASTING_MS);
  const seconds = (performance.now() - beganAt) / 1_000;
  const [now, after] = [await controller(), await latenessOf(serviceUrl)];
  const all = Number.POSITIVE_INFINITY;
  for (const part of [0.5, 0.99])
    report({
      ...{ bench: BENCH, figure: `lateness of ${LASTING} runs of 1 s interval, p${part * 100}`, unit: 'ms' },
      value: quantileBetween(before, after, part),
    });
  report({
    ...{ bench: BENCH, figure: `measurements a second of ${LASTING} runs of 1 s interval`, unit: '1/s' },
    value: ((after.get(all) ?? 0) - (before.get(all) ?? 0)) / seconds,
  });
  report({
    ...{ bench: BENCH, figure: `writes a second with ${LASTING} runs of 1 s interval`, unit: 'writes/s' },
    value: (now.writes - began.writes) / seconds,
  });
  report({
    ...{ bench: BENCH, figure: `CPU of the controller with ${LASTING} runs of 1 s interval` },
    ...{ unit: '% of a core', value: ((now.cpu - began.cpu) / seconds) * 100 },
  });
  for (const name of names) await seen.completed(name);
}

/** Memory once so many runs have ended. */
async function filled({ seen, create, controller }: Parts): Promise<void> {
  const filling = COMPLETED - LASTING - AT_ONCE - AT_REST - WARM_UP;
  await inTurns(
    Array.from({ length: filling }, (_, index) => `fill-${index}`),
    async (name) => {
      await create(name);
      await seen.completed(name);
    },
  );
  report({
    ...{ bench: BENCH, figure: `memory of the controller with ${COMPLETED} completed runs`, unit: 'MB' },
    value: (await settled(controller)).memory / 1e6,
  });
}

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

/** Connections that objects are created over. */
const CONNECTIONS = 50;

/** Does it for all of the names, as many at once as there are connections. */
async function inTurns<Result>(
  names: readonly string[],
  each: (name: string) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  const left = names[Symbol.iterator]();
  const worker = async (): Promise<void> => {
    for (const name of left) results.push(await each(name));
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
  return results;
}

interface Read {
  readonly writes: number;
  readonly memory: number;
  /** Seconds. */
  readonly cpu: number;
}

function readMetrics(text: string): Read {
  const sum = (pattern: RegExp): number =>
    [...text.matchAll(pattern)].reduce((total, [, value]) => total + Number(value), 0);
  return {
    writes: sum(/^assay_controller_writes_total\{[^}]*\} (\d+)$/gm),
    memory: sum(/^process_resident_memory_bytes (\S+)$/gm),
    cpu: sum(/^process_cpu_seconds_total (\S+)$/gm),
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
