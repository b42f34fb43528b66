import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { ServingAssay } from '../../service/cli/index.js';
import { eventually } from '../support/eventually.js';
import { type Cluster, startCluster, startControllerOf, startService } from './cluster.js';
import { canaryOf, rolloutsOf } from './rollouts.js';

const ISTIO = ['virtualservices', 'destinationrules'];
const RULES = '/apis/networking.istio.io/v1alpha3/namespaces/default/destinationrules';
const SERVICES = '/apis/networking.istio.io/v1alpha3/namespaces/default/virtualservices';
const HASH = 'rollouts-pod-template-hash';

let cluster: Cluster;
let service: ServingAssay;

beforeAll(async () => {
  cluster = await startCluster({ pods: true });
  for (const name of ISTIO) {
    const text = readFileSync(new URL(`crds/${name}.networking.istio.io.yaml`, import.meta.url), 'utf8');
    await cluster.call('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', parse(text));
    await eventually(`${name} are served`, () =>
      cluster.call('GET', `/apis/networking.istio.io/v1alpha3/${name}`),
    );
  }
  service = await startService();
}, 120_000);
afterAll(async () => {
  await service.close();
  await cluster.stop();
});

interface Rule {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: { readonly subsets: readonly { readonly labels: Readonly<Record<string, string>> }[] };
}

/** Whether its subsets select by the hash of a version. */
async function isUsed(name: string): Promise<boolean> {
  const { metadata, spec } = (await cluster.call('GET', `${RULES}/${name}`)) as Rule;
  const hashed = spec.subsets.map(({ labels }) => HASH in labels);
  const isMarked = 'argo-rollouts.argoproj.io/managed-by-rollouts' in (metadata.annotations ?? {});
  if (hashed.every((each) => each === isMarked)) return isMarked;
  throw new Error(JSON.stringify({ metadata, spec }));
}
const until = (name: string, what: string, used: boolean): Promise<true> =>
  eventually(`${name} ${what}`, async () => ((await isUsed(name)) === used ? true : undefined));

async function create(name: string): Promise<void> {
  const [stable, canary] = ['stable', 'canary'];
  await cluster.call('POST', RULES, {
    ...{ apiVersion: 'networking.istio.io/v1alpha3', kind: 'DestinationRule', metadata: { name } },
    spec: {
      host: name,
      subsets: [stable, canary].map((subset) => ({ name: subset, labels: { app: name } })),
    },
  });
  const route = [
    { destination: { host: name, subset: stable }, weight: 100 },
    { destination: { host: name, subset: canary }, weight: 0 },
  ];
  await cluster.call('POST', SERVICES, {
    ...{ apiVersion: 'networking.istio.io/v1alpha3', kind: 'VirtualService', metadata: { name } },
    spec: { hosts: [name], http: [{ route }] },
  });
  const istio = {
    virtualService: { name },
    destinationRule: { name, canarySubsetName: canary, stableSubsetName: stable },
  };
  await rolloutsOf(cluster, 'default').create(canaryOf(name, { replicas: 1, trafficRouting: { istio } }));
}

it('a DestinationRule that a Rollout uses no longer is given back, whenever that was', async () => {
  let controller = await startControllerOf(cluster, service.url);
  try {
    const names = ['changed', 'deleted', 'while-away', 'kept'];
    for (const name of names) await create(name);
    for (const name of names) await until(name, 'is used', true);

    const rollouts = rolloutsOf(cluster, 'default');
    const without = { spec: { strategy: { canary: { trafficRouting: null } } } };
    await rollouts.patch('changed', without);
    await until('changed', 'is given back', false);
    await cluster.call('DELETE', '/apis/argoproj.io/v1alpha1/namespaces/default/rollouts/deleted');
    await until('deleted', 'is given back', false);

    await controller.stop();
    await rollouts.patch('while-away', without);
    expect(await isUsed('while-away')).toBe(true);
    controller = await startControllerOf(cluster, service.url);
    await until('while-away', 'is given back', false);
    expect(await isUsed('kept')).toBe(true);
  } finally {
    await controller.stop();
  }
});
