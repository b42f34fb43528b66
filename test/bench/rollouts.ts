import { readFileSync } from 'node:fs';
import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { parse } from 'yaml';
import { createKubernetesApi } from '../../service/providers/kubernetes/index.js';
import { type Cluster, startCluster } from '../cluster/cluster.js';
import { canaryOf } from '../cluster/rollouts.js';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/free-port.js';
import { startRedis } from '../support/redis.js';
import { report } from './figure.js';
import { startAssay, startControllerInPod } from './support/built-assay.js';
import { inTurns } from './support/in-turns.js';
import { type ProcessUsage, usageOf } from './support/process-usage.js';
import { startPrometheusStub } from './support/prometheus-stub.js';
import { type RolloutWatches, watchRollouts } from './support/rollout-watches.js';
import { tellTimes } from './support/tell-times.js';

const BENCH = 'rollouts';
const NAMESPACE = 'shop';
/** Where bare objects are made: one without an owner beside Rollouts would be work for the controller, which might adopt it. */
const BARE = 'bare';
const ROLLOUTS = 500;
const WARM_UP = 5;
const CHANGES = 60;
const VERDICTS = 40;
const EMPTY_MS = 10_000;
const REST_MS = 60_000;
const QUIET_MS = 5_000;

/** What the parts share. */
interface Parts {
  readonly seen: RolloutWatches;
  readonly call: (method: 'POST' | 'PATCH', path: string, body: unknown) => Promise<void>;
  readonly controller: () => Promise<ProcessUsage>;
}

const PATHS = {
  services: `/api/v1/namespaces/${NAMESPACE}/services`,
  templates: `/apis/argoproj.io/v1alpha1/namespaces/${NAMESPACE}/analysistemplates`,
  rollouts: `/apis/argoproj.io/v1alpha1/namespaces/${NAMESPACE}/rollouts`,
};
const setsIn = (namespace: string): string => `/apis/apps/v1/namespaces/${namespace}/replicasets`;
const routesIn = (namespace: string): string =>
  `/apis/gateway.networking.k8s.io/v1/namespaces/${namespace}/httproutes`;
const nameOf = (index: number): string => `checkout-${index}`;
/** States of a route, as its watch has them. */
const ALL_STABLE = '100/0';

/**
 * What 500 Rollouts at rest cost the controller, each a canary behind a route of the Gateway API with a pod; and among them, one at a
 * time: from a change of the pod template to the new ReplicaSet, and from a Failed AnalysisRun to a route with all traffic on the stable
 * version, both as watches of the bench see it, beside a bare creation that the same watch sees. Everything is on one machine; the
 * controller, with the rights and the way to the API server that it has in a pod, and the service are processes of their own. Pods are
 * simulated.
 */
export async function run(): Promise<void> {
  const [cluster, redis, stub] = await Promise.all([
    startCluster({ pods: true, requestsPerSecond: 500 }),
    startRedis({ args: ['--appendfsync', 'everysec'] }),
    startPrometheusStub(),
  ]);
  const [servicePort, port] = [await freePort(), await freePort()];
  const serviceUrl = `http://127.0.0.1:${servicePort}`;
  await prepare(cluster, stub.url);
  const service = await startAssay('serve', {
    ...{ ASSAY_REDIS_URL: redis.url, ASSAY_PORT: String(servicePort) },
  });
  const controller = await startControllerInPod(cluster.controllerKubeconfig, {
    ...{ ASSAY_SERVER: serviceUrl, ASSAY_LEADER_ELECT: 'false', ASSAY_CONTROLLER_PORT: String(port) },
  });
  const over = new AbortController();
  // Each request listens; Node would take more than ten for a leak.
  setMaxListeners(0, over.signal);
  const api = createKubernetesApi({ kind: 'kubeconfig', path: cluster.kubeconfig });
  try {
    const parts: Parts = {
      seen: watchRollouts(api, over.signal),
      controller: () => usageOf({ pid: controller.pid, port }),
      call: async (method, path, body) => {
        await api.request({ method, path, body, signal: over.signal });
      },
    };
    await eventually('the service works', () => fetch(`${serviceUrl}/readyz`), 60_000);
    await eventually('the controller works', parts.controller, 60_000);
    await atRest(parts);
    await changes(parts);
    await verdicts(parts);
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

/** The definition of routes, the namespaces, a second node, as one has place for 500 pods, and a template whose runs fail. */
async function prepare(cluster: Cluster, prometheus: string): Promise<void> {
  const definition = new URL('../cluster/crds/httproutes.gateway.networking.k8s.io.yaml', import.meta.url);
  await cluster.call(
    'POST',
    '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
    parse(readFileSync(definition, 'utf8')),
  );
  await eventually('routes are served', () =>
    cluster.call('GET', '/apis/gateway.networking.k8s.io/v1/httproutes'),
  );
  const labels = { 'kubernetes.io/hostname': 'node-2' };
  await cluster.call('POST', '/api/v1/nodes', { metadata: { name: 'node-2', labels } });
  for (const namespace of [NAMESPACE, BARE]) await cluster.createNamespace(namespace);
  const provider = { prometheus: { address: prometheus, query: 'up' } };
  await cluster.call('POST', PATHS.templates, {
    ...{ apiVersion: 'argoproj.io/v1alpha1', kind: 'AnalysisTemplate', metadata: { name: 'fails' } },
    spec: { metrics: [{ name: 'fails', successCondition: 'result[0] < 0', provider }] },
  });
}

/** Makes the Rollouts, and tells what the controller costs when they have been healthy for a while; one answer of its metrics is part of that. */
async function atRest(parts: Parts): Promise<void> {
  const { seen, controller } = parts;
  const usage = async (ms: number): Promise<{ readonly cpu: number; readonly memory: number }> => {
    const [beganAt, before] = [performance.now(), await controller()];
    await delay(ms);
    const after = await controller();
    const seconds = (performance.now() - beganAt) / 1_000;
    return { cpu: ((after.cpu - before.cpu) / seconds) * 100, memory: after.memory / 1e6 };
  };
  const empty = await usage(EMPTY_MS);
  await inTurns(
    Array.from({ length: ROLLOUTS }, (_, index) => nameOf(index)),
    (name) => create(parts, name),
  );
  await eventually('the Rollouts are at rest', () => seen.quietMs() > QUIET_MS || undefined, 60_000);
  const rest = await usage(REST_MS);
  if (seen.quietMs() < REST_MS) throw new Error('something changed while the Rollouts were to be at rest');
  const tell = (what: keyof typeof rest, figure: string, unit: string): void => {
    report({
      ...{ bench: BENCH, figure, value: rest[what], unit, baseline: 'no Rollouts' },
      ratio: rest[what] / empty[what],
    });
  };
  tell('cpu', `CPU of the controller with ${ROLLOUTS} Rollouts at rest`, '% of a core');
  tell('memory', `memory of the controller with ${ROLLOUTS} Rollouts at rest`, 'MB');
}

/** A Rollout of one pod, with its Services and its route, once it is healthy. */
async function create({ seen, call }: Parts, name: string): Promise<void> {
  const [stableService, canaryService] = [`${name}-stable`, `${name}-canary`];
  for (const service of [stableService, canaryService])
    await call('POST', PATHS.services, {
      metadata: { name: service },
      spec: { selector: { app: name }, ports: [{ port: 80 }] },
    });
  await call('POST', routesIn(NAMESPACE), routeOf(name));
  const healthy = seen.rollouts.next(name, 'app:1 Healthy');
  const plugins = { 'argoproj-labs/gatewayAPI': { httpRoute: name, namespace: NAMESPACE } };
  await call(
    'POST',
    PATHS.rollouts,
    canaryOf(name, {
      ...{ replicas: 1, stableService, canaryService, trafficRouting: { plugins } },
      steps: [{ setWeight: 50 }, { pause: {} }, { analysis: { templates: [{ templateName: 'fails' }] } }],
    }),
  );
  await healthy;
}

/** A route with all traffic on the stable version. */
const routeOf = (name: string): unknown => ({
  ...{ apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', metadata: { name } },
  spec: {
    parentRefs: [{ name: 'gateway' }],
    rules: [
      {
        backendRefs: [
          { name: `${name}-stable`, port: 80, weight: 100 },
          { name: `${name}-canary`, port: 80, weight: 0 },
        ],
      },
    ],
  },
});

/** Releases a version, one Rollout after the other, until it pauses with half of the traffic. */
async function changes({ seen, call }: Parts): Promise<void> {
  const [samples, bare]: [number[], number[]] = [[], []];
  for (let turn = -WARM_UP; turn < CHANGES; turn++) {
    const name = nameOf(turn + WARM_UP);
    const created = seen.sets.next(name, 'app:2');
    const paused = seen.rollouts.next(name, 'app:2 Paused');
    const changedAt = performance.now();
    const containers = [{ name: 'app', image: 'app:2' }];
    await call('PATCH', `${PATHS.rollouts}/${name}`, { spec: { template: { spec: { containers } } } });
    const ms = (await created) - changedAt;
    await paused;
    const bareMs = await bareSet({ seen, call }, `bare-${turn + WARM_UP}`);
    if (turn < 0) continue;
    samples.push(ms);
    bare.push(bareMs);
  }
  tellTimes(BENCH, 'change of the template to the new ReplicaSet', samples, bare);
}

async function bareSet({ seen, call }: Pick<Parts, 'seen' | 'call'>, name: string): Promise<number> {
  const created = seen.sets.next(name, 'app:1');
  const labels = { app: name };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'app', image: 'app:1' }] } };
  const createdAt = performance.now();
  await call('POST', setsIn(BARE), {
    ...{ metadata: { name }, spec: { replicas: 0, selector: { matchLabels: labels }, template } },
  });
  return (await created) - createdAt;
}

/** Has releases that pause go on into their analysis, one after the other, which fails. */
async function verdicts({ seen, call }: Parts): Promise<void> {
  const [samples, bare]: [number[], number[]] = [[], []];
  for (let turn = -WARM_UP; turn < VERDICTS; turn++) {
    const name = nameOf(turn + WARM_UP);
    const failed = seen.runs.next(name, 'Failed');
    const back = seen.routes.next(name, ALL_STABLE);
    const degraded = seen.rollouts.next(name, 'app:2 Degraded');
    await call('PATCH', `${PATHS.rollouts}/${name}/status`, { status: { pauseConditions: null } });
    const [failedAt, backAt] = await Promise.all([failed, back, degraded]);
    const bareName = `bare-${turn + WARM_UP}`;
    const created = seen.routes.next(bareName, ALL_STABLE);
    const createdAt = performance.now();
    await call('POST', routesIn(BARE), routeOf(bareName));
    const bareMs = (await created) - createdAt;
    if (turn < 0) continue;
    samples.push(backAt - failedAt);
    bare.push(bareMs);
  }
  tellTimes(BENCH, 'Failed AnalysisRun to all traffic on the stable version', samples, bare);
}
