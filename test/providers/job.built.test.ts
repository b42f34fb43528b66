import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { AnalysisRun, Metric } from '../../schemas/index.js';
import { prepareRun } from '../../service/analysis/index.js';
import { createMemoryEngine, createRedisEngine, type Engine } from '../../service/engine/index.js';
import { createMeasureOnce } from '../../service/engine/measuring/measure-once.js';
import { createMeasuringParts } from '../../service/engine/measuring/measuring-parts.js';
import { createLog, createMetrics, loadConfig, Secret, systemClock } from '../../service/platform/index.js';
import { createCluster, noSecrets } from '../../service/providers/index.js';
import { type ControlPlane, startControlPlane } from '../cluster/control-plane/control-plane.js';
import { eventually } from '../support/eventually.js';
import { startRedis } from '../support/redis.js';

/** Jobs on a real API server with the real Job controller; KWOK plays the kubelet (see test/cluster/control-plane). */
let plane: ControlPlane;
const open: (() => Promise<void>)[] = [];
let namespaces = 0;

beforeAll(async () => {
  plane = await startControlPlane();
}, 120_000);
afterAll(async () => {
  await plane.stop();
});
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/** What simulated pods do, see simulated-nodes.yaml. */
type Simulated = 'succeed' | 'fail' | 'never-end' | 'no-image';

const jobMetric = (simulate: Simulated, fields: Partial<Metric> = {}, suspend = false): Metric => ({
  name: 'smoke',
  ...fields,
  provider: {
    job: {
      spec: {
        backoffLimit: 0,
        suspend,
        template: {
          metadata: { annotations: { 'assay.dev/simulate': simulate } },
          spec: { restartPolicy: 'Never', containers: [{ name: 'smoke', image: 'busybox' }] },
        },
      },
    },
  },
});

/** A metric as it is measured, and the spec of its run. */
function prepared(simulate: Simulated) {
  const spec = { metrics: [jobMetric(simulate)] };
  const preparation = prepareRun(spec);
  const metric = preparation.ok ? preparation.run.metrics[0] : undefined;
  if (metric === undefined) throw new Error('the metric can not be prepared');
  return { metric, spec };
}

async function newNamespace(): Promise<string> {
  const name = `shop-${++namespaces}`;
  await plane.createNamespace(name);
  return name;
}

const log = createLog({ level: 'silent' });
const clock = systemClock;

/** What the service measures with, with the control plane as its cluster. */
function openParts(kubeconfig = plane.kubeconfig) {
  const { config } = loadConfig({ env: { KUBECONFIG: kubeconfig } });
  return createMeasuringParts(config, { env: {}, clock, log, loopback: true, ownMetricsOnly: false });
}

/** The service's engine over them. */
async function openEngine(redisUrl?: string): Promise<Engine> {
  const { measuring, http, clusters } = openParts();
  const metrics = createMetrics({ version: 'test', nodeMetrics: false });
  const deps = {
    ...{ ...measuring, clock, log, metrics },
    settings: { retentionMs: 60_000, concurrency: 10, sweepIntervalMs: 500, stopGraceMs: 1_000 },
  };
  const engine =
    redisUrl === undefined
      ? createMemoryEngine(deps)
      : createRedisEngine(deps, { url: new Secret(redisUrl), shards: 1 });
  clusters.wake(engine, log);
  open.push(async () => {
    await engine.stop();
    await clusters.close();
    http.close();
  });
  await engine.start();
  return engine;
}

/** Starts a run of one metric and answers its id. */
async function begin(engine: Engine, namespace: string, metric: Metric, spec = {}): Promise<string> {
  const metadata = { name: 'checkout', namespace };
  const { run } = await engine.create({ metadata, spec: { metrics: [metric], ...spec } });
  return run.metadata?.uid ?? '';
}

/** The run, once it has ended. */
async function ended(engine: Engine, id: string): Promise<AnalysisRun['status']> {
  const run = await engine.waitForCompletion(id, 60_000);
  expect(run?.status?.completedAt).toBeDefined();
  return run?.status;
}

/** The measurement of the run, once its Job was looked at. */
const inFlight = (engine: Engine, id: string) =>
  eventually('the measurement is in flight', async () => {
    const measurement = (await engine.get(id))?.status?.metricResults?.[0]?.measurements?.[0];
    return measurement?.phase === 'Running' ? measurement : undefined;
  });

async function jobsIn(namespace: string): Promise<readonly string[]> {
  const list = await plane.call('GET', `/apis/batch/v1/namespaces/${namespace}/jobs`);
  if (typeof list !== 'object' || list === null || !('items' in list) || !Array.isArray(list.items))
    return [];
  return list.items.map((job: { readonly metadata: { readonly name: string } }) => job.metadata.name);
}

const jobPath = (namespace: string, name: string): string =>
  `/apis/batch/v1/namespaces/${namespace}/jobs/${name}`;

describe('a Job in a real cluster', () => {
  it('that completes is a success', async () => {
    const [engine, namespace] = [await openEngine(), await newNamespace()];
    const id = await begin(engine, namespace, jobMetric('succeed'));
    const status = await ended(engine, id);
    expect(status).toMatchObject({ phase: 'Successful', verdict: 'promote' });
    expect(status?.metricResults?.[0]?.measurements).toMatchObject([
      {
        phase: 'Successful',
        metadata: { 'job-name': `${id}.smoke.1`, 'job-namespace': namespace },
      },
    ]);
  });

  it('that exits non-zero is a failure, with the reason', async () => {
    const [engine, namespace] = [await openEngine(), await newNamespace()];
    const status = await ended(engine, await begin(engine, namespace, jobMetric('fail')));
    expect(status).toMatchObject({ phase: 'Failed', verdict: 'rollback' });
    expect(status?.metricResults?.[0]?.measurements?.[0]?.message).toBe(
      'BackoffLimitExceeded: Job has reached the specified backoff limit',
    );
  });

  it('whose image can not be pulled is inconclusive', async () => {
    const [engine, namespace] = [await openEngine(), await newNamespace()];
    const status = await ended(engine, await begin(engine, namespace, jobMetric('no-image')));
    expect(status).toMatchObject({ phase: 'Inconclusive', verdict: 'hold' });
    expect(status?.metricResults?.[0]?.measurements?.[0]?.message).toMatch(
      /^Pod \S+, container smoke has terminal error \(ImagePullBackOff\): no such image\n$/,
    );
  });

  it('that never ends is deleted with its pods when the run is terminated', async () => {
    const [engine, namespace] = [await openEngine(), await newNamespace()];
    const id = await begin(engine, namespace, jobMetric('never-end'));
    await inFlight(engine, id);
    expect(await jobsIn(namespace)).toEqual([`${id}.smoke.1`]);
    await engine.terminate(id);
    const status = await ended(engine, id);
    expect(status?.metricResults?.[0]?.measurements).toMatchObject([
      { phase: 'Inconclusive', message: 'Metric Terminated' },
    ]);
    await eventually('the Job is gone', async () =>
      (await jobsIn(namespace)).length === 0 ? true : undefined,
    );
  });

  it('that is deleted behind our back is an Error', async () => {
    const [engine, namespace] = [await openEngine(), await newNamespace()];
    const id = await begin(engine, namespace, jobMetric('never-end', { consecutiveErrorLimit: 0 }));
    await inFlight(engine, id);
    await plane.call('DELETE', `${jobPath(namespace, `${id}.smoke.1`)}?propagationPolicy=Background`);
    const status = await ended(engine, id);
    expect(status?.phase).toBe('Error');
    expect(status?.metricResults?.[0]?.measurements?.[0]).toMatchObject({
      phase: 'Error',
      message: `job.batch "${id}.smoke.1" not found`,
    });
  });

  it('that a quota refuses is an Error in the words of the API server', async () => {
    const [engine, namespace] = [await openEngine(), await newNamespace()];
    const quotas = `/api/v1/namespaces/${namespace}/resourcequotas`;
    await plane.call('POST', quotas, {
      metadata: { name: 'no-jobs' },
      spec: { hard: { 'count/jobs.batch': '0' } },
    });
    await eventually('the quota is in force', async () =>
      JSON.stringify(await plane.call('GET', `${quotas}/no-jobs`)).includes('"used"') ? true : undefined,
    );
    const id = await begin(engine, namespace, jobMetric('succeed', { consecutiveErrorLimit: 0 }));
    const status = await ended(engine, id);
    expect(status?.phase).toBe('Error');
    expect(status?.metricResults?.[0]?.measurements?.[0]?.message).toBe(
      `jobs.batch "${id}.smoke.1" is forbidden: exceeded quota: no-jobs, requested: count/jobs.batch=1, used: count/jobs.batch=0, limited: count/jobs.batch=0`,
    );
  });

  it('keeps as many Jobs as measurements are kept', async () => {
    const [engine, namespace] = [await openEngine(), await newNamespace()];
    const metric = jobMetric('succeed', { count: 4, interval: '100ms' });
    const measurementRetention = [{ metricName: 'smoke', limit: 2 }];
    const id = await begin(engine, namespace, metric, { measurementRetention });
    expect((await ended(engine, id))?.phase).toBe('Successful');
    await eventually('the oldest Jobs are gone', async () => {
      const names = [...(await jobsIn(namespace))].sort();
      return names.join() === `${id}.smoke.3,${id}.smoke.4` ? true : undefined;
    });
  });

  it('outlives an API server that is dead for 20 seconds', async () => {
    const [engine, namespace] = [await openEngine(), await newNamespace()];
    const id = await begin(engine, namespace, jobMetric('succeed', { consecutiveErrorLimit: 0 }, true));
    await inFlight(engine, id);
    await plane.killApiServer();
    try {
      await delay(20_000);
      const [measurement] = (await engine.get(id))?.status?.metricResults?.[0]?.measurements ?? [];
      expect(measurement).toMatchObject({
        phase: 'Running',
        message: expect.stringContaining('the Kubernetes API can not be reached') as string,
      });
    } finally {
      await plane.startApiServer();
    }
    await plane.call('PATCH', jobPath(namespace, `${id}.smoke.1`), { spec: { suspend: false } });
    expect(await ended(engine, id)).toMatchObject({ phase: 'Successful' });
    expect(await jobsIn(namespace)).toEqual([`${id}.smoke.1`]);
  });

  it('that ends while no worker runs is found by the next one', async () => {
    const redis = await startRedis();
    open.push(() => redis.stop());
    const namespace = await newNamespace();
    const first = await openEngine(redis.url);
    const id = await begin(first, namespace, jobMetric('succeed', {}, true));
    await inFlight(first, id);
    await open.pop()?.();
    await plane.call('PATCH', jobPath(namespace, `${id}.smoke.1`), { spec: { suspend: false } });
    await eventually('the Job has ended', async () =>
      JSON.stringify(await plane.call('GET', jobPath(namespace, `${id}.smoke.1`))).includes('"Complete"')
        ? true
        : undefined,
    );
    expect(await ended(await openEngine(redis.url), id)).toMatchObject({ phase: 'Successful' });
    expect(await jobsIn(namespace)).toEqual([`${id}.smoke.1`]);
  });
});

describe('a Job that is measured once', () => {
  const measureOnce = async (simulate: Simulated, namespace: string, signal: AbortSignal) => {
    const { measuring, http, clusters } = openParts();
    open.push(async () => {
      await clusters.close();
      http.close();
    });
    const { metric, spec } = prepared(simulate);
    return await createMeasureOnce(measuring, clock)(metric, { metadata: { namespace }, spec }, signal);
  };

  it('is waited for', async () => {
    const taken = await measureOnce('fail', await newNamespace(), new AbortController().signal);
    expect(taken).toMatchObject({
      phase: 'Failed',
      message: 'BackoffLimitExceeded: Job has reached the specified backoff limit',
    });
  });

  it('is deleted when nobody waits any more', async () => {
    const namespace = await newNamespace();
    const abort = new AbortController();
    const taken = measureOnce('never-end', namespace, abort.signal);
    await eventually('the Job is there', async () =>
      (await jobsIn(namespace)).length > 0 ? true : undefined,
    );
    abort.abort();
    expect(await taken).toMatchObject({ phase: 'Inconclusive' });
    await eventually('the Job is gone', async () =>
      (await jobsIn(namespace)).length === 0 ? true : undefined,
    );
  });
});

describe('credentials that can not be used', () => {
  it('make an Error that names them', async () => {
    const { measuring, clusters } = openParts('/nowhere/kubeconfig');
    open.push(() => clusters.close());
    const { metric, spec } = prepared('succeed');
    const once = createMeasureOnce(measuring, clock);
    const { phase, message } = await once(metric, { spec }, new AbortController().signal);
    expect(phase).toBe('Error');
    expect(message).toBe(
      "the kubeconfig /nowhere/kubeconfig can not be used: ENOENT: no such file or directory, open '/nowhere/kubeconfig'",
    );
  });
});

describe('a watched namespace', () => {
  const signal = new AbortController().signal;
  const labels = { 'analysisrun.argoproj.io/uid': 'run-1' };

  it('tells of a Job that ends, and of one that is deleted', async () => {
    const namespace = await newNamespace();
    const cluster = createCluster({ kind: 'kubeconfig', path: plane.kubeconfig }, { clock, log });
    open.push(() => cluster.close());
    const { jobs } = cluster;
    const news: string[] = [];
    jobs.listen((run, metric) => news.push(`${run} ${metric}`));
    const create = (name: string, simulate: Simulated) =>
      jobs.create(
        {
          apiVersion: 'batch/v1',
          kind: 'Job',
          metadata: {
            ...{ name, namespace, labels },
            annotations: { 'analysisrun.argoproj.io/metric-name': name },
          },
          spec: {
            template: {
              metadata: { annotations: { 'assay.dev/simulate': simulate } },
              spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'busybox' }] },
            },
          },
        },
        signal,
      );
    await create('ends', 'succeed');
    await create('deleted', 'never-end');
    const told = (line: string) =>
      eventually(`there is news: ${line}`, () => (news.includes(line) ? true : undefined));
    await told('run-1 ends');
    await eventually('the Job works', async () => {
      const job = await jobs.find(namespace, 'deleted', signal);
      return job?.active === 1 ? true : undefined;
    });
    expect(news).not.toContain('run-1 deleted');
    await jobs.delete(namespace, 'deleted', signal);
    await told('run-1 deleted');
    expect(await jobs.find(namespace, 'deleted', signal)).toBeUndefined();
  });
});

describe('secrets of a cluster', () => {
  it('are read from the namespace of the run, and else from files', async () => {
    const namespace = await newNamespace();
    await plane.call('POST', `/api/v1/namespaces/${namespace}/secrets`, {
      metadata: { name: 'datadog' },
      stringData: { 'api-key': 'from the cluster' },
    });
    const cluster = createCluster({ kind: 'kubeconfig', path: plane.kubeconfig }, { clock, log });
    open.push(() => cluster.close());
    const files = {
      read: (_namespace: string, name: string, key: string) =>
        name === 'mounted' ? Promise.resolve('from a file') : noSecrets.read(namespace, name, key),
    };
    const secrets = cluster.secrets(files);
    expect(await secrets.read(namespace, 'datadog', 'api-key')).toBe('from the cluster');
    expect(await secrets.read(namespace, 'mounted', 'key')).toBe('from a file');
    await expect(secrets.read(namespace, 'datadog', 'app-key')).rejects.toThrow(
      "key 'app-key' does not exist in secret 'datadog'",
    );
    await expect(secrets.read(namespace, 'datadog', 'constructor')).rejects.toThrow(
      "key 'constructor' does not exist in secret 'datadog'",
    );
    await expect(secrets.read(namespace, 'other', 'key')).rejects.toThrow('secrets "other" not found');
    await expect(secrets.read('default', 'datadog', 'api-key')).rejects.toThrow(
      'secrets "datadog" not found',
    );
  });
});
