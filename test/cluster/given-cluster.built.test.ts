import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type ControlPlane, startControlPlane } from './control-plane/control-plane.js';
import { startRecordingServer } from '../support/recording-server.js';
import { startCluster, startControllerOf, startService } from './cluster.js';

/** The tests of this folder on a cluster that somebody gives them: here a control plane that was started before. */
let plane: ControlPlane;
beforeAll(async () => {
  plane = await startControlPlane();
  vi.stubEnv('ASSAY_TEST_KUBECONFIG', plane.kubeconfig);
}, 120_000);
afterAll(async () => {
  vi.unstubAllEnvs();
  await plane.stop();
});

const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const namesAt = async (path: string): Promise<readonly string[]> => {
  const { items } = (await plane.call('GET', path)) as { items: { metadata: { name: string } }[] };
  return items.map(({ metadata }) => metadata.name).sort();
};

it('is used instead of one of their own, and left as it was', async () => {
  const before = await namesAt('/api/v1/namespaces');
  const cluster = await startCluster();
  const service = await startService();
  const store = await startRecordingServer();
  store.answer([{ body: '{"value": 1}' }]);
  const controller = await startControllerOf(cluster, service.url);
  try {
    await cluster.createNamespace('guest');
    const provider = { web: { url: store.url, jsonPath: '{$.value}' } };
    const metrics = [{ name: 'm', successCondition: 'result == 1', provider }];
    await cluster.createRun('guest', 'measured', { spec: { metrics } });
    await cluster.inPhase('guest', 'measured', 'Successful');
    expect(await namesAt('/apis/argoproj.io/v1alpha1/analysisruns')).toEqual(['measured']);
    await expect(cluster.killApiServer()).rejects.toThrow('unset ASSAY_TEST_KUBECONFIG for this test');
  } finally {
    await controller.stop();
    await service.close();
    await store.close();
    await cluster.stop();
  }
  expect(await namesAt('/api/v1/namespaces')).toEqual(before);
  expect(await namesAt(DEFINITIONS)).toEqual([]);
}, 120_000);
