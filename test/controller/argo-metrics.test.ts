import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import type { Rollout } from '../../schemas/index.js';
import { createArgoMetrics } from '../../service/controller/argo-metrics.js';

const rollout = (spec: Rollout['spec'], status: Rollout['status'] = {}): Rollout => ({
  metadata: { namespace: 'shop', name: 'checkout' },
  ...{ spec, status },
});
const condition = (type: string, reason: string) => ({
  ...{ type, reason, status: 'True', message: '', lastTransitionTime: '', lastUpdateTime: '' },
});

async function infoOf(object: Rollout): Promise<string | undefined> {
  const registry = new Registry();
  const metrics = createArgoMetrics(registry);
  metrics.observe({ rollouts: () => [object], experiments: () => [] });
  metrics.refresh();
  const text = await registry.metrics();
  return /^rollout_info\{(?:namespace="shop",name="checkout",)(.*)\} 1$/m.exec(text)?.[1];
}

it.each([
  ['InvalidSpec', [condition('Progressing', 'RolloutPaused'), condition('InvalidSpec', 'InvalidSpec')]],
  ['Completed', [condition('Progressing', 'NewReplicaSetAvailable')]],
  ['Paused', [condition('Progressing', 'RolloutPaused')]],
  ['Error', [condition('Progressing', 'ReplicaSetCreateError')]],
  ['Timeout', [condition('Progressing', 'ProgressDeadlineExceeded')]],
  ['Abort', [condition('Progressing', 'RolloutAborted')]],
  ['Progressing', []],
])('a Rollout is in the phase %s', async (phase, conditions) => {
  expect(await infoOf(rollout({ strategy: { canary: {} } }, { conditions }))).toBe(
    `strategy="canary",traffic_router="",phase="${phase}"`,
  );
});

it("strategies and routers have Argo Rollouts' words", async () => {
  const trafficRouting = { nginx: { stableIngress: 'shop' }, smi: {} };
  expect(await infoOf(rollout({ strategy: { canary: { trafficRouting } } }))).toContain(
    'strategy="canary",traffic_router="SMI"',
  );
  expect(await infoOf(rollout({ strategy: { blueGreen: { activeService: 'a' } } }))).toContain(
    'strategy="blueGreen",traffic_router=""',
  );
  expect(await infoOf(rollout({}))).toContain('strategy="none"');
});

it('what is gone is told of no more, nor anything by a replica that does not lead', async () => {
  const registry = new Registry();
  const metrics = createArgoMetrics(registry);
  const object = { kind: 'Experiment', namespace: 'shop', name: 'try' } as const;
  metrics.observe({
    rollouts: () => [rollout({})],
    experiments: () => [{ namespace: 'shop', name: 'try', phase: 'Running' }],
  });
  metrics.reconciled(object, 0.2);
  metrics.failedOn(object);
  metrics.refresh();
  const before = await registry.metrics();
  for (const line of [
    'experiment_info{namespace="shop",name="try",phase="Running"} 1',
    'experiment_phase{namespace="shop",name="try",phase="Failed"} 0',
    'experiment_reconcile_bucket{le="0.25",namespace="shop",name="try"} 1',
    'experiment_reconcile_error{namespace="shop",name="try"} 1',
    'rollout_info_replicas_desired{namespace="shop",name="checkout"} 1',
  ])
    expect(before.split('\n')).toContain(line);
  metrics.gone(object);
  metrics.observe(undefined);
  metrics.refresh();
  expect(await registry.metrics()).not.toMatch(/namespace="shop"/);
});

it('what was counted of a Rollout goes with it, so that names that come and go do not add up', async () => {
  const registry = new Registry();
  const metrics = createArgoMetrics(registry);
  const [gone, stays] = [
    { kind: 'Rollout', namespace: 'shop', name: 'preview-1' },
    { kind: 'Rollout', namespace: 'shop', name: 'checkout' },
  ] as const;
  for (const object of [gone, stays]) {
    for (const reason of ['RolloutUpdated', 'RolloutPaused'])
      metrics.told(object, { type: 'Normal', reason });
    for (const isDelivered of [true, false])
      metrics.notified({ ...object, service: 'slack', trigger: 'on-rollout-aborted', isDelivered });
  }
  const linesOf = async (name: string): Promise<readonly string[]> =>
    (await registry.metrics()).split('\n').filter((line) => line.includes(`name="${name}"`));
  expect(await linesOf('preview-1')).toHaveLength(4);
  metrics.gone(gone);
  expect(await linesOf('preview-1')).toEqual([]);
  expect(await linesOf('checkout')).toHaveLength(4);
});
