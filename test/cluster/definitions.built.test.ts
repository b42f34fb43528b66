import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACCEPTED } from '../schemas/fixtures/objects.js';
import { type Cluster, startCluster } from './cluster.js';
import { dryApply, type Manifest, readManifests } from './manifests.js';

/** The chart's custom resource definitions on a real API server. */
let cluster: Cluster;
const API = { apiVersion: 'argoproj.io/v1alpha1' };
const GROUP = '/apis/argoproj.io/v1alpha1';

beforeAll(async () => {
  cluster = await startCluster();
}, 120_000);
afterAll(async () => {
  await cluster.stop();
});

const rollout = (strategy: unknown): Manifest & { readonly spec: Record<string, unknown> } => ({
  ...{ ...API, kind: 'Rollout', metadata: { name: 'shop', namespace: 'default' } },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: 'shop' } },
    template: {
      metadata: { labels: { app: 'shop' } },
      spec: { containers: [{ name: 'shop', image: 'shop:1', ports: [{ containerPort: 80 }] }] },
    },
    strategy,
  },
});
const CANARY = {
  canary: {
    ...{ canaryService: 'canary', stableService: 'stable', maxSurge: '25%', maxUnavailable: 0 },
    trafficRouting: {
      nginx: { stableIngress: 'main' },
      plugins: { 'argoproj-labs/gatewayAPI': { httpRoute: 'r' } },
    },
    analysis: {
      ...{ templates: [{ templateName: 'rate', clusterScope: true }], startingStep: 2 },
      args: [
        { name: 'hash', valueFrom: { podTemplateHashValue: 'Latest' } },
        { name: 'region', valueFrom: { fieldRef: { fieldPath: "metadata.labels['region']" } } },
      ],
    },
    steps: [
      { setWeight: 20 },
      { pause: {} },
      { pause: { duration: 10 } },
      { pause: { duration: '1h' } },
      { setHeaderRoute: { name: 'h', match: [{ headerName: 'x', headerValue: { exact: 'y' } }] } },
      { setMirrorRoute: { name: 'm', percentage: 35, match: [{ headers: { agent: { prefix: 'a' } } }] } },
      { plugin: { name: 'p', config: { any: ['thing', 1] } } },
      { experiment: { duration: '5m', templates: [{ name: 'a', specRef: 'canary' }] } },
    ],
  },
};

/** What a program prints; rejects with what it complains of. */
function run(program: string, args: readonly string[], input: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(program, [...args], (error, out, complaints) => {
      if (error === null) resolve(out);
      else reject(new Error(complaints, { cause: error }));
    });
    child.stdin?.end(input);
  });
}

describe('the custom resource definitions accept', () => {
  it('every template of the examples, with no field lost', async () => {
    const examples = readManifests(new URL('../../examples', import.meta.url).pathname);
    expect(examples.length).toBeGreaterThan(10);
    for (const [name, manifest] of examples)
      expect([name, await dryApply(cluster, manifest)]).toEqual([name, 'accepted']);
  });

  it.each(Object.entries(ACCEPTED).filter(([name]) => !name.includes('null')))(
    '%s',
    async (_name, object) => {
      const manifest = object as Manifest;
      const metadata = { ...manifest.metadata, namespace: 'default' };
      const whole = { ...manifest, ...API, kind: 'AnalysisTemplate', metadata };
      expect(await dryApply(cluster, whole)).toBe('accepted');
    },
  );

  it('every recorded run of the reference', async () => {
    const recorded = readFileSync(new URL('../vectors/runs.json', import.meta.url), 'utf8');
    const { scenarios } = JSON.parse(recorded) as { scenarios: { id: string; spec: unknown }[] };
    const objects = scenarios.map(({ id, spec }) => [id, { ...API, kind: 'AnalysisRun', spec }] as const);
    expect(objects.length).toBeGreaterThan(100);
    const refused = [];
    for (const [id, object] of objects) {
      const applied = await dryApply(cluster, object);
      if (applied !== 'accepted') refused.push([id, applied]);
    }
    expect(refused).toEqual([]);
  });

  it('a canary and a blue/green Rollout', async () => {
    expect(await dryApply(cluster, rollout(CANARY))).toBe('accepted');
    const blueGreen = { activeService: 'a', previewService: 'p', autoPromotionEnabled: false };
    expect(await dryApply(cluster, rollout({ blueGreen }))).toBe('accepted');
  });
});

describe('the API server', () => {
  it('refuses what is no object of its kind', async () => {
    const misspelt = {
      ...API,
      kind: 'AnalysisTemplate',
      spec: { metrics: [{ name: 'm', provider: {}, intervall: '5m' }] },
    };
    expect(await dryApply(cluster, misspelt)).toMatchObject({
      refused: expect.stringContaining('unknown field \\"spec.metrics[0].intervall\\"') as unknown,
    });
    const nameless = { ...API, kind: 'AnalysisRun', spec: { metrics: [{ provider: {} }] } };
    expect(await dryApply(cluster, nameless)).toMatchObject({
      refused: expect.stringContaining('spec.metrics[0].name: Required value') as unknown,
    });
  });

  it('refuses a moment that is none, as typed clients could not list any Rollouts any more', async () => {
    const { spec, ...rest } = rollout(CANARY);
    expect(
      await dryApply(cluster, { ...rest, spec: { ...spec, restartAt: 'soon' } } as Manifest),
    ).toMatchObject({
      refused: expect.stringContaining('spec.restartAt: Invalid value') as unknown,
    });
  });

  it('merges what several apply of the pods of a Rollout, with no field lost', async () => {
    const metadata = { name: 'merged', namespace: 'default' };
    const apply = async (manager: string, containers: readonly object[]): Promise<unknown> => {
      const spec = { template: { spec: { containers, ofALaterKubernetes: [{ a: 1 }] } } };
      const object = JSON.stringify({ ...API, kind: 'Rollout', metadata, spec });
      const args = ['apply', '--server-side', '--field-manager', manager, '-f', '-', '-o', 'json'];
      return JSON.parse(await run('kubectl', ['--kubeconfig', cluster.kubeconfig, ...args], object));
    };
    const app = {
      ...{ name: 'app', image: 'app:1', ports: [{ containerPort: 80 }], ofALaterKubernetes: { b: [2] } },
      ...{ env: [{ name: 'MODE', value: 'live' }], volumeMounts: [{ mountPath: '/tmp', name: 'tmp' }] },
    };
    const sum = { name: 'SUM', value: '1' };
    const proxy = { name: 'proxy', image: 'proxy:1' };
    await apply('gitops', [app]);
    await apply('reloader', [{ name: 'app', env: [sum] }, proxy]);
    expect(await apply('gitops', [{ ...app, image: 'app:2' }])).toMatchObject({
      spec: {
        template: {
          spec: {
            containers: [{ ...app, image: 'app:2', env: [...app.env, sum] }, proxy],
            ofALaterKubernetes: [{ a: 1 }],
          },
        },
      },
    });
  });

  it('does not take a status from whoever creates a run', async () => {
    const forged = { spec: { metrics: [] }, status: { phase: 'Successful' as const } };
    expect((await cluster.createRun('default', 'forged', forged)).status).toBeUndefined();
  });

  it('scales a Rollout, and does not let it change its selector', async () => {
    const path = `${GROUP}/namespaces/default/rollouts`;
    await cluster.call('POST', path, rollout(CANARY));
    await cluster.call('PATCH', `${path}/shop/scale`, { spec: { replicas: 7 } });
    expect(await cluster.call('GET', `${path}/shop`)).toMatchObject({ spec: { replicas: 7 } });
    await expect(
      cluster.call('PATCH', `${path}/shop`, { spec: { selector: { matchLabels: { app: 'other' } } } }),
    ).rejects.toThrow('.spec.selector is immutable');
  });

  it('shows the columns of runs to kubectl', async () => {
    await cluster.createRun('default', 'shown', { spec: { metrics: [] } });
    await cluster.call('PATCH', `${GROUP}/namespaces/default/analysisruns/shown/status`, {
      status: { phase: 'Failed', message: 'why', runSummary: { count: 2, successful: 1, failed: 1 } },
    });
    const table = (await cluster.table(`${GROUP}/namespaces/default/analysisruns/shown`)) as {
      columnDefinitions: { name: string }[];
      rows: { cells: unknown[] }[];
    };
    const names = table.columnDefinitions.map(({ name }) => name);
    expect(names).toEqual(['Name', 'Status', 'Metrics', 'Successful', 'Message', 'Age']);
    expect(table.rows[0]?.cells.slice(0, 5)).toEqual(['shown', 'Failed', 2, 1, 'why']);
  });
});
