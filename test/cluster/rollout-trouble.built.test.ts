import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { AnalysisRun } from '../../schemas/index.js';
import type { ServingAssay } from '../../service/cli/index.js';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/free-port.js';
import { type RecordingServer, startRecordingServer } from '../support/recording-server.js';
import { startRedis, type TestRedis } from '../support/redis.js';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.js';
import { type Cluster, startCluster, startControllerOf, startService } from './cluster.js';
import { startImpatientController } from './impatient-controller.js';
import { isLeader, startReplica } from './replica.js';
import { recordRollout, type RolloutRecord } from './rollout-record.js';
import { canaryOf, type Rollouts, rolloutsOf } from './rollouts.js';

/** Whatever goes wrong around it, a Rollout takes no step twice, leaves none out, and no version gets what it has not earned. */
let cluster: Cluster;
let proxy: TcpProxy;
let redis: TestRedis;
let store: RecordingServer;
let port: number;
let folder: string;
let service: ServingAssay | undefined;
let rollouts: Rollouts;
let record: RolloutRecord | undefined;
const started: { stop(signal?: NodeJS.Signals): Promise<void> }[] = [];
let namespace = '';
let namespaces = 0;

const ROUTES = new URL('crds/httproutes.gateway.networking.k8s.io.yaml', import.meta.url);

beforeAll(async () => {
  [cluster, redis, store, port] = await Promise.all([
    startCluster({ pods: true }),
    startRedis(),
    startRecordingServer(),
    freePort(),
  ]);
  const config = await readFile(cluster.controllerKubeconfig, 'utf8');
  proxy = await startTcpProxy(Number(/https:\/\/127\.0\.0\.1:(\d+)/.exec(config)?.[1]));
  folder = await mkdtemp(join(tmpdir(), 'assay-rollout-trouble-'));
  const proxied = config.replace(/(https:\/\/127\.0\.0\.1:)\d+/, `$1${proxy.port}`);
  await writeFile(join(folder, 'kubeconfig'), proxied, { mode: 0o600 });
  const definition: unknown = parse(readFileSync(ROUTES, 'utf8'));
  await cluster.call('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', definition);
  await eventually('routes are served', () =>
    cluster.call('GET', '/apis/gateway.networking.k8s.io/v1/httproutes'),
  );
  store.answer(() => ({ body: '{"value": 1}' }));
}, 120_000);
afterAll(async () => {
  await proxy.close();
  await store.close();
  await redis.stop();
  await cluster.stop();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  namespace = `trouble-${++namespaces}`;
  await cluster.createNamespace(namespace);
  rollouts = rolloutsOf(cluster, namespace);
  await serve();
});
afterEach(async () => {
  proxy.heal();
  for (const each of started.splice(0)) await each.stop('SIGKILL');
  await service?.close();
  service = undefined;
  // It must not have missed anything.
  await record?.end();
  record = undefined;
});

const server = (): string => `http://127.0.0.1:${port}`;
const serve = async (): Promise<void> => {
  service = await startService({ ASSAY_PORT: String(port), ASSAY_REDIS_URL: redis.url });
};
const beginThroughProxy = async (): Promise<void> => {
  const credentials = { kind: 'kubeconfig', path: join(folder, 'kubeconfig') } as const;
  started.push(await startControllerOf(cluster, server(), { namespace, credentials }));
};

/** A template that measures a number of times. */
const createTemplate = async (count: number, interval: string): Promise<void> => {
  await cluster.call('POST', `/apis/argoproj.io/v1alpha1/namespaces/${namespace}/analysistemplates`, {
    ...{ apiVersion: 'argoproj.io/v1alpha1', kind: 'AnalysisTemplate', metadata: { name: 'value' } },
    spec: {
      metrics: [
        {
          ...{ name: 'value', successCondition: 'result == 1', count, interval },
          provider: { web: { url: `${store.url}/${namespace}`, jsonPath: '{$.value}' } },
        },
      ],
    },
  });
};
const measured = (): number => store.requests.filter(({ target }) => target === `/${namespace}`).length;
const runs = async (): Promise<readonly AnalysisRun[]> => {
  const path = `/apis/argoproj.io/v1alpha1/namespaces/${namespace}/analysisruns`;
  return ((await cluster.call('GET', path)) as { items: readonly AnalysisRun[] }).items;
};
const analysis = { templates: [{ templateName: 'value' }] };

/** Brings a first version into service, and has the second one begin its canary. */
async function beginCanary(canary: Omit<Parameters<typeof canaryOf>[1], 'replicas'>): Promise<string> {
  await rollouts.create(canaryOf('checkout', { replicas: 4, ...canary }));
  const { stableRS = '' } = await rollouts.until(
    'checkout',
    'the first version is healthy',
    ({ phase }) => phase === 'Healthy',
    60_000,
  );
  record = await recordRollout(cluster.kubeconfig, namespace, 'checkout');
  await rollouts.setImage('checkout', 'app:2');
  return stableRS;
}
/** The second version is in service, and each of the steps was taken once, in its turn. */
async function expectAllSteps(count: number): Promise<void> {
  await rollouts.until('checkout', 'the second version is healthy', ({ phase }) => phase === 'Healthy');
  await rollouts.untilSizes('checkout', { '1': 0, '2': 4 });
  const all = Array.from({ length: count + 1 }, (_, index) => index);
  await eventually(
    'the record has come to the last step',
    () => record?.statuses.at(-1)?.phase === 'Healthy',
  );
  // The first version was through with its steps, too.
  expect(record?.steps()).toEqual([count, ...all]);
  // Events come behind everything else.
  const told = async (): Promise<readonly (string | undefined)[]> => {
    const events = await cluster.events(namespace, 'checkout');
    const completed = events.filter((event) => event.includes('RolloutStepCompleted'));
    return completed.map((event) => /step (\d+)\//.exec(event)?.[1]);
  };
  await expect.poll(told, { timeout: 20_000 }).toEqual(all.slice(1).map((index) => String(index)));
}

describe('a canary', () => {
  it('is carried on by the other replica within 15 s when the leader was killed', async () => {
    await createTemplate(4, '1s');
    const both = [
      await startReplica(cluster, server(), namespace),
      await startReplica(cluster, server(), namespace),
    ];
    started.push(...both);
    const leader = await eventually('one leads', () => both.find(isLeader), 60_000);
    const pause = { duration: 1 };
    const steps = [{ setWeight: 25 }, { analysis }, { setWeight: 50 }, { pause }, { setWeight: 75 }];
    await beginCanary({ steps });
    await eventually('it is measured', () => (measured() > 0 ? true : undefined));
    await leader.stop('SIGKILL');
    await rollouts.until(
      'checkout',
      'it goes on',
      ({ currentStepIndex = 0, stableRS, currentPodHash }) =>
        currentStepIndex > 1 && stableRS !== currentPodHash,
      15_000,
    );
    expect(both.filter((each) => each !== leader).map(isLeader)).toEqual([true]);
    await expectAllSteps(steps.length);
    expect((await runs()).map(({ status }) => status?.phase)).toEqual(['Successful']);
    expect(measured()).toBe(4);
  });

  it('goes on where it was when the API server could not be reached', async () => {
    const pause = { duration: 1 };
    const steps = [{ setWeight: 25 }, { pause }, { setWeight: 50 }, { pause }, { setWeight: 75 }];
    await beginThroughProxy();
    await beginCanary({ steps });
    await rollouts.until('checkout', 'it pauses', ({ currentStepIndex }) => currentStepIndex === 1);
    proxy.cut();
    // What was under way may have arrived.
    await delay(500);
    const before = (await rollouts.read('checkout')).status;
    await delay(4_000);
    expect((await rollouts.read('checkout')).status).toEqual(before);
    proxy.heal();
    await expectAllSteps(steps.length);
  });

  it('is held while its analysis is not measured, and given up at a deadline, whatever is said later', async () => {
    await createTemplate(100, '1s');
    started.push(
      await startImpatientController(cluster, server(), { namespace, analysisLostAbortMs: 8_000 }),
    );
    const first = await beginCanary({ steps: [{ setWeight: 50 }, { analysis }, { setWeight: 75 }] });
    await eventually('it is measured', () => (measured() > 1 ? true : undefined));
    await service?.close();
    const [{ metadata } = {}] = await eventually('it is told that nobody measures', async () => {
      const all = await runs();
      return all[0]?.status?.message?.startsWith('waiting for the Assay service') === true ? all : undefined;
    });
    expect((await rollouts.read('checkout')).status).toMatchObject({ currentStepIndex: 1, stableRS: first });
    expect(await rollouts.sizes('checkout')).toEqual({ '1': 2, '2': 2 });
    const { message } = await rollouts.until('checkout', 'it is given up', ({ abort }) => abort === true);
    expect(message).toContain('Step-based analysis was lost: waiting for the Assay service');
    await rollouts.untilSizes('checkout', { '1': 4, '2': 0 });

    await serve();
    await cluster.inPhase(namespace, metadata?.name ?? '', 'Successful');
    await rollouts.until('checkout', 'it stays so', ({ phase }) => phase === 'Degraded');
    expect(new Set(record?.statuses.map(({ stableRS }) => stableRS))).toEqual(new Set([first]));
    expect(record?.steps()).toEqual([3, 0, 1, 0]);
  });
});

describe('a canary with traffic', () => {
  const services = (name = ''): string => `/api/v1/namespaces/${namespace}/services${name}`;
  const createService = async (name: string): Promise<void> => {
    const spec = { selector: { app: 'checkout' }, ports: [{ port: 80 }] };
    await cluster.call('POST', services(), { metadata: { name }, spec });
  };
  const routes = (name = ''): string =>
    `/apis/gateway.networking.k8s.io/v1/namespaces/${namespace}/httproutes${name}`;
  const untilWeights = (stable: number, canary: number): Promise<true> =>
    eventually(`the weights are ${stable} and ${canary}`, async (): Promise<true> => {
      const { spec } = (await cluster.call('GET', routes('/shop'))) as {
        spec: { rules: { backendRefs: { name: string; weight?: number }[] }[] };
      };
      const weights = spec.rules.flatMap(({ backendRefs }) =>
        backendRefs.map(({ name, weight }) => `${name} ${weight ?? 1}`),
      );
      if (weights.join() === `stable ${stable},canary ${canary}`) return true;
      throw new Error(weights.join());
    });

  beforeEach(async () => {
    for (const name of ['stable', 'canary']) await createService(name);
    const backendRefs = ['stable', 'canary'].map((name) => ({ name, port: 80 }));
    await cluster.call('POST', routes(), {
      ...{ apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', metadata: { name: 'shop' } },
      spec: { parentRefs: [{ name: 'gateway' }], rules: [{ backendRefs }] },
    });
    await beginThroughProxy();
    await beginCanary({
      ...{ stableService: 'stable', canaryService: 'canary', abortScaleDownDelaySeconds: 2 },
      trafficRouting: { plugins: { 'argoproj-labs/gatewayAPI': { httpRoute: 'shop', namespace } } },
      steps: [{ setWeight: 50 }, { pause: {} }],
    });
    await rollouts.until('checkout', 'it pauses', ({ phase }) => phase === 'Paused');
    await untilWeights(50, 50);
  });

  it('is given up as soon as the API server is there again, its traffic first, and then its pods', async () => {
    proxy.stall();
    await rollouts.patchStatus('checkout', { abort: true });
    await delay(2_000);
    await untilWeights(50, 50);
    proxy.heal();
    await untilWeights(100, 0);
    expect(await rollouts.sizes('checkout')).toEqual({ '1': 4, '2': 2 });
    // Between the traffic and the pods.
    proxy.cut();
    await delay(3_000);
    expect(await rollouts.sizes('checkout')).toEqual({ '1': 4, '2': 2 });
    proxy.heal();
    await rollouts.until('checkout', 'it is degraded', ({ phase }) => phase === 'Degraded');
    await rollouts.untilSizes('checkout', { '1': 4, '2': 0 });
    await untilWeights(100, 0);
  });

  it('whose Service somebody deletes has none until that is there again, and goes on where it was', async () => {
    await cluster.call('DELETE', services('/canary'));
    await untilWeights(100, 0);
    const { message } = await rollouts.until('checkout', 'it says so', ({ phase }) => phase === 'Degraded');
    expect(message).toBe(
      'InvalidSpec: The Rollout "checkout" is invalid: spec.strategy.canary.canaryService: service "canary" not found',
    );
    const events = await eventually('it is told of', async () => {
      const all = await cluster.events(namespace, 'checkout');
      return all.some((event) => event.includes('from 50 to 0')) ? all : undefined;
    });
    expect(events).toContain(`Warning InvalidSpec ${message?.replace('InvalidSpec: ', '') ?? ''}`);
    expect(await rollouts.sizes('checkout')).toEqual({ '1': 4, '2': 2 });
    await createService('canary');
    await rollouts.until('checkout', 'it pauses again', ({ phase }) => phase === 'Paused');
    await untilWeights(50, 50);
    await rollouts.promote('checkout');
    await rollouts.until('checkout', 'the second version is healthy', ({ phase }) => phase === 'Healthy');
    await untilWeights(100, 0);
    expect(record?.steps()).toEqual([2, 0, 1, 2]);
  });
});
