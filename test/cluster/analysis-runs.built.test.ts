import { readFileSync } from 'node:fs';
import { createServer, request as toService } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { AnalysisRunSpec, Metric } from '../../schemas/index.js';
import type { ServingAssay } from '../../service/cli/index.js';
import type { ControllerSettings, RunningController } from '../../service/controller/index.js';
import { eventually } from '../support/eventually.js';
import { listenOnLoopback, type RecordingServer, startRecordingServer } from '../support/recording-server.js';
import { type Cluster, startCluster, startControllerOf, startService } from './cluster.js';

let cluster: Cluster;
let service: ServingAssay;
let store: RecordingServer;
const controllers: RunningController[] = [];
let namespace = '';
let namespaces = 0;

beforeAll(async () => {
  cluster = await startCluster();
  service = await startService();
  store = await startRecordingServer();
}, 120_000);
afterAll(async () => {
  await service.close();
  await store.close();
  await cluster.stop();
});
beforeEach(async () => {
  namespace = `shop-${++namespaces}`;
  await cluster.createNamespace(namespace);
  store.answer([{ body: '{"value": 1}' }]);
});
afterEach(async () => {
  for (const controller of controllers.splice(0)) await controller.stop();
});

const begin = async (settings: Partial<ControllerSettings> = {}): Promise<RunningController> => {
  const controller = await startControllerOf(cluster, service.url, { namespace, ...settings });
  controllers.push(controller);
  return controller;
};

const metric = (fields: Partial<Metric> = {}): Metric => ({
  name: 'value',
  successCondition: 'result == 1',
  provider: { web: { url: `${store.url}/value`, jsonPath: '{$.value}' } },
  ...fields,
});
const spec = (...metrics: Metric[]): AnalysisRunSpec => ({ metrics });

/** What the service has of a run; undefined: nothing. */
async function inService(uid: string): Promise<unknown> {
  const answer = await fetch(`${service.url}/v1/analysisruns/${uid}`);
  return answer.status === 404 ? undefined : answer.json();
}

/** Events of all objects of a name, in the order in which the API server lists them. */
async function listedEvents(name: string, of = namespace) {
  const query = `fieldSelector=involvedObject.name%3D${name}`;
  const { items } = (await cluster.call('GET', `/api/v1/namespaces/${of}/events?${query}`)) as {
    items: { reason: string; message: string }[];
  };
  return items;
}
const eventOf = (name: string, reason: string, of?: string) =>
  eventually(`${name} has ${reason}`, async () =>
    (await listedEvents(name, of)).find((event) => event.reason === reason),
  );

describe('an AnalysisRun of a cluster', () => {
  it("is measured by the service and has Argo Rollouts' status and events", async () => {
    await begin();
    await cluster.createRun(namespace, 'good', { spec: spec(metric(), metric({ name: 'other' })) });
    const { status } = await cluster.inPhase(namespace, 'good', 'Successful');
    expect(status).toEqual({
      phase: 'Successful',
      startedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as unknown,
      completedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as unknown,
      runSummary: { count: 2, successful: 2 },
      dryRunSummary: {},
      metricResults: ['value', 'other'].map((name) => ({
        ...{ name, phase: 'Successful', count: 1, successful: 1, consecutiveSuccess: 1 },
        measurements: [
          {
            ...{ phase: 'Successful', value: '1' },
            startedAt: expect.any(String) as unknown,
            finishedAt: expect.any(String) as unknown,
          },
        ],
      })),
    });
    await eventually('its events are there', async () => {
      const events = await cluster.events(namespace, 'good');
      return events.length === 3 ? true : undefined;
    });
    // As kubectl shows those of one second.
    expect((await listedEvents('good')).map(({ reason }) => reason)).toEqual([
      ...['MetricSuccessful', 'MetricSuccessful', 'AnalysisRunSuccessful'],
    ]);
    expect(await cluster.events(namespace, 'good')).toEqual([
      'Normal AnalysisRunSuccessful Analysis Completed. Result: Successful',
      "Normal MetricSuccessful Metric 'other' Completed. Result: Successful",
      "Normal MetricSuccessful Metric 'value' Completed. Result: Successful",
    ]);
  });

  it('that fails says why, with a warning', async () => {
    store.answer([{ body: '{"value": 3}' }]);
    await begin();
    await cluster.createRun(namespace, 'bad', { spec: spec(metric()) });
    const { status } = await cluster.inPhase(namespace, 'bad', 'Failed');
    expect(status?.message).toBe('Metric "value" assessed Failed due to failed (1) > failureLimit (0)');
    await eventually('its event is there', async () =>
      (await cluster.events(namespace, 'bad')).includes(
        'Warning AnalysisRunFailed Analysis Completed. Result: Failed',
      )
        ? true
        : undefined,
    );
  });

  it('that cannot be measured is an Error which names every fault, and is not asked for again', async () => {
    await begin();
    const broken = metric({ interval: 'ten minutes', successCondition: 'result ==' });
    await cluster.createRun(namespace, 'broken', { spec: spec(broken, metric({ name: 'value' })) });
    const { status, metadata } = await cluster.inPhase(namespace, 'broken', 'Error');
    expect(status?.message).toContain('Analysis spec invalid: ');
    expect(status?.message).toContain('spec.metrics[0].interval: ');
    expect(status?.message).toContain('spec.metrics[0].successCondition: ');
    expect(status?.message).toContain('spec.metrics[1].name: ');
    expect(await inService(metadata?.uid ?? '')).toBeUndefined();
    expect(store.requests).toEqual([]);
  });

  it('is Running until it is told to end, and then ended as its measurements stand', async () => {
    await begin();
    const endless = spec(metric({ interval: '200ms' }));
    const { metadata } = await cluster.createRun(namespace, 'endless', { spec: endless });
    const { status } = await cluster.inPhase(namespace, 'endless', 'Running');
    expect(status?.metricResults?.[0]?.phase).toBe('Running');
    await cluster.patchRun(namespace, 'endless', { spec: { terminate: true } });
    const { status: end } = await cluster.inPhase(namespace, 'endless', 'Successful');
    expect(end?.message).toBe('Run Terminated');
    expect(await inService(metadata?.uid ?? '')).toMatchObject({ status: { verdict: 'hold' } });
  });

  it('is measured as it was handed over, which a change of its spec is told, also by a controller that comes later', async () => {
    const first = await begin();
    for (const name of ['changed', 'changed-later'])
      await cluster.createRun(namespace, name, { spec: spec(metric({ interval: '1h' })) });
    for (const name of ['changed', 'changed-later']) await cluster.inPhase(namespace, name, 'Running');
    const change = { spec: spec(metric({ interval: '2h' })) };
    await cluster.patchRun(namespace, 'changed', change);
    const { message } = await eventOf('changed', 'SpecChangeIgnored');
    expect(message).toContain('(generation 2) is ignored: the run is measured as it was handed over');
    await first.stop();
    await cluster.patchRun(namespace, 'changed-later', change);
    await begin();
    await eventOf('changed-later', 'SpecChangeIgnored');
    // What was told of is told of no more.
    await cluster.patchRun(namespace, 'changed', { spec: { terminate: true } });
    await eventOf('changed', 'AnalysisRunSuccessful');
    const told = (await listedEvents('changed')).filter(({ reason }) => reason === 'SpecChangeIgnored');
    expect(told).toHaveLength(1);
  });

  it('that was created to end at once is ended without a measurement', async () => {
    await begin();
    await cluster.createRun(namespace, 'ended', { spec: { ...spec(metric()), terminate: true } });
    const { status } = await cluster.inPhase(namespace, 'ended', 'Successful');
    expect(status?.message).toBe('Run Terminated');
    expect(store.requests).toEqual([]);
  });

  it('that is deleted in the middle is ended and forgotten by the service', async () => {
    await begin();
    store.answer(() => ({ body: '{"value": 1}', delayMs: 300 }));
    const { metadata } = await cluster.createRun(namespace, 'gone', {
      spec: spec(metric({ interval: '10ms' })),
    });
    await eventually('it is measured', () => (store.requests.length > 0 ? true : undefined));
    await cluster.deleteRun(namespace, 'gone');
    await eventually('it is forgotten', async () =>
      (await inService(metadata?.uid ?? '')) === undefined ? true : undefined,
    );
    await expect(cluster.run(namespace, 'gone')).rejects.toThrow('404');
  });

  it('that is deleted while it is handed over is forgotten by the service', async () => {
    const asked: string[] = [];
    let letGo = (): void => undefined;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    const front = createServer((request, response) => {
      asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
      const { method, url, headers } = request;
      const onward = toService(`${service.url}${url ?? ''}`, { method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 0, answer.headers);
        answer.pipe(response);
      });
      onward.on('error', () => response.destroy());
      void (method === 'PUT' ? held : Promise.resolve()).then(() => request.pipe(onward));
    });
    const saw = (what: string) =>
      eventually(`the service is asked: ${what}`, () => asked.find((line) => line.startsWith(what)));
    try {
      const controller = await startControllerOf(
        cluster,
        `http://127.0.0.1:${await listenOnLoopback(front)}`,
        { namespace },
      );
      controllers.push(controller);
      // Once runs without an object were looked for, which would find it as well, and only comes again after minutes.
      await eventually('the sweep', () => asked.find((line) => line.includes('phase=Running')));
      const { metadata } = await cluster.createRun(namespace, 'brief', {
        spec: spec(metric({ interval: '1h' })),
      });
      const uid = metadata?.uid ?? '';
      await saw(`PUT /v1/analysisruns/${uid}`);
      await cluster.deleteRun(namespace, 'brief');
      // There is nothing to forget yet.
      await saw(`GET /v1/analysisruns/${uid}`);
      letGo();
      await saw(`DELETE /v1/analysisruns/${uid}`);
      await eventually('it is forgotten', async () =>
        (await inService(uid)) === undefined ? true : undefined,
      );
    } finally {
      front.closeAllConnections();
      front.close();
    }
  });

  it('does not have the verdict of a run of somebody else that was started under its id, nor end it', async () => {
    store.answer([{ body: '{"value": 2}' }]);
    const { metadata } = await cluster.createRun(namespace, 'mine', { spec: spec(metric()) });
    const uid = metadata?.uid ?? '';
    const { status: started } = await fetch(`${service.url}/v1/analysisruns/${uid}`, {
      ...{ method: 'PUT', headers: { 'content-type': 'application/json' } },
      body: JSON.stringify({
        ...{ apiVersion: 'argoproj.io/v1alpha1', kind: 'AnalysisRun' },
        metadata: { name: 'mine', namespace: 'evil', labels: { 'assay.dev/cluster': 'local' } },
        spec: spec(metric({ successCondition: 'true' })),
      }),
    });
    expect(started).toBe(201);
    await begin();
    const { status } = await cluster.inPhase(namespace, 'mine', 'Successful', 'Failed', 'Error');
    expect([status?.phase, status?.message]).toEqual([
      'Error',
      expect.stringMatching(/^this id is taken by another run in the Assay service, evil\/mine of the/),
    ]);
    await cluster.deleteRun(namespace, 'mine');
    const { metadata: next } = await cluster.createRun(namespace, 'mine', { spec: spec(metric()) });
    await cluster.inPhase(namespace, 'mine', 'Failed');
    await cluster.deleteRun(namespace, 'mine');
    // The second one is forgotten after the first was looked at.
    await eventually('the second one is forgotten', async () =>
      (await inService(next?.uid ?? '')) === undefined ? true : undefined,
    );
    expect(await inService(uid)).toMatchObject({ metadata: { namespace: 'evil' } });
  });

  it('that has the name of one that was deleted is another one', async () => {
    await begin();
    const endless = spec(metric({ interval: '1h' }));
    const first = await cluster.createRun(namespace, 'twin', { spec: endless });
    await cluster.inPhase(namespace, 'twin', 'Running');
    await cluster.deleteRun(namespace, 'twin');
    const second = await cluster.createRun(namespace, 'twin', { spec: spec(metric()) });
    expect(second.metadata?.uid).not.toBe(first.metadata?.uid);
    await cluster.inPhase(namespace, 'twin', 'Successful');
    await eventually('the first one is forgotten', async () =>
      (await inService(first.metadata?.uid ?? '')) === undefined ? true : undefined,
    );
  });

  it('is deleted when its ttlStrategy says so, and no other is', async () => {
    await begin();
    const ttlStrategy = { secondsAfterSuccess: 0 };
    await cluster.createRun(namespace, 'short-lived', { spec: { ...spec(metric()), ttlStrategy } });
    await cluster.createRun(namespace, 'kept', { spec: spec(metric()) });
    await cluster.inPhase(namespace, 'kept', 'Successful');
    await eventually('it is deleted', async () => {
      const found = await cluster.run(namespace, 'short-lived').catch(() => undefined);
      return found === undefined ? true : undefined;
    });
    expect((await cluster.run(namespace, 'kept')).status?.phase).toBe('Successful');
  });

  it('of another instance id is left to the controller of that id', async () => {
    await begin({ instanceId: 'mine' });
    const label = 'argo-rollouts.argoproj.io/controller-instance-id';
    await cluster.createRun(namespace, 'without', { spec: spec(metric()) });
    await cluster.createRun(namespace, 'others', {
      metadata: { labels: { [label]: 'other' } },
      spec: spec(metric()),
    });
    await cluster.createRun(namespace, 'mine', {
      metadata: { labels: { [label]: 'mine' } },
      spec: spec(metric()),
    });
    await cluster.inPhase(namespace, 'mine', 'Successful');
    for (const name of ['without', 'others'])
      expect((await cluster.run(namespace, name)).status).toBeUndefined();
    await begin();
    await cluster.inPhase(namespace, 'without', 'Successful');
    expect((await cluster.run(namespace, 'others')).status).toBeUndefined();
  });

  it('tells the service its labels and annotations, and whose it is', async () => {
    await begin({ cluster: 'east' });
    const { metadata } = await cluster.createRun(namespace, 'labelled', {
      metadata: {
        labels: { app: 'checkout', 'assay.dev/cluster': 'west', 'assay.dev/instance': 'x' },
        annotations: {
          note: 'n',
          large: 'x'.repeat(200 * 1024),
          'kubectl.kubernetes.io/last-applied-configuration': '{}',
        },
      },
      spec: spec(metric()),
    });
    await cluster.inPhase(namespace, 'labelled', 'Successful');
    expect(await inService(metadata?.uid ?? '')).toMatchObject({
      metadata: {
        ...{ name: 'labelled', namespace },
        labels: { app: 'checkout', 'assay.dev/cluster': 'east' },
        annotations: { note: 'n' },
      },
    });
  });

  it('keeps its verdict in the service until the object has it, whatever its ttlStrategy', async () => {
    store.answer([{ body: '{"value": 2}' }]);
    const first = await begin();
    const { metadata } = await cluster.createRun(namespace, 'brief', {
      spec: { ...spec(metric()), ttlStrategy: { secondsAfterCompletion: 1 } },
    });
    const uid = metadata?.uid ?? '';
    await eventually('it is handed over', () => inService(uid));
    await first.stop();
    expect(await inService(uid)).not.toHaveProperty('spec.ttlStrategy');
  });

  it('costs one write of its status, and two events, when it has one measurement', async () => {
    const controller = await begin();
    await cluster.createRun(namespace, 'cheap', { spec: spec(metric()) });
    await cluster.inPhase(namespace, 'cheap', 'Successful');
    const writes = await eventually('its events are written', async () => {
      const text = await (await fetch(`${controller.url}/metrics`)).text();
      const counted = [...text.matchAll(/^assay_controller_writes_total\{what="(\w+)"\} (\d+)$/gm)];
      const found = Object.fromEntries(counted.map(([, what = '', count = '']) => [what, Number(count)]));
      return found['event'] === 2 ? found : undefined;
    });
    expect(writes).toEqual({ status: 1, event: 2 });
  });
});

describe('a controller', () => {
  it('goes on where another one stopped', async () => {
    const first = await begin();
    const two = spec(metric({ interval: '1500ms', count: 2 }));
    await cluster.createRun(namespace, 'handed-on', { spec: two });
    await cluster.inPhase(namespace, 'handed-on', 'Running');
    await first.stop();
    await cluster.patchRun(namespace, 'handed-on', { metadata: { labels: { changed: 'meanwhile' } } });
    await begin();
    const { status } = await cluster.inPhase(namespace, 'handed-on', 'Successful');
    expect(status?.metricResults?.[0]?.count).toBe(2);
    expect(store.requests).toHaveLength(2);
  });

  it('writes the verdict of a run that ended while none was there', async () => {
    const first = await begin();
    await cluster.createRun(namespace, 'ended', { spec: spec(metric({ interval: '1500ms', count: 2 })) });
    const { metadata } = await cluster.inPhase(namespace, 'ended', 'Running');
    await first.stop();
    await eventually('the service has its verdict', async () => {
      const run = (await inService(metadata?.uid ?? '')) as { status?: { verdict?: string } };
      return run.status?.verdict;
    });
    await begin();
    await cluster.inPhase(namespace, 'ended', 'Successful');
    expect(store.requests).toHaveLength(2);
  });

  it('forgets the runs whose objects were deleted while none was there, and no others', async () => {
    const first = await begin();
    const endless = spec(metric({ interval: '1h' }));
    const { metadata } = await cluster.createRun(namespace, 'orphan', { spec: endless });
    const kept = await cluster.createRun(namespace, 'kept', { spec: endless });
    await cluster.inPhase(namespace, 'orphan', 'Running');
    await cluster.inPhase(namespace, 'kept', 'Running');
    await first.stop();
    await cluster.deleteRun(namespace, 'orphan');
    expect(await inService(metadata?.uid ?? '')).toBeDefined();
    await begin();
    await eventually('it is forgotten', async () =>
      (await inService(metadata?.uid ?? '')) === undefined ? true : undefined,
    );
    expect(await inService(kept.metadata?.uid ?? '')).toBeDefined();
  });
});

describe('definitions that are replaced while the controller runs', () => {
  const DEFINITION = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/analysisruns.argoproj.io';
  const ours = parse(
    readFileSync(new URL('../../helm/assay/crds/analysisruns.yaml', import.meta.url), 'utf8'),
  ) as { readonly spec: { readonly versions: readonly object[] } };
  /** Applies the definition with the status subresource, or without it as Argo Rollouts' is, and waits until it is served. */
  const define = async (hasSubresource: boolean): Promise<void> => {
    const versions = ours.spec.versions.map((version) =>
      hasSubresource ? version : { ...version, subresources: {} },
    );
    await cluster.call('PATCH', DEFINITION, { spec: { versions } });
    const path = `/apis/argoproj.io/v1alpha1/namespaces/${namespace}/analysisruns/probe/status`;
    await eventually('the definition is served', async () => {
      const isServed = await cluster.call('GET', path).then(
        () => true,
        () => false,
      );
      return isServed === hasSubresource ? true : undefined;
    });
  };

  it('do not keep verdicts from their objects', async () => {
    const labels = { 'argo-rollouts.argoproj.io/controller-instance-id': 'nobody' };
    await cluster.createRun(namespace, 'probe', { metadata: { labels }, spec: spec(metric()) });
    await define(false);
    try {
      await begin();
      await cluster.createRun(namespace, 'before', { spec: spec(metric()) });
      await cluster.inPhase(namespace, 'before', 'Successful');
      await define(true);
      await cluster.createRun(namespace, 'after', { spec: spec(metric()) });
      await cluster.inPhase(namespace, 'after', 'Successful');
    } finally {
      await define(true);
    }
  });
});

describe('a template of a cluster', () => {
  const faulty = (name: string) => ({
    ...{ apiVersion: 'argoproj.io/v1alpha1', metadata: { name } },
    spec: { metrics: [metric({ interval: 'ten minutes', successCondition: 'result ==' })] },
  });

  it('that is faulty has an event with all of its faults, in a namespace or in none', async () => {
    const root = '/apis/argoproj.io/v1alpha1';
    await cluster.call('POST', `${root}/namespaces/${namespace}/analysistemplates`, {
      ...{ ...faulty('broken'), kind: 'AnalysisTemplate' },
    });
    const shared = `broken-for-${namespace}`;
    await cluster.call('POST', `${root}/clusteranalysistemplates`, {
      ...{ ...faulty(shared), kind: 'ClusterAnalysisTemplate' },
    });
    // One that looks at the whole cluster.
    controllers.push(await startControllerOf(cluster, service.url, {}));
    for (const [name, home] of [
      ['broken', namespace],
      [shared, 'default'],
    ] as const) {
      const { message } = await eventOf(name, 'InvalidSpec', home);
      expect(message).toContain('spec.metrics[0].interval: invalid interval string');
      expect(message).toContain('spec.metrics[0].successCondition: unexpected token EOF');
    }
  });
});
