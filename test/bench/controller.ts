import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { createKubernetesApi } from '../../service/providers/kubernetes/index.js';
import type { Metric } from '../../schemas/index.js';
import { startCluster } from '../cluster/cluster.js';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/free-port.js';
import { startRedis } from '../support/redis.js';
import { report } from './figure.js';
import {
  type ControllerReadings,
  readController,
  startAssay,
  startControllerInPod,
} from './support/built-assay.js';
import { inTurns } from './support/in-turns.js';
import { latenessOf, quantileBetween } from './support/service-readings.js';
import { startPrometheusStub } from './support/prometheus-stub.js';
import { type RunWatch, watchRuns } from './support/run-watch.js';
import { tellTimes } from './support/tell-times.js';

const BENCH = 'controller';
const PATH = '/apis/argoproj.io/v1alpha1/namespaces/default/analysisruns';
const AT_REST = 200;
const WARM_UP = 50;
const AT_ONCE = 500;
const LASTING = 1_000;
const LASTING_COUNT = 60;
const LASTING_MS = 15_000;
/** Until the many that were created, and their events, are behind. */
const SETTLED_MS = 10_000;
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
  readonly controller: () => Promise<ControllerReadings>;
}

/**
 * Time from creating an AnalysisRun of one measurement to its verdict on the object, as a watch sees it, one at a time and
 * 500 at once; beside it the time of a bare write that the same watch sees. How late measurements of 1,000 runs begin, what
 * runs cost the API server in writes, and the controller in memory. Everything is on one machine; the controller, with the rights
 * and the way to the API server that it has in a pod, and the service are processes of their own.
 */
export async function run(): Promise<void> {
  const [cluster, redis, stub] = await Promise.all([
    startCluster(),
    startRedis({ args: ['--appendfsync', 'everysec'] }),
    startPrometheusStub(),
  ]);
  const [servicePort, port] = [await freePort(), await freePort()];
  const serviceUrl = `http://127.0.0.1:${servicePort}`;
  const service = await startAssay('serve', {
    ...{ ASSAY_REDIS_URL: redis.url, ASSAY_PORT: String(servicePort) },
  });
  const controller = await startControllerInPod(cluster.controllerKubeconfig, {
    ...{ ASSAY_SERVER: serviceUrl },
    ...{ ASSAY_LEADER_ELECT: 'false', ASSAY_CONTROLLER_PORT: String(port) },
  });
  const over = new AbortController();
  // Each request listens; Node would take more than ten for a leak.
  setMaxListeners(0, over.signal);
  const api = createKubernetesApi({ kind: 'kubeconfig', path: cluster.kubeconfig });
  try {
    // Equal queries of the same moment would be sent once.
    const providerOf = (name: string) => ({
      prometheus: { address: stub.url, query: `up{job="${name}"}` },
    });
    const parts: Parts = {
      serviceUrl,
      seen: watchRuns(api, PATH, over.signal),
      controller: () => readController(port),
      create: async (name, metric = {}, labels = {}) => {
        const body = {
          ...{ apiVersion: 'argoproj.io/v1alpha1', kind: 'AnalysisRun', metadata: { name, labels } },
          spec: {
            metrics: [
              { name: 'm', successCondition: 'result[0] >= 0', provider: providerOf(name), ...metric },
            ],
          },
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
  tellTimes(BENCH, 'created to verdict on the object, one at a time', rest, bare);
  const before = await settled(controller);
  const beganAt = performance.now();
  const atOnce = await inTurns(
    Array.from({ length: AT_ONCE }, (_, index) => `once-${index}`),
    measure,
  );
  const rate = (AT_ONCE / (performance.now() - beganAt)) * 1_000;
  tellTimes(BENCH, `created to verdict on the object, ${AT_ONCE} at once`, atOnce, bare);
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
  await delay(SETTLED_MS);
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

/** The figures once nothing is written any more: events come after the verdict. */
async function settled(read: () => Promise<ControllerReadings>): Promise<ControllerReadings> {
  for (let last = await read(); ; ) {
    await delay(500);
    const now = await read();
    if (now.writes === last.writes) return now;
    last = now;
  }
}
