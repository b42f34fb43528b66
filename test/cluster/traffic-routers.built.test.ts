import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Rollout } from '../../schemas/index.js';
import { type Change, createTrafficRouters, type ObjectRef } from '../../service/controller/traffic/index.js';
import type { Json, Traffic } from '../../service/controller/rollout/types.js';
import { type Canary, rolloutOf, traffic, World } from '../controller/traffic/world.js';
import { type ControlPlane, startControlPlane } from './control-plane/control-plane.js';
import { eventually } from '../support/eventually.js';
import { leastRights, mayDo } from './least-rights.js';

/** Definitions of those whose objects are changed. Each file names its source. */
const CRDS = new URL('crds/', import.meta.url);
const routers = createTrafficRouters({ smi: 'v1alpha3' });

let plane: ControlPlane;
let folder = '';
let namespace = '';
let namespaces = 0;

beforeAll(async () => {
  plane = await startControlPlane({ pods: false });
  folder = await mkdtemp(join(tmpdir(), 'assay-routers-'));
  await leastRights(plane, folder);
  for (const file of readdirSync(CRDS)) await install(readFileSync(new URL(file, CRDS), 'utf8'));
}, 120_000);
afterAll(async () => {
  await plane.stop();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  namespace = `traffic-${++namespaces}`;
  await plane.createNamespace(namespace);
});

async function install(text: string): Promise<void> {
  const definition = parse(text) as {
    readonly spec: {
      readonly group: string;
      readonly names: { readonly plural: string };
      readonly versions: readonly [{ readonly name: string }];
    };
  };
  await plane.call('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', definition);
  const { group, names, versions } = definition.spec;
  await eventually(`${names.plural} are served`, () =>
    plane.call('GET', `/apis/${group}/${versions[0].name}/${names.plural}`),
  );
}

const pathOf = ({ group, version, resource, name }: Omit<ObjectRef, 'namespace' | 'kind'>): string =>
  `/apis/${group}/${version}/namespaces/${namespace}/${resource}${name === '' ? '' : `/${name}`}`;

/** What the API server has of all that the routers need. */
async function look(rollout: Rollout): Promise<World> {
  const objects: Json[] = [];
  for (const need of routers.needs(rollout)) {
    if (need.kind !== 'object') throw new Error(`a ${need.kind} is needed`);
    for (const verb of ['get', 'list', 'watch']) await isAllowed(verb, need.ref);
    const { name, kind } = need.ref;
    const { items } = (await plane.call('GET', pathOf({ ...need.ref, name: '' }))) as {
      items: readonly Json[];
    };
    objects.push(
      ...items
        .filter(({ metadata }) => (metadata as Json)['name'] === name)
        .map((item) => ({ ...item, kind })),
    );
  }
  return new World(...objects);
}

/** The chart gives controllers the right to it. */
async function isAllowed(verb: string, ref: ObjectRef): Promise<void> {
  expect(await mayDo(plane, verb, ref), `${verb} ${ref.resource}.${ref.group}`).toBe(true);
}

async function make(change: Change): Promise<void> {
  if (change.kind !== 'call') await isAllowed(change.kind, change.ref);
  switch (change.kind) {
    case 'create':
      await plane.call('POST', pathOf({ ...change.ref, name: '' }), change.object);
      return;
    case 'patch':
      await plane.call('PATCH', pathOf(change.ref), change.patch);
      return;
    case 'delete':
      await plane.call('DELETE', pathOf(change.ref), { preconditions: { uid: change.uid } });
      return;
    case 'call':
      throw new Error('there is no plugin here');
  }
}

/** Brings it about on the API server, and sees that what is read back needs no further change. */
async function bring(rollout: Rollout, wanted: Traffic): Promise<World> {
  const { changes, faults } = routers.plan(rollout, wanted, await look(rollout));
  expect(faults).toEqual([]);
  for (const change of changes) await make(change);
  const world = await look(rollout);
  expect(routers.verify(rollout, wanted, world)).toEqual({ kind: 'written' });
  return world;
}

const create = (group: string, version: string, resource: string, object: Json): Promise<unknown> =>
  plane.call('POST', pathOf({ group, version, resource, name: '' }), {
    apiVersion: `${group}/${version}`,
    ...object,
  });

const inNamespace = (routing: Canary['trafficRouting'], canary: Partial<Canary> = {}): Rollout => {
  const rollout = rolloutOf(routing, canary);
  return { ...rollout, metadata: { ...rollout.metadata, namespace } };
};

const headerRoutes = [{ name: 'beta', match: [{ headerName: 'X-Beta', headerValue: { exact: 'yes' } }] }];
const mirrorRoutes = [
  { name: 'copy', percentage: 35, match: [{ method: { exact: 'GET' }, path: { prefix: '/a' } }] },
];
const managed = { managedRoutes: [{ name: 'copy' }, { name: 'beta' }] };
const specOf = (world: World, kind: string, name: string): Json => world.get(kind, name)['spec'] as Json;

describe('objects of a real API server', () => {
  it.each([
    ['HTTPRoute', 'httproutes', 'httpRoute'],
    ['GRPCRoute', 'grpcroutes', 'grpcRoute'],
  ])('of the Gateway API: %s', async (kind, resource, word) => {
    const refs = ['stable', 'canary'].map((name) => ({ name, port: 80 }));
    await create('gateway.networking.k8s.io', 'v1', resource, {
      ...{ kind, metadata: { name: 'web' } },
      spec: { parentRefs: [{ name: 'gate' }], rules: [{ backendRefs: refs }] },
    });
    const rollout = inNamespace({ plugins: { 'argoproj-labs/gatewayAPI': { [word]: 'web' } }, ...managed });
    const mirrors = kind === 'HTTPRoute' ? { mirrorRoutes } : {};
    const rules = (world: World) => specOf(world, kind, 'web')['rules'] as readonly Json[];
    const before = rules(await bring(rollout, traffic(0)));
    const during = rules(await bring(rollout, traffic(20, { headerRoutes, ...mirrors })));
    expect(during.map(({ name }) => name)).toEqual(
      kind === 'HTTPRoute' ? ['copy', 'beta', undefined] : ['beta', undefined],
    );
    expect(during.at(-1)).toMatchObject({ backendRefs: [{ weight: 80 }, { weight: 20 }] });
    expect(rules(await bring(rollout, traffic(0)))).toEqual(before);
  });

  it('of Istio: hosts, with routes for headers and mirrors', async () => {
    const route = ['stable', 'canary'].map((host) => ({
      destination: { host, port: { number: 80 } },
      weight: host === 'stable' ? 100 : 0,
    }));
    await create('networking.istio.io', 'v1alpha3', 'virtualservices', {
      ...{ kind: 'VirtualService', metadata: { name: 'vs' } },
      spec: {
        hosts: ['shop'],
        http: [{ name: 'main', route }],
        tcp: [
          {
            match: [{ port: 9000 }],
            route: [{ destination: { host: 'stable' }, weight: 100 }, { destination: { host: 'canary' } }],
          },
        ],
      },
    });
    const rollout = inNamespace({ istio: { virtualService: { name: 'vs' } }, ...managed });
    const http = (world: World) => specOf(world, 'VirtualService', 'vs')['http'] as readonly Json[];
    const before = http(await bring(rollout, traffic(0)));
    const world = await bring(rollout, traffic(20, { headerRoutes, mirrorRoutes }));
    expect(http(world).map(({ name }) => name)).toEqual(['copy', 'beta', 'main']);
    expect(specOf(world, 'VirtualService', 'vs')['tcp']).toMatchObject([
      { route: [{ weight: 80 }, { weight: 20 }] },
    ]);
    expect(http(await bring(rollout, traffic(0)))).toEqual(before);
  });

  it('of Istio: subsets', async () => {
    const to = (subset: string, weight: number) => ({ destination: { host: 'shop', subset }, weight });
    await create('networking.istio.io', 'v1alpha3', 'virtualservices', {
      ...{ kind: 'VirtualService', metadata: { name: 'vs' } },
      spec: { hosts: ['shop'], http: [{ route: [to('old', 100), to('new', 0)] }] },
    });
    await create('networking.istio.io', 'v1alpha3', 'destinationrules', {
      ...{ kind: 'DestinationRule', metadata: { name: 'dr' } },
      spec: { host: 'shop', subsets: [{ name: 'new', labels: { app: 'shop' } }, { name: 'old' }] },
    });
    const destinationRule = { name: 'dr', canarySubsetName: 'new', stableSubsetName: 'old' };
    const rollout = inNamespace(
      { istio: { virtualService: { name: 'vs' }, destinationRule } },
      { stableService: '', canaryService: '' },
    );
    const world = await bring(rollout, traffic(20));
    expect(specOf(world, 'VirtualService', 'vs')['http']).toEqual([
      { route: [to('old', 80), to('new', 20)] },
    ]);
    expect(specOf(world, 'DestinationRule', 'dr')['subsets']).toEqual([
      { name: 'new', labels: { app: 'shop', 'rollouts-pod-template-hash': 'new-hash' } },
      { name: 'old', labels: { 'rollouts-pod-template-hash': 'old-hash' } },
    ]);
    await bring(rollout, traffic(0));
  });

  const ingress = (service: string, port: Json): Json => ({
    ...{ kind: 'Ingress', metadata: { name: 'main' } },
    spec: {
      ingressClassName: 'class',
      rules: [
        {
          host: 'shop',
          http: {
            paths: [
              {
                path: '/*',
                pathType: 'ImplementationSpecific',
                backend: { service: { name: service, port } },
              },
            ],
          },
        },
      ],
    },
  });

  it('of nginx: a canary Ingress', async () => {
    await create('networking.k8s.io', 'v1', 'ingresses', ingress('stable', { number: 80 }));
    const rollout = inNamespace({ nginx: { stableIngress: 'main' } });
    const weight = (world: World) =>
      ((world.get('Ingress', 'checkout-main-canary')['metadata'] as Json)['annotations'] as Json)[
        'nginx.ingress.kubernetes.io/canary-weight'
      ];
    expect(weight(await bring(rollout, traffic(0)))).toBe('0');
    expect(weight(await bring(rollout, traffic(20, { headerRoutes })))).toBe('20');
    expect(weight(await bring(rollout, traffic(0)))).toBe('0');
  });

  it('of ALB: the action, and a route of headers', async () => {
    await create('networking.k8s.io', 'v1', 'ingresses', ingress('root', { name: 'use-annotation' }));
    const rollout = inNamespace({
      alb: { ingress: 'main', servicePort: 80, rootService: 'root' },
      ...managed,
    });
    const before = specOf(await bring(rollout, traffic(0)), 'Ingress', 'main');
    const during = specOf(await bring(rollout, traffic(20, { headerRoutes })), 'Ingress', 'main');
    expect(during['rules']).toMatchObject([
      { http: { paths: ['beta', 'root'].map((name) => ({ backend: { service: { name } } })) } },
    ]);
    expect(specOf(await bring(rollout, traffic(0)), 'Ingress', 'main')).toEqual(before);
  });

  it('of Traefik', async () => {
    await create('traefik.io', 'v1alpha1', 'traefikservices', {
      ...{ kind: 'TraefikService', metadata: { name: 'weighted' } },
      spec: { weighted: { services: ['stable', 'canary'].map((name) => ({ name, port: 80 })) } },
    });
    const rollout = inNamespace({ traefik: { weightedTraefikServiceName: 'weighted' } });
    expect(specOf(await bring(rollout, traffic(20)), 'TraefikService', 'weighted')).toMatchObject({
      weighted: {
        services: [
          { name: 'stable', weight: 80 },
          { name: 'canary', weight: 20 },
        ],
      },
    });
    await bring(rollout, traffic(0));
  });

  it('of the Service Mesh Interface', async () => {
    const rollout = inNamespace({ smi: {} });
    await bring(rollout, traffic(0));
    expect(specOf(await bring(rollout, traffic(20)), 'TrafficSplit', 'checkout')).toEqual({
      service: 'stable',
      backends: [
        { service: 'canary', weight: 20 },
        { service: 'stable', weight: 80 },
      ],
    });
  });

  it('of APISIX: weights, and a route of headers that comes and goes', async () => {
    await create('apisix.apache.org', 'v2', 'apisixroutes', {
      ...{ kind: 'ApisixRoute', metadata: { name: 'gate' } },
      spec: {
        http: [
          {
            ...{ name: 'gate', match: { hosts: ['shop'], paths: ['/*'] } },
            backends: ['stable', 'canary'].map((serviceName) => ({
              serviceName,
              servicePort: 80,
              weight: 50,
            })),
          },
        ],
      },
    });
    const rollout = inNamespace({ apisix: { route: { name: 'gate' } }, ...managed });
    const world = await bring(rollout, traffic(20, { headerRoutes }));
    expect(specOf(world, 'ApisixRoute', 'gate')['http']).toMatchObject([
      { backends: [{ weight: 80 }, { weight: 20 }] },
    ]);
    expect(specOf(world, 'ApisixRoute', 'beta')['http']).toMatchObject([
      { priority: 1, backends: [{ weight: 100 }] },
    ]);
    const after = await bring(rollout, traffic(0));
    expect(() => after.get('ApisixRoute', 'beta')).toThrow();
  });

  it('refuses a patch of a list that somebody else has changed meanwhile', async () => {
    await create('traefik.io', 'v1alpha1', 'traefikservices', {
      ...{ kind: 'TraefikService', metadata: { name: 'weighted' } },
      spec: { weighted: { services: ['stable', 'canary'].map((name) => ({ name, port: 80 })) } },
    });
    const rollout = inNamespace({ traefik: { weightedTraefikServiceName: 'weighted' } });
    const [change] = routers.plan(rollout, traffic(20), await look(rollout)).changes;
    const services = ['stable', 'canary', 'new'].map((name) => ({ name, port: 80 }));
    const path = pathOf({
      group: 'traefik.io',
      version: 'v1alpha1',
      resource: 'traefikservices',
      name: 'weighted',
    });
    await plane.call('PATCH', path, { spec: { weighted: { services } } });
    if (change === undefined) throw new Error('there is no change');
    await expect(make(change)).rejects.toThrow('409');
  });
});
