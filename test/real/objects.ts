import type { Rollout } from '../../schemas/index.js';
import { imageOf } from './images.js';

/** The namespace of all that is released. */
export const NAMESPACE = 'shop';

/** Pods of a version. They are asked until they are ready, and serve on for a moment when they end, while the gateway learns of it. */
export const podsOf = (app: string, version: string): unknown => ({
  metadata: { labels: { app } },
  spec: {
    ...{ automountServiceAccountToken: false, terminationGracePeriodSeconds: 10 },
    containers: [
      {
        ...{ name: 'sample', image: imageOf(version), ports: [{ name: 'http', containerPort: 8080 }] },
        readinessProbe: { httpGet: { path: '/healthz', port: 'http' }, periodSeconds: 1 },
        lifecycle: { preStop: { sleep: { seconds: 3 } } },
      },
    ],
  },
});

/** A Service of the pods of an app. */
export const serviceOf = (name: string, app: string): unknown => ({
  metadata: { name },
  spec: { selector: { app }, ports: [{ port: 80, targetPort: 'http' }] },
});

/** A route of a host to Services, the first of which has all requests. */
export const routeOf = (name: string, host: string, services: readonly string[]): unknown => ({
  ...{ apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', metadata: { name } },
  spec: {
    ...{ parentRefs: [{ name: 'gateway' }], hostnames: [host] },
    rules: [
      {
        backendRefs: services.map((service, index) => ({
          ...{ name: service, port: 80, weight: index === 0 ? 100 : 0 },
        })),
      },
    ],
  },
});

/** A template that asks Prometheus for the share of errors and the latency of the pods with a hash. */
export function qualityTemplate(prometheus: string): unknown {
  const metric = (name: string, successCondition: string, query: string): unknown => ({
    ...{ name, successCondition, interval: '1s', initialDelay: '2s', count: '{{args.count}}' },
    provider: { prometheus: { address: prometheus, query } },
  });
  const rate = (name: string, labels = ''): string => `sum(rate(${name}{hash="{{args.hash}}"${labels}}[4s]))`;
  const buckets = 'sum by (le) (rate(http_request_duration_seconds_bucket{hash="{{args.hash}}"}[4s]))';
  return {
    ...{ apiVersion: 'argoproj.io/v1alpha1', kind: 'AnalysisTemplate', metadata: { name: 'quality' } },
    spec: {
      args: [{ name: 'hash' }, { name: 'count' }],
      metrics: [
        metric(
          'error-share',
          'result[0] <= 0.05',
          `${rate('http_requests_total', ',code=~"5.."')} / ${rate('http_requests_total')}`,
        ),
        metric('p95-seconds', 'result[0] <= 0.25', `histogram_quantile(0.95, ${buckets})`),
      ],
    },
  };
}

/** Runs the template against the new pods; without `count` until it is ended. */
const qualityOf = (count?: number) => ({
  templates: [{ templateName: 'quality' }],
  args: [
    { name: 'hash', valueFrom: { podTemplateHashValue: 'Latest' as const } },
    { name: 'count', value: String(count ?? 0) },
  ],
});

type Strategy = NonNullable<Rollout['spec']['strategy']>;

const rolloutOf = (name: string, version: string, replicas: number, strategy: Strategy): unknown => ({
  ...{ apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', metadata: { name } },
  spec: {
    ...{ replicas, selector: { matchLabels: { app: name } }, template: podsOf(name, version) },
    strategy,
  },
});

/** Weights of the steps of {@link canary}. */
export const CANARY_WEIGHTS: readonly number[] = [20, 50, 80];

/** A canary that is warmed up without requests, and then is judged all the way. */
export function canary(name: string, version: string): unknown {
  const steps = CANARY_WEIGHTS.flatMap((setWeight) => [
    ...[{ setWeight }, { setCanaryScale: { matchTrafficWeight: true } }, { pause: { duration: '8s' } }],
  ]);
  return rolloutOf(name, version, 3, {
    canary: {
      ...{ stableService: `${name}-stable`, canaryService: `${name}-canary` },
      trafficRouting: { plugins: { 'argoproj-labs/gatewayAPI': { httpRoute: name, namespace: NAMESPACE } } },
      ...{ scaleDownDelaySeconds: 5, abortScaleDownDelaySeconds: 5 },
      // Prometheus looks for new pods each few seconds.
      steps: [
        { setCanaryScale: { replicas: 1 } },
        { pause: { duration: '7s' } },
        ...steps,
        { analysis: qualityOf(3) },
      ],
      analysis: { ...qualityOf(), startingStep: 3 },
    },
  });
}

/** A blue/green release that is judged by requests to its preview, and once more by those of users. */
export const blueGreen = (name: string, version: string): unknown =>
  rolloutOf(name, version, 2, {
    blueGreen: {
      ...{ activeService: `${name}-active`, previewService: `${name}-preview` },
      ...{ scaleDownDelaySeconds: 5, abortScaleDownDelaySeconds: 5 },
      ...{ prePromotionAnalysis: qualityOf(5), postPromotionAnalysis: qualityOf(3) },
    },
  });
