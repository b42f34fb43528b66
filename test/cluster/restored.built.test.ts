import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AnalysisRunSpec } from '../../schemas/index.js';
import type { ServingAssay } from '../../service/cli/index.js';
import type { RunningController } from '../../service/controller/index.js';
import { eventually } from '../support/eventually.js';
import { type RecordingServer, startRecordingServer } from '../support/recording-server.js';
import { type Cluster, startCluster, startControllerOf, startService } from './cluster.js';

let cluster: Cluster;
let store: RecordingServer;
let service: ServingAssay;
let controller: RunningController;
beforeAll(async () => {
  [cluster, store, service] = await Promise.all([startCluster(), startRecordingServer(), startService()]);
  store.answer(() => ({ body: '{"value": 1}' }));
  controller = await startControllerOf(cluster, service.url);
}, 120_000);
afterAll(async () => {
  await controller.stop();
  await service.close();
  await store.close();
  await cluster.stop();
});

const NAMESPACE = 'default';
/** @param count undefined: measured until somebody ends it. */
const spec = (count?: number): AnalysisRunSpec => ({
  metrics: [
    {
      ...{ name: 'value', successCondition: 'result == 1', interval: '500ms' },
      ...(count === undefined ? {} : { count }),
      provider: { web: { url: store.url, jsonPath: '{$.value}' } },
    },
  ],
});
const create = async (name: string, count?: number): Promise<string> => {
  const { metadata } = await cluster.createRun(NAMESPACE, name, { spec: spec(count) });
  return metadata?.uid ?? '';
};
/** The API server is asked again after up to 15 s. */
const GOES_ON_MS = 60_000;
const successful = (name: string) =>
  eventually(
    `${name} is Successful`,
    async () => {
      const { status } = await cluster.run(NAMESPACE, name);
      return status?.phase === 'Successful' ? true : undefined;
    },
    GOES_ON_MS,
  );
const statusOf = async (id: string): Promise<number> =>
  (await fetch(`${service.url}/v1/analysisruns/${id}`)).status;

it('objects of a cluster that was restored from a backup have the verdicts of their runs', async () => {
  await create('goes-on');
  await create('ends');
  for (const name of ['goes-on', 'ends']) await cluster.inPhase(NAMESPACE, name, 'Running');
  await cluster.backUp();
  await cluster.patchRun(NAMESPACE, 'ends', { spec: { terminate: true } });
  await cluster.inPhase(NAMESPACE, 'ends', 'Successful');
  const later = await create('later');
  await cluster.inPhase(NAMESPACE, 'later', 'Running');

  await cluster.restore();

  // The spec knows nothing of its end any more.
  expect((await cluster.run(NAMESPACE, 'ends')).spec.terminate).toBeUndefined();
  await successful('ends');
  await eventually(
    'what was created since is forgotten',
    async () => ((await statusOf(later)) === 404 ? true : undefined),
    GOES_ON_MS,
  );
  await create('new', 2);
  await successful('new');
  await cluster.patchRun(NAMESPACE, 'goes-on', { spec: { terminate: true } });
  await successful('goes-on');
});
