import { expect, it } from 'vitest';
import { Simulator } from './simulator.js';

/** The events of a Rollout, in the order in which Argo Rollouts' own end-to-end suite expects them. */

const reasons = (cluster: Simulator): readonly string[] =>
  cluster.events.map((event) => event.slice(0, event.indexOf(':')));

const STARTED = ['RolloutUpdated', 'NewReplicaSetCreated', 'RolloutNotCompleted', 'ScalingReplicaSet'];

it('a canary that is aborted, retried and promoted', () => {
  const cluster = new Simulator({
    replicas: 1,
    strategy: { canary: { steps: [{ setWeight: 50 }, { pause: { duration: '3s' } }] } },
  });
  cluster.settle();
  cluster.setImage('v2');
  cluster.settle();
  cluster.change({ status: { abort: true } });
  cluster.settle();
  cluster.change({ status: { abort: false } });
  cluster.settle();
  cluster.advance(4);
  cluster.settle();
  expect(reasons(cluster)).toEqual([
    ...['RolloutAddedToInformer', ...STARTED, 'RolloutCompleted'],
    ...[...STARTED, 'RolloutStepCompleted', 'RolloutPaused'],
    ...['ScalingReplicaSet', 'RolloutAborted'],
    ...['ScalingReplicaSet', 'RolloutStepCompleted', 'RolloutPaused'],
    ...['RolloutStepCompleted', 'RolloutResumed', 'ScalingReplicaSet', 'RolloutCompleted'],
  ]);
});

it('a blue/green rollout', () => {
  const cluster = new Simulator({ strategy: { blueGreen: { activeService: 'active' } } }, ['active']);
  cluster.settle();
  cluster.setImage('v2');
  cluster.settle();
  expect(reasons(cluster)).toEqual([
    ...['RolloutAddedToInformer', 'RolloutUpdated', 'NewReplicaSetCreated', 'ScalingReplicaSet'],
    ...['RolloutCompleted', 'SwitchService'],
    ...[...STARTED, 'SwitchService', 'RolloutCompleted'],
  ]);
});

it('quantities that are none are told, and pods are made without them', () => {
  const container = { name: 'shop', image: 'v1', resources: { requests: { memory: 'invalid', cpu: '1m' } } };
  const cluster = new Simulator({
    strategy: { canary: {} },
    template: {
      metadata: { labels: { app: 'shop' } },
      spec: { containers: [container], ephemeralContainers: [container] },
    },
  });
  cluster.settle();
  expect(cluster.rollout.status?.phase).toBe('Healthy');
  // Somebody has said how many pods: the template is theirs as well.
  expect(cluster.rollout.spec.template).toHaveProperty(
    'spec.containers[0].resources.requests.memory',
    'invalid',
  );
  expect(cluster.replicaSets[0]?.spec.template['spec']).toEqual({
    containers: [{ ...container, resources: { requests: { cpu: '1m' } } }],
  });
  expect(cluster.events.filter((event) => event.startsWith('UnreadableField'))).toEqual([
    'UnreadableField: template.spec.containers[0].resources.requests.memory is no quantity of Kubernetes, and pods are made without it: correct it',
    'UnreadableField: template.spec.ephemeralContainers[0].resources.requests.memory is no quantity of Kubernetes, and pods are made without it: correct it',
  ]);
});

it('the number of pods is written where there is none, and with it a template that typed clients can read', () => {
  const resources = { requests: { memory: 'invalid' }, limits: { memory: '1Gi' } };
  const cluster = new Simulator({
    ...{ replicas: undefined, strategy: { canary: {} } },
    template: {
      metadata: { labels: { app: 'shop' } },
      spec: {
        containers: [{ name: 'shop', image: 'v1', resources }],
        overhead: { cpu: 'much' },
        volumes: [{ name: 'cache', emptyDir: {} }],
      },
    },
  });
  cluster.settle();
  expect(cluster.rollout.spec.replicas).toBe(1);
  expect(cluster.rollout.spec.template).toEqual({
    metadata: { labels: { app: 'shop' } },
    spec: {
      containers: [{ name: 'shop', image: 'v1', resources: { requests: {}, limits: { memory: '1Gi' } } }],
      overhead: {},
      volumes: [{ name: 'cache', emptyDir: {} }],
    },
  });
  expect(cluster.rollout.status?.phase).toBe('Healthy');
});
