import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AnalysisRun, Experiment } from '../../schemas/index.js';
import type { ServingAssay } from '../../service/cli/index.js';
import type { RunningController } from '../../service/controller/index.js';
import { eventually } from '../support/eventually.js';
import { type RecordingServer, startRecordingServer } from '../support/recording-server.js';
import { type Cluster, startCluster, startControllerOf, startService } from './cluster.js';
import { canaryOf, type Rollouts, rolloutsOf } from './rollouts.js';

let cluster: Cluster;
let service: ServingAssay;
let store: RecordingServer;
let rollouts: Rollouts;
let controller: RunningController;
let namespace = '';
let namespaces = 0;

beforeAll(async () => {
  cluster = await startCluster({ pods: true });
  service = await startService();
  store = await startRecordingServer();
}, 120_000);
afterAll(async () => {
  await store.close();
  await service.close();
  await cluster.stop();
});
beforeEach(async () => {
  namespace = `race-${++namespaces}`;
  await cluster.createNamespace(namespace);
  rollouts = rolloutsOf(cluster, namespace);
  controller = await startControllerOf(cluster, service.url, { namespace });
  await cluster.call('POST', argo('analysistemplates'), TEMPLATE());
});
afterEach(async () => {
  await controller.stop();
});

const argo = (plural: string, name = ''): string =>
  `/apis/argoproj.io/v1alpha1/namespaces/${namespace}/${plural}${name}`;
const core = (plural: string, name = ''): string => `/api/v1/namespaces/${namespace}/${plural}${name}`;

/** Asks the store with the hashes of both versions. */
const TEMPLATE = (): unknown => ({
  ...{ apiVersion: 'argoproj.io/v1alpha1', kind: 'AnalysisTemplate', metadata: { name: 'compare' } },
  spec: {
    args: [{ name: 'baseline' }, { name: 'canary' }],
    metrics: [
      {
        ...{ name: 'value', successCondition: 'result == 1' },
        provider: {
          web: {
            url: `${store.url}/?baseline={{args.baseline}}&canary={{args.canary}}`,
            jsonPath: '{$.value}',
          },
        },
      },
    ],
  },
});

async function items<Of>(path: string): Promise<readonly Of[]> {
  return ((await cluster.call('GET', path)) as { readonly items: readonly Of[] }).items;
}

const experiment = async (name: string): Promise<Experiment> =>
  (await cluster.call('GET', argo('experiments', `/${name}`))) as Experiment;

const inPhase = (name: string, ...phases: readonly string[]): Promise<Experiment> =>
  eventually(`${name} is ${phases.join(' or ')}`, async () => {
    const found = await experiment(name);
    if (phases.includes(found.status?.phase ?? '')) return found;
    throw new Error(JSON.stringify(found.status));
  });

interface SetObject {
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  readonly spec: { readonly replicas: number; readonly template: { readonly spec: unknown } };
  readonly status: { readonly replicas: number };
}
const replicaSet = async (name: string): Promise<SetObject> =>
  (await cluster.call('GET', `/apis/apps/v1/namespaces/${namespace}/replicasets/${name}`)) as SetObject;
const untilSize = (name: string, size: number): Promise<true> =>
  eventually(`${name} has ${size} pods`, async () =>
    (await replicaSet(name)).status.replicas === size ? true : undefined,
  );

describe('an experiment step of a canary', () => {
  const hash = (template: string): string => `{{templates.${template}.podTemplateHash}}`;
  const steps = [
    {
      experiment: {
        scaleDownDelaySeconds: 1,
        templates: [
          { name: 'baseline', specRef: 'stable' },
          { name: 'canary', specRef: 'canary' },
        ],
        analyses: [
          {
            ...{ name: 'compare', templateName: 'compare', requiredForCompletion: true },
            args: ['baseline', 'canary'].map((name) => ({ name, value: hash(name) })),
          },
        ],
      },
    },
    { pause: {} },
  ];
  const begin = async (value: number): Promise<void> => {
    store.answer([{ body: JSON.stringify({ value }) }]);
    await rollouts.create(canaryOf('checkout', { replicas: 1, steps }));
    await rollouts.until('checkout', 'the first version is healthy', ({ phase }) => phase === 'Healthy');
    expect(await items(argo('experiments'))).toEqual([]);
    await rollouts.setImage('checkout', 'app:2');
  };

  it('runs both versions side by side and goes on when the analysis is Successful', async () => {
    await begin(1);
    const { currentPodHash = '', stableRS = '' } = await rollouts.until(
      ...(['checkout', 'the step after it pauses'] as const),
      ({ phase, currentStepIndex }) => phase === 'Paused' && currentStepIndex === 1,
    );
    const [found] = await items<Experiment>(argo('experiments'));
    const name = `checkout-${currentPodHash}-2-0`;
    expect(found?.metadata?.name).toBe(name);
    expect(found?.status).toMatchObject({
      ...{ phase: 'Successful', message: 'Required AnalysisRuns completed' },
      analysisRuns: [{ name: 'compare', analysisRun: `${name}-compare`, phase: 'Successful' }],
    });
    const [baseline, canary] = [await replicaSet(`${name}-baseline`), await replicaSet(`${name}-canary`)];
    expect(baseline.spec.template.spec).toEqual(
      (await replicaSet(`checkout-${stableRS}`)).spec.template.spec,
    );
    expect(canary.spec.template.spec).toEqual(
      (await replicaSet(`checkout-${currentPodHash}`)).spec.template.spec,
    );
    const hashes = [baseline, canary].map(({ metadata }) => metadata.labels['rollouts-pod-template-hash']);
    expect(new Set([...hashes, stableRS, currentPodHash]).size).toBe(4);
    expect(store.requests.map(({ target }) => target)).toEqual([
      `/?baseline=${hashes[0] ?? ''}&canary=${hashes[1] ?? ''}`,
    ]);
    await untilSize(`${name}-baseline`, 0);
    await untilSize(`${name}-canary`, 0);
    await rollouts.promote('checkout');
    await rollouts.until('checkout', 'the second version is healthy', ({ phase }) => phase === 'Healthy');
  });

  it('aborts the rollout when the analysis fails', async () => {
    await begin(0);
    const { message } = await rollouts.until(
      ...(['checkout', 'it is degraded'] as const),
      ({ phase }) => phase === 'Degraded',
    );
    expect(message).toContain('Experiment analysis phase is error/failed');
    const [run] = await items<AnalysisRun>(argo('analysisruns'));
    expect(run?.status?.phase).toBe('Failed');
    await expect
      .poll(() => cluster.events(namespace, 'checkout'), { timeout: 20_000 })
      .toContainEqual(
        expect.stringMatching(
          /^Warning AnalysisRunFailed AnalysisRun 'compare' transitioned from \w+ -> Failed/,
        ),
      );
  });
});

describe('an experiment by itself', () => {
  const labels = { app: 'race' };
  const template = (containers: readonly unknown[]): unknown => ({
    ...{ name: 'test', service: {}, selector: { matchLabels: labels } },
    template: { metadata: { labels }, spec: { containers } },
  });
  const create = (spec: unknown): Promise<unknown> =>
    cluster.call('POST', argo('experiments'), {
      ...{ apiVersion: 'argoproj.io/v1alpha1', kind: 'Experiment', metadata: { name: 'race' }, spec },
    });
  const app = { name: 'app', image: 'app:1', ports: [{ containerPort: 8080 }] };

  it('has a Service, ends when somebody says so, and goes on where another controller ended', async () => {
    await create({ scaleDownDelaySeconds: 2, templates: [template([app])] });
    await inPhase('race', 'Running');
    expect((await items<SetObject>(core('services'))).map(({ metadata }) => metadata.name)).toEqual([
      'race-test',
    ]);
    await controller.stop();
    await cluster.call('PATCH', argo('experiments', '/race'), { spec: { terminate: true } });
    controller = await startControllerOf(cluster, service.url, { namespace });
    await inPhase('race', 'Successful');
    expect((await replicaSet('race-test')).spec.replicas).toBe(1);
    await untilSize('race-test', 0);
    await eventually('its Service is gone', async () =>
      (await items(core('services'))).length === 0 ? true : undefined,
    );
    await expect
      .poll(() => cluster.events(namespace, 'race'), { timeout: 20_000 })
      .toEqual(
        expect.arrayContaining([
          'Normal ExperimentRunning Experiment transitioned from Pending -> Running',
          'Normal ScalingReplicaSet Scaled up ReplicaSet race-test from 0 to 1',
          "Normal TemplateSuccessful Template 'test' transitioned from Running -> Successful",
        ]),
      );
  });

  it('is an Error with the words of the API server when that does not take its pods or Service', async () => {
    await create({
      templates: [template([{ ...app, ports: [{ containerPort: 8080 }, { containerPort: 9090 }] }])],
    });
    const { status } = await inPhase('race', 'Error');
    expect(status?.message).toMatch(
      /^Failed to create Service race-test for template 'test': .*name: Required value/,
    );
  });

  it.each(['default', undefined])('with another instance id is left alone', async (instance) => {
    const key = 'argo-rollouts.argoproj.io/controller-instance-id';
    await controller.stop();
    controller = await startControllerOf(cluster, service.url, { namespace, instanceId: 'other' });
    const metadata = (name: string, id: string | undefined): object => ({
      ...{ name, ...(id === undefined ? {} : { labels: { [key]: id } }) },
    });
    const spec = { templates: [template([app])] };
    for (const [name, id] of [
      ['theirs', instance],
      ['ours', 'other'],
    ] as const)
      await cluster.call('POST', argo('experiments'), {
        ...{ apiVersion: 'argoproj.io/v1alpha1', kind: 'Experiment', metadata: metadata(name, id), spec },
      });
    await inPhase('ours', 'Running');
    expect((await experiment('theirs')).status).toBeUndefined();
  });
});
