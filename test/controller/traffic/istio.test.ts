import { describe, expect, it } from 'vitest';
import {
  createTrafficRouters,
  destinationRules,
  userOf,
  withoutRollout,
} from '../../../service/controller/traffic/index.js';
import type { Json, Traffic } from '../../../service/controller/rollout/types.js';
import { bring, type Canary, faultsOf, rolloutOf, traffic, World } from './world.js';

type Istio = NonNullable<NonNullable<Canary['trafficRouting']>['istio']>;
const to = (host: string, weight?: number, more: Json = {}): Json => ({
  destination: { host, ...more },
  ...(weight === undefined ? {} : { weight }),
});
const service = (spec: Json, name = 'vs', namespace = 'shop'): Json => ({
  ...{ apiVersion: 'networking.istio.io/v1', kind: 'VirtualService' },
  metadata: { name, namespace, resourceVersion: '5' },
  spec: { hosts: ['shop'], gateways: ['gate'], ...spec },
});
const http = (name: string, ...route: readonly Json[]): Json => ({ name, timeout: '3s', route });
const rollout = (istio: Istio = { virtualService: { name: 'vs' } }, canary: Partial<Canary> = {}) =>
  rolloutOf({ istio, managedRoutes: [{ name: 'copy' }, { name: 'beta' }] }, canary);
const specOf = (world: World, name = 'vs'): Json => world.get('VirtualService', name)['spec'] as Json;

const SUBSETS: Istio = {
  virtualService: { name: 'vs' },
  destinationRule: { name: 'dr', canarySubsetName: 'new', stableSubsetName: 'old' },
};
const bySubset: Partial<Canary> = { stableService: '', canaryService: '' };
const rule = (...subsets: readonly Json[]): Json => ({
  ...{ apiVersion: 'networking.istio.io/v1', kind: 'DestinationRule' },
  metadata: { name: 'dr', namespace: 'shop', annotations: { a: 'b' } },
  spec: { host: 'shop.shop.svc', trafficPolicy: { tls: { mode: 'ISTIO_MUTUAL' } }, subsets },
});
const labels = (hash: string, more: Json = {}): Json => ({
  labels: { app: 'shop', 'rollouts-pod-template-hash': hash },
  ...more,
});

describe('istio', () => {
  it('splits by hosts, short and full, and leaves all else', () => {
    const world = new World(
      service({ http: [http('main', to('stable', 100), to('canary.shop.svc.cluster.local', 0))] }),
    );
    const { changes } = bring(rollout(), traffic(30), world);
    expect(changes).toMatchObject([
      {
        patch: { metadata: { resourceVersion: '5' } },
        event: {
          reason: 'Updated VirtualService',
          message: "VirtualService shop/vs set to desiredWeight '30'",
        },
      },
    ]);
    expect(specOf(world)).toEqual({
      ...{ hosts: ['shop'], gateways: ['gate'] },
      http: [http('main', to('stable', 70), to('canary.shop.svc.cluster.local', 30))],
    });
  });

  it('changes the routes that are named, of all protocols', () => {
    const pair = (stable: number, canary: number) => [to('stable', stable), to('canary', canary)];
    const match = (port: number, ...sniHosts: readonly string[]) => [
      { port, ...(sniHosts.length > 0 ? { sniHosts } : {}) },
    ];
    const spec = (weights: readonly [number, number]) => ({
      http: [http('main', ...pair(...weights)), http('other', ...pair(100, 0)), { route: [to('elsewhere')] }],
      tls: [
        { match: match(443, 'a', 'b'), route: pair(...weights) },
        { match: match(443, 'a'), route: pair(100, 0) },
      ],
      tcp: [
        { match: match(9000), route: pair(...weights) },
        { match: match(9001), route: pair(100, 0) },
      ],
    });
    const world = new World(service(spec([100, 0])));
    const virtualService = {
      name: 'vs.shop',
      routes: ['main'],
      tlsRoutes: [{ port: 443, sniHosts: ['b', 'a'] }],
      tcpRoutes: [{ port: 9000 }],
    };
    bring(rollout({ virtualService }), traffic(40), world);
    expect(specOf(world)).toMatchObject(spec([60, 40]));
  });

  it('leaves a protocol without routes out, whatever the Rollout names', () => {
    const istio = {
      virtualService: { name: 'vs', routes: ['main'], tlsRoutes: [{ port: 443, sniHosts: ['a'] }] },
    };
    const match = [{ port: 443, sniHosts: ['a'] }];
    const world = new World(service({ tls: [{ match, route: [to('stable', 100), to('canary', 0)] }] }));
    expect(bring(rollout(istio), traffic(10), world).faults).toEqual([]);
    expect(specOf(world)['tls']).toEqual([{ match, route: [to('stable', 90), to('canary', 10)] }]);
  });

  it('changes several VirtualServices, also of other namespaces, and those that are there', () => {
    const one = { http: [http('main', to('stable', 100), to('canary', 0))] };
    const world = new World(service(one, 'a'), service(one, 'b.c', 'mesh'));
    const istio = { virtualServices: [{ name: 'a' }, { name: 'gone' }, { name: 'b.c.mesh.cluster.local' }] };
    expect(createTrafficRouters({ istio: 'v1' }).needs(rollout(istio))).toMatchObject([
      { ref: { namespace: 'shop', name: 'a', version: 'v1' } },
      { ref: { namespace: 'shop', name: 'gone' } },
      { ref: { namespace: 'mesh', name: 'b.c' } },
    ]);
    const { faults } = bring(rollout(istio), traffic(10), world);
    expect(faults).toMatchObject([{ code: 'missing', object: 'VirtualService shop/gone' }]);
    for (const name of ['a', 'b.c'])
      expect(specOf(world, name)['http']).toMatchObject([{ route: [{ weight: 90 }, { weight: 10 }] }]);
  });

  it('adds destinations of experiments, and takes them out again', () => {
    const world = new World(service({ http: [http('main', to('stable', 100), to('canary', 0))] }));
    const additional = [{ serviceName: 'trial', podTemplateHash: 'h', weight: 15 }];
    bring(rollout(), traffic(10, { additional }), world);
    expect(specOf(world)['http']).toEqual([
      http('main', to('stable', 75), to('canary', 10), to('trial', 15)),
    ]);
    bring(rollout(), traffic(10), world);
    expect(specOf(world)['http']).toEqual([http('main', to('stable', 90), to('canary', 10))]);
  });

  it('puts the routes that it makes first, in their order, and takes them away', () => {
    const port = { port: { number: 8080 } };
    const main = (stable: number, canary: number) => [to('stable', stable, port), to('canary', canary, port)];
    const world = new World(service({ http: [http('main', ...main(100, 0))] }));
    const made: Partial<Traffic> = {
      headerRoutes: [
        {
          name: 'beta',
          match: [
            { headerName: 'A', headerValue: { exact: 'a' } },
            { headerName: 'B', headerValue: { prefix: 'b', regex: '' } },
          ],
        },
      ],
      mirrorRoutes: [
        {
          name: 'copy',
          percentage: 35,
          match: [{ method: { exact: 'GET' }, path: { prefix: '/' }, headers: { C: { regex: 'c.*' } } }],
        },
      ],
    };
    bring(rollout(), traffic(20, made), world);
    const copy = {
      name: 'copy',
      match: [{ method: { exact: 'GET' }, uri: { prefix: '/' }, headers: { C: { regex: 'c.*' } } }],
      route: main(80, 20),
      mirror: { host: 'canary', ...port },
      mirrorPercentage: { value: 35 },
    };
    const beta = {
      name: 'beta',
      match: [{ headers: { A: { exact: 'a' } } }, { headers: { B: { prefix: 'b' } } }],
      route: [to('canary', 100, port)],
    };
    expect(specOf(world)['http']).toEqual([copy, beta, http('main', ...main(80, 20))]);
    bring(rollout(), traffic(50, { headerRoutes: made.headerRoutes ?? [] }), world);
    expect(specOf(world)['http']).toEqual([beta, http('main', ...main(50, 50))]);
    bring(rollout(), traffic(0), world);
    expect(specOf(world)['http']).toEqual([http('main', ...main(100, 0))]);
  });

  it('splits by subsets, whose labels follow the pods', () => {
    const route = (old: number, fresh: number) =>
      http('main', to('shop', old, { subset: 'old' }), to('shop', fresh, { subset: 'new' }));
    const before = rule(
      { name: 'new', ...labels('older') },
      { name: 'old', ...labels('older', { trafficPolicy: { x: 1 } }) },
    );
    const world = new World(service({ http: [route(100, 0)] }), before);
    const { changes } = bring(rollout(SUBSETS, bySubset), traffic(20), world);
    expect(changes.map((change) => change.kind === 'patch' && change.ref.kind)).toEqual([
      'DestinationRule',
      'VirtualService',
    ]);
    expect(specOf(world)['http']).toEqual([route(80, 20)]);
    expect(world.get('DestinationRule', 'dr')).toEqual({
      ...before,
      metadata: {
        ...(before['metadata'] as Json),
        annotations: { a: 'b', 'argo-rollouts.argoproj.io/managed-by-rollouts': 'checkout' },
      },
      spec: {
        ...(before['spec'] as Json),
        subsets: [
          { name: 'new', ...labels('new-hash') },
          { name: 'old', ...labels('old-hash', { trafficPolicy: { x: 1 } }) },
        ],
      },
    });
    const abort = bring(rollout(SUBSETS, bySubset), traffic(0, { canaryHash: 'next' }), world);
    expect(abort.changes.map((change) => change.kind === 'patch' && change.ref.kind)).toEqual([
      'VirtualService',
      'DestinationRule',
    ]);
  });

  it('keeps the subsets of others, and takes out those of experiments that are over', () => {
    const trial = { name: 'trial', labels: { 'rollouts-pod-template-hash': 'h' } };
    const others = [{ name: 'kept' }, { name: 'v3', labels: { version: 'v3' } }];
    const world = new World(
      service({
        http: [
          http(
            'main',
            to('shop', 60, { subset: 'old' }),
            to('shop', 0, { subset: 'new' }),
            to('shop', 40, { subset: 'kept' }),
          ),
        ],
      }),
      rule({ name: 'new' }, { name: 'old', ...labels('h') }, trial, ...others),
    );
    const settings = {
      ...SUBSETS,
      destinationRule: {
        name: 'dr',
        canarySubsetName: 'new',
        stableSubsetName: 'old',
        additionalSubsetNames: ['kept'],
      },
    };
    bring(rollout(settings, bySubset), traffic(10, { canaryHash: '' }), world);
    expect((world.get('DestinationRule', 'dr')['spec'] as Json)['subsets']).toEqual([
      { name: 'new' },
      { name: 'old', ...labels('old-hash') },
      ...others,
    ]);
    expect(specOf(world)['http']).toEqual([
      http(
        'main',
        to('shop', 50, { subset: 'old' }),
        to('shop', 10, { subset: 'new' }),
        to('shop', 40, { subset: 'kept' }),
      ),
    ]);
  });

  it('gives a DestinationRule back as it was when no Rollout uses it any more', () => {
    const before = rule(
      { name: 'old', ...labels('') },
      { name: 'new', labels: { app: 'shop' } },
      { name: 'bare' },
    );
    const world = new World(
      before,
      service({ http: [http('main', to('shop', 100, { subset: 'old' }), to('shop', 0, { subset: 'new' }))] }),
    );
    bring(rollout(SUBSETS, bySubset), traffic(30), world);
    const used = world.get('DestinationRule', 'dr');
    expect(userOf(used)).toBe('checkout');
    const ref = { ...destinationRules('v1'), namespace: 'shop', name: 'dr' };
    const [change] = withoutRollout(used, ref);
    expect(change).toMatchObject({
      kind: 'patch',
      patch: {
        metadata: { annotations: { 'argo-rollouts.argoproj.io/managed-by-rollouts': null } },
        spec: {
          subsets: [
            { name: 'old', labels: { app: 'shop' } },
            { name: 'new', labels: { app: 'shop' } },
            { name: 'bare' },
          ],
        },
      },
    });
    expect(withoutRollout({ ...before, spec: { host: 'shop' } }, ref)).toEqual([]);
  });

  it('names the host and the subset of the DestinationRule in routes that it makes', () => {
    const world = new World(
      service({ http: [http('main', to('shop', 100, { subset: 'old' }), to('shop', 0, { subset: 'new' }))] }),
      rule({ name: 'new' }, { name: 'old' }),
    );
    const headerRoutes = [{ name: 'beta', match: [{ headerName: 'A', headerValue: { exact: 'a' } }] }];
    bring(rollout(SUBSETS, bySubset), traffic(0, { headerRoutes }), world);
    expect(specOf(world)['http']).toMatchObject([
      { route: [to('shop.shop.svc', 100, { subset: 'new' })] },
      {},
    ]);
  });

  const pair = [to('stable', 100), to('canary', 0)];
  it.each<{ name: string; spec: Json; istio?: Istio; fault: string }>([
    {
      name: 'there are no routes',
      spec: {},
      fault:
        'VirtualService shop/vs: spec.http is missing, and so are spec.tls and spec.tcp: there is no route to change.',
    },
    {
      name: 'there are several and none is named',
      spec: { http: [http('a', ...pair), http('b', ...pair)] },
      fault:
        'VirtualService shop/vs: spec.http has 2 routes. Name those to change in spec.strategy.canary.trafficRouting.istio.virtualService.routes of the Rollout.',
    },
    {
      name: 'a named route is missing',
      spec: { http: [http('a', ...pair)] },
      istio: { virtualService: { name: 'vs', routes: ['x'] } },
      fault:
        'VirtualService shop/vs: spec.http has no route x, which spec.strategy.canary.trafficRouting.istio.virtualService.routes of the Rollout names.',
    },
    {
      name: 'a named TLS route is missing',
      spec: { tls: [{ match: [{ port: 444, sniHosts: ['s'] }], route: pair }] },
      istio: { virtualService: { name: 'vs', tlsRoutes: [{ port: 443, sniHosts: ['s'] }] } },
      fault:
        'VirtualService shop/vs: spec.tls has no route of port 443 with the SNI hosts [s], which spec.strategy.canary.trafficRouting.istio.virtualService.tlsRoutes of the Rollout names.',
    },
    {
      name: 'the canary is in no destination',
      spec: { http: [http('a', to('stable', 100))] },
      fault:
        'VirtualService shop/vs: spec.http[0].route has no destination with the host of the Service canary. Add it.',
    },
    {
      name: 'the DestinationRule lacks a subset',
      spec: { http: [http('a', to('shop', 100, { subset: 'old' }), to('shop', 0, { subset: 'new' }))] },
      istio: {
        ...SUBSETS,
        destinationRule: { name: 'dr', canarySubsetName: 'new', stableSubsetName: 'old' },
      },
      fault: 'DestinationRule shop/dr: spec.subsets have none of the name old. Add it.',
    },
    {
      name: 'no VirtualService is named',
      spec: {},
      istio: {},
      fault:
        'Rollout shop/checkout: spec.strategy.canary.trafficRouting.istio.virtualService is missing. Name the VirtualService to change.',
    },
  ])('says so when $name', ({ spec, istio, fault }) => {
    expect(faultsOf(rollout(istio), traffic(10), new World(service(spec), rule({ name: 'new' })))).toEqual([
      fault,
    ]);
  });
});
