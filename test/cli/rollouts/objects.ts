/** Hand-written objects of a Rollout as an API server stores them. `uids` stands in for what the server makes up. */
const HASH = 'rollouts-pod-template-hash';

/** A canary at the second of four steps: stable revision 1, canary revision 2, an analysis with a Job for it. */
export const CANARY = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Rollout',
  metadata: { name: 'guestbook', namespace: 'shop', generation: 1 },
  spec: {
    replicas: 4,
    selector: { matchLabels: { app: 'guestbook' } },
    template: {
      metadata: { labels: { app: 'guestbook' } },
      spec: { containers: [{ name: 'app', image: 'shop/app:2' }] },
    },
    strategy: {
      canary: { steps: [{ setWeight: 25 }, { pause: {} }, { setWeight: 50 }, { pause: { duration: 60 } }] },
    },
  },
  status: {
    ...{ phase: 'Paused', message: 'CanaryPauseStep', observedGeneration: '1' },
    ...{ currentStepIndex: 1, currentPodHash: 'two', stableRS: 'one', controllerPause: true },
    pauseConditions: [{ reason: 'CanaryPauseStep', startTime: '2026-01-01T00:00:00Z' }],
    ...{ replicas: 4, updatedReplicas: 1, readyReplicas: 4, availableReplicas: 4 },
  },
};

/** A blue/green Rollout before its switch. */
export const BLUE_GREEN = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Rollout',
  metadata: { name: 'cart', namespace: 'shop', generation: 1 },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: 'cart' } },
    template: {
      metadata: { labels: { app: 'cart' } },
      spec: { containers: [{ name: 'app', image: 'shop/cart:2' }] },
    },
    strategy: { blueGreen: { activeService: 'cart', previewService: 'cart-preview' } },
  },
  status: {
    ...{ phase: 'Paused', message: 'BlueGreenPause', observedGeneration: '1', controllerPause: true },
    pauseConditions: [{ reason: 'BlueGreenPause', startTime: '2026-01-01T00:00:00Z' }],
    ...{ currentPodHash: 'green', stableRS: 'blue' },
    blueGreen: { activeSelector: 'blue', previewSelector: 'green' },
    ...{ replicas: 2, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 },
  },
};

const owner = (kind: string, name: string, uid: string) => [
  { apiVersion: kind === 'Rollout' ? 'argoproj.io/v1alpha1' : 'apps/v1', kind, name, uid, controller: true },
];

/** What a ReplicaSet of the tests is made of. */
interface Version {
  readonly app: string;
  readonly hash: string;
  readonly revision: number;
  readonly image: string;
  readonly replicas: number;
  readonly available: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A version of a Rollout. */
export function replicaSet(rolloutUid: string, version: Version) {
  const { app, hash, revision, image, replicas, available, annotations = {} } = version;
  const labels = { app, [HASH]: hash };
  return {
    ...{ apiVersion: 'apps/v1', kind: 'ReplicaSet' },
    metadata: {
      ...{ name: `${app}-${hash}`, namespace: 'shop', generation: 1, labels },
      annotations: { 'rollout.argoproj.io/revision': String(revision), ...annotations },
      ownerReferences: owner('Rollout', app, rolloutUid),
    },
    spec: {
      ...{ replicas, selector: { matchLabels: labels } },
      template: { metadata: { labels }, spec: { containers: [{ name: 'app', image }] } },
    },
    status: { replicas, readyReplicas: available, availableReplicas: available, observedGeneration: 1 },
  };
}

/** A pod of a ReplicaSet. @param status of the pod. */
export const pod = (name: string, set: string, setUid: string, status: unknown) => ({
  ...{ apiVersion: 'v1', kind: 'Pod' },
  metadata: { name, namespace: 'shop', ownerReferences: owner('ReplicaSet', set, setUid) },
  spec: { containers: [{ name: 'app', image: 'shop/app' }] },
  status,
});

/** Status of a pod that serves. */
export const SERVING = (restartCount = 0) => ({
  phase: 'Running',
  containerStatuses: [
    {
      ...{ name: 'app', ready: true, restartCount, image: 'shop/app', imageID: '' },
      state: { running: { startedAt: '2026-01-01T00:00:00Z' } },
    },
  ],
});

/** Status of a pod whose image can not be had. */
export const WITHOUT_IMAGE = {
  phase: 'Pending',
  containerStatuses: [
    {
      ...{ name: 'app', ready: false, restartCount: 0, image: 'shop/app', imageID: '' },
      state: { waiting: { reason: 'ImagePullBackOff', message: 'no such image' } },
    },
  ],
};

/** A running analysis of revision 2 with two good measurements, a bad one, one Error, and a Job. */
export const analysisRun = (rolloutUid: string, startedAt: string) => ({
  ...{ apiVersion: 'argoproj.io/v1alpha1', kind: 'AnalysisRun' },
  metadata: {
    ...{ name: 'guestbook-two-2-1', namespace: 'shop' },
    annotations: { 'rollout.argoproj.io/revision': '2' },
    ownerReferences: owner('Rollout', 'guestbook', rolloutUid),
  },
  spec: {
    metrics: [{ name: 'smoke', provider: { web: { url: 'http://127.0.0.1/' } } }],
  },
  status: {
    phase: 'Running',
    metricResults: [
      {
        ...{ name: 'smoke', phase: 'Running', count: 3, successful: 2, failed: 1, error: 1 },
        measurements: [
          { phase: 'Successful', startedAt, finishedAt: startedAt, metadata: { 'job-name': 'smoke-job' } },
        ],
      },
    ],
  },
});
