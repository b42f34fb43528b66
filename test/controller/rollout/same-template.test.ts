import { expect, it } from 'vitest';
import { sameTemplate } from '../../../service/controller/rollout/plan/same-template.js';
import type { Json, ReplicaSet } from '../../../service/controller/rollout/types.js';

const set = (template: Json): ReplicaSet => ({
  metadata: { name: 'shop-old' },
  spec: { selector: {}, template },
});

const probe = { httpGet: { port: 80 } };
const given = {
  metadata: { labels: { app: 'shop' } },
  spec: {
    containers: [
      {
        name: 'shop',
        image: 'shop',
        ports: [{ containerPort: 80 }],
        livenessProbe: probe,
        resources: { limits: { cpu: 1 } },
      },
    ],
    volumes: [{ name: 'c', configMap: { name: 'c' } }],
    serviceAccountName: 'shop',
  },
};

/** As the API server returns it in a ReplicaSet. */
const live = {
  metadata: { creationTimestamp: null, labels: { app: 'shop', 'rollouts-pod-template-hash': 'abc' } },
  spec: {
    containers: [
      {
        ...{
          name: 'shop',
          image: 'shop',
          imagePullPolicy: 'Always',
          terminationMessagePath: '/dev/termination-log',
        },
        ...{ terminationMessagePolicy: 'File', resources: { limits: { cpu: '1' }, requests: { cpu: '1' } } },
        ports: [{ containerPort: 80, protocol: 'TCP' }],
        livenessProbe: {
          httpGet: { path: '/', port: 80, scheme: 'HTTP' },
          ...{ timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 },
        },
      },
    ],
    volumes: [{ name: 'c', configMap: { name: 'c', defaultMode: 420 } }],
    ...{
      dnsPolicy: 'ClusterFirst',
      restartPolicy: 'Always',
      schedulerName: 'default-scheduler',
      securityContext: {},
    },
    ...{ terminationGracePeriodSeconds: 30, serviceAccountName: 'shop', serviceAccount: 'shop' },
  },
};

it('what the API server fills in is no other template', () => {
  expect(sameTemplate(set(live), given, {})).toBe(true);
});

it.each([
  [
    'an image',
    { ...live, spec: { ...live.spec, containers: [{ ...live.spec.containers[0], image: 'shop:2' }] } },
  ],
  ['a label', { ...live, metadata: { labels: { app: 'shop', tier: 'front' } } }],
  ['a policy', { ...live, spec: { ...live.spec, dnsPolicy: 'Default' } }],
])('%s is', (_what, other) => {
  expect(sameTemplate(set(other), given, {})).toBe(false);
});
