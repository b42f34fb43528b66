import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AnalysisRun, RolloutStatus } from '../../schemas/index.js';
import type { ServingAssay } from '../../service/cli/index.js';
import type { RunningController } from '../../service/controller/index.js';
import { eventually } from '../support/eventually.js';
import { type RecordingServer, startRecordingServer } from '../support/recording-server.js';
import { type Cluster, startCluster, startControllerOf, startService } from './cluster.js';
import { recordRollout } from './rollout-record.js';
import { rolloutOf, rolloutsOf } from './rollouts.js';

/** A blue/green rollout ends as if nothing had happened, whenever its controller is ended and another one begins. */
let cluster: Cluster;
let service: ServingAssay;
let store: RecordingServer;

beforeAll(async () => {
  [cluster, store] = await Promise.all([startCluster({ pods: true }), startRecordingServer()]);
  service = await startService();
  store.answer(({ target }) => ({ body: `{"value": ${target.endsWith('bad') ? 2 : 1}}` }));
}, 120_000);
afterAll(async () => {
  await service.close();
  await store.close();
  await cluster.stop();
});

const GROUP = '/apis/argoproj.io/v1alpha1/namespaces';

/** A namespace with what a blue/green rollout names. */
async function prepare(namespace: string): Promise<void> {
  await cluster.createNamespace(namespace);
  for (const name of ['active', 'preview'])
    await cluster.call('POST', `/api/v1/namespaces/${namespace}/services`, {
      metadata: { name },
      spec: { selector: { app: 'checkout' }, ports: [{ port: 80 }] },
    });
  for (const name of ['good', 'bad'])
    await cluster.call('POST', `${GROUP}/${namespace}/analysistemplates`, {
      ...{ apiVersion: 'argoproj.io/v1alpha1', kind: 'AnalysisTemplate', metadata: { name } },
      spec: {
        metrics: [
          {
            ...{ name, successCondition: 'result == 1', count: 3, interval: '400ms' },
            provider: { web: { url: `${store.url}/${namespace}/${name}`, jsonPath: '{$.value}' } },
          },
        ],
      },
    });
}

/**
 * What there is to see of a step: a change of it is another one. How far a run has come is told now and then only; that the first
 * one has begun is told with what goes before it, when its pods became ready while no controller looked.
 */
const stepOf = ({ phase, stableRS, abort, pauseConditions, blueGreen = {} }: RolloutStatus): string =>
  JSON.stringify({
    ...{ phase, stableRS, abort, pauses: pauseConditions?.map(({ reason }) => reason) },
    ...{ active: blueGreen.activeSelector, preview: blueGreen.previewSelector },
    isTested: blueGreen.scaleUpPreviewCheckPoint,
    before: (blueGreen.prePromotionAnalysisRunStatus?.status ?? '').replace(/Pending|Running/, ''),
    after: blueGreen.postPromotionAnalysisRunStatus?.status.replace(/Pending|Running/, ''),
  });

/** What is there in the end, without times. */
interface End {
  /** After each of them a restless controller was another one. */
  readonly steps: readonly string[];
  readonly state: unknown;
}

/** Has a second version go through its analyses, and says how it ends. */
async function goThrough(
  namespace: string,
  { after, isRestless }: { readonly after: 'good' | 'bad'; readonly isRestless: boolean },
): Promise<End> {
  await prepare(namespace);
  const rollouts = rolloutsOf(cluster, namespace);
  const begin = (): Promise<RunningController> => startControllerOf(cluster, service.url, { namespace });
  let controller = await begin();
  let restarting = Promise.resolve();
  const steps: string[] = [];
  const onStatus = (status: RolloutStatus): void => {
    const step = stepOf(status);
    if (step === steps.at(-1)) return;
    steps.push(step);
    if (!isRestless) return;
    restarting = restarting.then(async () => {
      await controller.stop();
      controller = await begin();
    });
  };
  const analysis = (templateName: string) => ({ templates: [{ templateName }] });
  const strategy = {
    ...{ activeService: 'active', previewService: 'preview', previewReplicaCount: 1 },
    ...{ autoPromotionSeconds: 1, scaleDownDelaySeconds: 3, abortScaleDownDelaySeconds: 3 },
    ...{ prePromotionAnalysis: analysis('good'), postPromotionAnalysis: analysis(after) },
  };
  await rollouts.create(rolloutOf('checkout', 2, { blueGreen: strategy }));
  await rollouts.until('checkout', 'the first version is healthy', ({ phase }) => phase === 'Healthy');
  const record = await recordRollout(cluster.kubeconfig, namespace, 'checkout', onStatus);
  await rollouts.setImage('checkout', 'app:2');
  const [phase, sizes] =
    after === 'good'
      ? (['Healthy', { '1': 0, '2': 2 }] as const)
      : (['Degraded', { '1': 2, '2': 0 }] as const);
  await rollouts.until('checkout', `it is ${phase}`, (status) => status.phase === phase, 60_000);
  await rollouts.untilSizes('checkout', sizes);
  const status = await rollouts.until('checkout', 'its old pods are gone', ({ replicas }) => replicas === 2);
  await eventually('the record has come to it', () =>
    record.statuses.at(-1)?.replicas === 2 && steps.at(-1) === stepOf(status) ? true : undefined,
  );
  await record.end();
  await restarting;
  await controller.stop();
  return { steps, state: await stateOf(namespace, status) };
}

async function stateOf(namespace: string, status: RolloutStatus): Promise<unknown> {
  const { items: runs } = (await cluster.call('GET', `${GROUP}/${namespace}/analysisruns`)) as {
    items: readonly AnalysisRun[];
  };
  const { items: services } = (await cluster.call('GET', `/api/v1/namespaces/${namespace}/services`)) as {
    items: readonly { metadata: { name: string }; spec: { selector: unknown } }[];
  };
  const { conditions = [], availableReplicas, updatedReplicas, stableRS, currentPodHash } = status;
  return {
    ...{ availableReplicas, updatedReplicas, stableRS, currentPodHash, step: stepOf(status) },
    conditions: conditions.map(({ type, status: is, reason }) => `${type} ${is} ${reason}`).toSorted(),
    runs: runs.map((run) => `${run.metadata?.labels?.['rollout-type'] ?? ''} ${run.status?.phase ?? ''}`),
    services: services.map(({ metadata, spec }) => [metadata.name, spec.selector]),
    measured: ['good', 'bad'].map((name) =>
      [name, store.requests.filter(({ target }) => target === `/${namespace}/${name}`).length].join(' '),
    ),
  };
}

it.each(['good', 'bad'] as const)(
  'after the promotion it is %s',
  async (after) => {
    const [calm, restless] = await Promise.all([
      goThrough(`calm-${after}`, { after, isRestless: false }),
      goThrough(`restless-${after}`, { after, isRestless: true }),
    ]);
    expect(restless).toEqual(calm);
    expect(calm.steps.length).toBeGreaterThan(7);
  },
  120_000,
);
