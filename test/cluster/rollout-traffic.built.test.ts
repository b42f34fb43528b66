import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { ServingAssay } from '../../service/cli/index.js';
import type { RunningController } from '../../service/controller/index.js';
import { eventually } from '../support/eventually.js';
import { startPrometheus, type TestPrometheus } from '../support/prometheus.js';
import { type Cluster, startCluster, startControllerOf, startService } from './cluster.js';
import { canaryOf, type Rollouts, rolloutOf, rolloutsOf } from './rollouts.js';

const ROUTES = readFileSync(
  new URL('crds/httproutes.gateway.networking.k8s.io.yaml', import.meta.url),
  'utf8',
);

let cluster: Cluster;
let service: ServingAssay;
let prometheus: TestPrometheus;
let rollouts: Rollouts;
let controller: RunningController;
let namespace = '';
let namespaces = 0;

beforeAll(async () => {
  cluster = await startCluster({ pods: true });
  await cluster.call('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', parse(ROUTES));
  await eventually('routes are served', () =>
    cluster.call('GET', '/apis/gateway.networking.k8s.io/v1/httproutes'),
  );
  service = await startService();
  prometheus = await startPrometheus([]);
}, 120_000);
afterAll(async () => {
  await prometheus.stop();
  await service.close();
  await cluster.stop();
});
beforeEach(async () => {
  namespace = `traffic-${++namespaces}`;
  await cluster.createNamespace(namespace);
  rollouts = rolloutsOf(cluster, namespace);
  for (const name of ['stable', 'canary']) await createService(name);
  controller = await startControllerOf(cluster, service.url, { namespace });
});
afterEach(async () => {
  await controller.stop();
});

const createService = async (name: string): Promise<void> => {
  await cluster.call('POST', `/api/v1/namespaces/${namespace}/services`, {
    metadata: { name },
    spec: { selector: { app: 'checkout' }, ports: [{ port: 80 }] },
  });
};

/** A template that asks Prometheus for a number that is good if it is 1. */
const createTemplate = async (value: number): Promise<void> => {
  await cluster.call('POST', `/apis/argoproj.io/v1alpha1/namespaces/${namespace}/analysistemplates`, {
    ...{ apiVersion: 'argoproj.io/v1alpha1', kind: 'AnalysisTemplate', metadata: { name: 'success' } },
    spec: {
      metrics: [
        {
          ...{ name: 'success', successCondition: 'result[0] == 1' },
          provider: { prometheus: { address: prometheus.url, query: `vector(${value})` } },
        },
      ],
    },
  });
};

const ingresses = (name: string): string =>
  `/apis/networking.k8s.io/v1/namespaces/${namespace}/ingresses${name}`;

/** Weight of the canary Ingress that the controller makes. */
async function canaryWeight(): Promise<string | undefined> {
  const ingress = (await cluster.call('GET', ingresses('/checkout-shop-canary'))) as {
    metadata: { annotations: Readonly<Record<string, string>> };
  };
  return ingress.metadata.annotations['nginx.ingress.kubernetes.io/canary-weight'];
}

/** Hash of the pods that the active Service selects. */
const activeHash = async (): Promise<string | undefined> => {
  const active = (await cluster.call('GET', `/api/v1/namespaces/${namespace}/services/stable`)) as {
    spec: { selector: Readonly<Record<string, string>> };
  };
  return active.spec.selector['rollouts-pod-template-hash'];
};

describe('a canary behind nginx, judged by Prometheus', () => {
  const begin = async (value: number): Promise<void> => {
    await createTemplate(value);
    const service = { name: 'stable', port: { number: 80 } };
    const paths = [{ path: '/', pathType: 'Prefix', backend: { service } }];
    await cluster.call('POST', ingresses(''), {
      metadata: { name: 'shop' },
      spec: { rules: [{ host: 'shop.example', http: { paths } }] },
    });
    await rollouts.create(
      canaryOf('checkout', {
        ...{ replicas: 2, stableService: 'stable', canaryService: 'canary' },
        trafficRouting: { nginx: { stableIngress: 'shop' } },
        steps: [{ setWeight: 30 }, { pause: {} }, { analysis: { templates: [{ templateName: 'success' }] } }],
      }),
    );
    await rollouts.until('checkout', 'the first version is healthy', ({ phase }) => phase === 'Healthy');
    await rollouts.setImage('checkout', 'app:2');
    await rollouts.until('checkout', 'the step pauses', ({ phase }) => phase === 'Paused');
    expect(await canaryWeight()).toBe('30');
    await rollouts.promote('checkout');
  };

  it('is promoted when it is good', async () => {
    await begin(1);
    await rollouts.until('checkout', 'the second version is healthy', ({ phase }) => phase === 'Healthy');
    await eventually('no traffic is left for the canary', async () =>
      (await canaryWeight()) === '0' ? true : undefined,
    );
    expect((await rollouts.sizes('checkout'))['2']).toBe(2);
  });

  it('is rolled back when it is bad: its traffic first, and then its pods', async () => {
    await begin(0);
    const status = await rollouts.until('checkout', 'it is degraded', ({ phase }) => phase === 'Degraded');
    expect(status.message).toContain('Metric "success" assessed Failed');
    await eventually('no traffic is left for the canary', async () =>
      (await canaryWeight()) === '0' ? true : undefined,
    );
    // They stay for abortScaleDownDelaySeconds, 30 s.
    expect(await rollouts.sizes('checkout')).toMatchObject({ '1': 2, '2': 1 });
  });
});

describe('a canary behind a Gateway, judged by Prometheus', () => {
  const routes = (name = ''): string =>
    `/apis/gateway.networking.k8s.io/v1/namespaces/${namespace}/httproutes${name}`;
  /** Weights of the stable and the canary Service in the route. */
  const weights = async (): Promise<readonly (number | undefined)[]> => {
    const { spec } = (await cluster.call('GET', routes('/shop'))) as {
      spec: { rules: { backendRefs: { name: string; weight?: number }[] }[] };
    };
    const refs = spec.rules.flatMap(({ backendRefs }) => backendRefs);
    return ['stable', 'canary'].map((name) => refs.find((ref) => ref.name === name)?.weight);
  };
  const begin = async (value: number): Promise<void> => {
    await createTemplate(value);
    const backendRefs = ['stable', 'canary'].map((name) => ({ name, port: 80 }));
    await cluster.call('POST', routes(), {
      ...{ apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', metadata: { name: 'shop' } },
      spec: { parentRefs: [{ name: 'gateway' }], rules: [{ backendRefs }] },
    });
    await rollouts.create(
      canaryOf('checkout', {
        ...{ replicas: 2, stableService: 'stable', canaryService: 'canary' },
        trafficRouting: { plugins: { 'argoproj-labs/gatewayAPI': { httpRoute: 'shop', namespace } } },
        steps: [{ setWeight: 40 }, { pause: {} }, { analysis: { templates: [{ templateName: 'success' }] } }],
      }),
    );
    await rollouts.until('checkout', 'the first version is healthy', ({ phase }) => phase === 'Healthy');
    await rollouts.setImage('checkout', 'app:2');
    await rollouts.until('checkout', 'the step pauses', ({ phase }) => phase === 'Paused');
    expect(await weights()).toEqual([60, 40]);
    await rollouts.promote('checkout');
  };
  const untilAllIsStable = (): Promise<true> =>
    eventually('all traffic is for the stable version', async () =>
      JSON.stringify(await weights()) === '[100,0]' ? true : undefined,
    );

  it('is promoted when it is good', async () => {
    await begin(1);
    await rollouts.until('checkout', 'the second version is healthy', ({ phase }) => phase === 'Healthy');
    await untilAllIsStable();
  });

  it('is rolled back when it is bad: its traffic first, and then its pods', async () => {
    await begin(0);
    await rollouts.until('checkout', 'it is degraded', ({ phase }) => phase === 'Degraded');
    await untilAllIsStable();
    expect(await rollouts.sizes('checkout')).toMatchObject({ '1': 2, '2': 1 });
  });
});

describe('a blue/green rollout with an analysis after the promotion', () => {
  it('is switched back when it is bad', async () => {
    await createTemplate(0);
    await rollouts.create(
      rolloutOf('checkout', 1, {
        blueGreen: {
          activeService: 'stable',
          postPromotionAnalysis: { templates: [{ templateName: 'success' }] },
        },
      }),
    );
    const { stableRS: first = '' } = await rollouts.until(
      'checkout',
      'the first version is healthy',
      ({ phase }) => phase === 'Healthy',
    );
    await rollouts.setImage('checkout', 'app:2');
    await rollouts.until('checkout', 'it is degraded', ({ phase }) => phase === 'Degraded');
    await eventually('the first version has the traffic again', async () =>
      (await activeHash()) === first ? true : undefined,
    );
    const switches = async (): Promise<readonly string[]> =>
      (await cluster.events(namespace, 'checkout')).filter((event) => event.includes(`from '${first}'`));
    await expect.poll(switches, { timeout: 20_000 }).toHaveLength(1);
  });
});

describe('a blue/green rollout with an analysis before the promotion', () => {
  const begin = async (value: number): Promise<string> => {
    await createTemplate(value);
    await rollouts.create(
      rolloutOf('checkout', 1, {
        blueGreen: {
          ...{ activeService: 'stable', previewService: 'canary' },
          prePromotionAnalysis: { templates: [{ templateName: 'success' }] },
        },
      }),
    );
    const { stableRS = '' } = await rollouts.until(
      'checkout',
      'the first version is healthy',
      ({ phase }) => phase === 'Healthy',
    );
    await rollouts.setImage('checkout', 'app:2');
    return stableRS;
  };
  it('is promoted when it is good', async () => {
    const first = await begin(1);
    const status = await rollouts.until(
      'checkout',
      'the second version is healthy',
      ({ phase, stableRS }) => phase === 'Healthy' && stableRS !== first,
    );
    expect(await activeHash()).toBe(status.stableRS);
  });

  it('gets no traffic when it is bad', async () => {
    const first = await begin(0);
    await rollouts.until('checkout', 'it is degraded', ({ phase }) => phase === 'Degraded');
    expect(await activeHash()).toBe(first);
  });
});
