import { describe, expect, it } from 'vitest';
import { createTrafficRouters } from '../../../service/controller/traffic/index.js';
import type { Json, Traffic } from '../../../service/controller/rollout/types.js';
import { bring, type Canary, faultsOf, rolloutOf, traffic, UID, World } from './world.js';

const owners = [
  {
    ...{ apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', name: 'checkout', uid: UID },
    ...{ controller: true, blockOwnerDeletion: true },
  },
];
const additional = [{ serviceName: 'trial', podTemplateHash: 'h', weight: 5 }];
const headerRoutes = [{ name: 'beta', match: [{ headerName: 'A', headerValue: { exact: 'a' } }] }];
const mirrorRoutes = [{ name: 'copy', match: [{ method: { exact: 'GET' } }] }];
const everything: Partial<Traffic> = { additional, headerRoutes, mirrorRoutes };
const lacks = (router: string, what: string): string =>
  `Rollout shop/checkout: spec.strategy.canary.trafficRouting.${router} has no ${what}. Take them out of the steps.`;

describe('traefik', () => {
  const rollout = rolloutOf({ traefik: { weightedTraefikServiceName: 'weighted' } });
  const object = (...services: readonly Json[]): Json => ({
    ...{ apiVersion: 'traefik.io/v1alpha1', kind: 'TraefikService' },
    metadata: { name: 'weighted', namespace: 'shop', labels: { a: 'b' } },
    spec: { weighted: { sticky: {}, services } },
  });
  const service = (name: string, weight?: number): Json => ({
    ...{ name, port: 80 },
    ...(weight === undefined ? {} : { weight }),
  });

  it('sets the weights of the two services, and leaves others', () => {
    const world = new World(object(service('stable'), service('canary'), service('other', 3)));
    bring(rollout, traffic(20), world);
    expect(world.get('TraefikService', 'weighted')).toEqual(
      object(service('stable', 80), service('canary', 20), service('other', 3)),
    );
    expect(createTrafficRouters({ traefik: 'traefik.containo.us/v1alpha1' }).needs(rollout)).toMatchObject([
      {
        ref: {
          group: 'traefik.containo.us',
          version: 'v1alpha1',
          resource: 'traefikservices',
          name: 'weighted',
        },
      },
    ]);
  });

  it.each([
    [
      [],
      'TraefikService shop/weighted: spec.weighted.services is missing: the services whose weights are set.',
    ],
    [
      [service('stable')],
      'TraefikService shop/weighted: spec.weighted.services has no service canary. Add it.',
    ],
    [
      [service('canary')],
      'TraefikService shop/weighted: spec.weighted.services has no service stable. Add it.',
    ],
  ])('says what is missing: %j', (services, fault) => {
    expect(faultsOf(rollout, traffic(20), new World(object(...services)))).toEqual([fault]);
  });

  it('says what it has not', () => {
    const world = new World(object(service('stable'), service('canary')));
    expect(faultsOf(rollout, traffic(20, everything), world)).toEqual(
      ['setHeaderRoute', 'setMirrorRoute', 'weights of experiments'].map((what) => lacks('traefik', what)),
    );
  });
});

describe('smi', () => {
  const split = (settings: NonNullable<Canary['trafficRouting']>['smi'] = {}) => rolloutOf({ smi: settings });
  const backends = (...weights: readonly (readonly [string, string | number])[]): readonly Json[] =>
    weights.map(([service, weight]) => ({ service, weight }));

  it('makes a TrafficSplit that the Rollout owns, and changes its weights', () => {
    const world = new World();
    const { changes } = bring(split(), traffic(10, { additional }), world);
    expect(changes).toMatchObject([{ kind: 'create', event: { reason: 'TrafficSplitCreated' } }]);
    expect(world.get('TrafficSplit', 'checkout')).toEqual({
      ...{ apiVersion: 'split.smi-spec.io/v1alpha1', kind: 'TrafficSplit' },
      metadata: { name: 'checkout', namespace: 'shop', ownerReferences: owners },
      spec: { service: 'stable', backends: backends(['canary', '10'], ['trial', '5'], ['stable', '85']) },
    });
    bring(split(), traffic(0), world);
    expect(world.get('TrafficSplit', 'checkout')['spec']).toEqual({
      service: 'stable',
      backends: backends(['canary', '0'], ['stable', '100']),
    });
  });

  it('has numbers for weights in later versions, and names and roots of its own', () => {
    const routers = createTrafficRouters({ smi: 'v1alpha3' });
    const rollout = split({ rootService: 'root', trafficSplitName: 'mine' });
    const { changes } = routers.plan(rollout, traffic(10), new World());
    expect(changes).toMatchObject([
      {
        ref: { name: 'mine', version: 'v1alpha3' },
        object: { spec: { service: 'root', backends: backends(['canary', 10], ['stable', 90]) } },
      },
    ]);
  });

  it('leaves the TrafficSplit of another owner alone', () => {
    const foreign = { kind: 'TrafficSplit', metadata: { name: 'checkout', namespace: 'shop' } };
    expect(faultsOf(split(), traffic(10), new World(foreign))).toEqual([
      'TrafficSplit shop/checkout: metadata.ownerReferences do not name Rollout shop/checkout. Rename or delete it.',
    ]);
  });

  it('says what it has not', () => {
    expect(faultsOf(split(), traffic(10, everything), new World())).toEqual(
      ['setHeaderRoute', 'setMirrorRoute'].map((what) => lacks('smi', what)),
    );
  });
});

describe('apisix', () => {
  const backend = (serviceName: string, weight: number): Json => ({ serviceName, servicePort: 80, weight });
  const rule = (name: string, stable: number, canary: number, more: Json = {}): Json => ({
    name,
    match: { paths: ['/*'], exprs: [{ subject: { scope: 'Path' }, op: 'Equal', value: '/' }] },
    backends: [backend('stable', stable), backend('canary', canary)],
    ...more,
  });
  const object = (...http: readonly Json[]): Json => ({
    ...{ apiVersion: 'apisix.apache.org/v2', kind: 'ApisixRoute' },
    metadata: {
      ...{ name: 'gate', namespace: 'shop', labels: { a: 'b' } },
      annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}', c: 'd' },
    },
    spec: { ingressClassName: 'apisix', http },
  });
  const rollout = (rules?: string[]) =>
    rolloutOf({
      apisix: { route: { name: 'gate', ...(rules === undefined ? {} : { rules }) } },
      managedRoutes: [{ name: 'beta' }],
    });

  it('sets the weights of the rules that are named, else of the one that is named as the route is', () => {
    const world = new World(object(rule('gate', 100, 0), rule('second', 100, 0)));
    bring(rollout(), traffic(20), world);
    expect(world.get('ApisixRoute', 'gate')).toEqual(object(rule('gate', 80, 20), rule('second', 100, 0)));
    bring(rollout(['second', 'gate']), traffic(30), world);
    expect(world.get('ApisixRoute', 'gate')).toEqual(object(rule('gate', 70, 30), rule('second', 70, 30)));
  });

  it('makes a route for headers, keeps it as the rules change, and deletes it', () => {
    const routes = [
      {
        name: 'beta',
        match: [
          { headerName: 'A', headerValue: { exact: 'a' } },
          { headerName: 'B', headerValue: { prefix: 'b.' } },
          { headerName: 'C', headerValue: { regex: 'c|d' } },
        ],
      },
    ];
    const world = new World(object(rule('gate', 100, 0, { priority: 4 }), rule('second', 100, 0)));
    bring(rollout(), traffic(0, { headerRoutes: routes }), world);
    const header = (name: string, op: string, value: string) => ({
      subject: { scope: 'Header', name },
      op,
      value,
    });
    const made = {
      name: 'gate',
      match: {
        paths: ['/*'],
        exprs: [
          { subject: { scope: 'Path' }, op: 'Equal', value: '/' },
          header('A', 'Equal', 'a'),
          header('B', 'RegexMatch', String.raw`^b\..*`),
          header('C', 'RegexMatch', 'c|d'),
        ],
      },
      backends: [backend('canary', 100)],
      priority: 5,
    };
    expect(world.get('ApisixRoute', 'beta')).toEqual({
      ...{ apiVersion: 'apisix.apache.org/v2', kind: 'ApisixRoute' },
      metadata: {
        ...{ name: 'beta', namespace: 'shop', labels: { a: 'b' }, annotations: { c: 'd' } },
        ownerReferences: owners,
      },
      spec: { ingressClassName: 'apisix', http: [made] },
    });
    bring(rollout(), traffic(40, { headerRoutes: routes }), world);
    expect((world.get('ApisixRoute', 'beta')['spec'] as Json)['http']).toEqual([made]);
    const { changes } = bring(rollout(), traffic(0), world);
    expect(changes.map(({ kind }) => kind)).toEqual(['patch', 'delete']);
  });

  it.each<{
    name: string;
    objects: readonly Json[];
    rules?: string[];
    wanted?: Partial<Traffic>;
    faults: readonly string[];
  }>([
    {
      name: 'the route does not exist',
      objects: [],
      faults: [
        'ApisixRoute shop/gate: does not exist, but spec.strategy.canary.trafficRouting.apisix.route names it. Create it, or change the Rollout.',
      ],
    },
    {
      name: 'a rule is missing',
      objects: [object(rule('other', 1, 1))],
      faults: [
        'ApisixRoute shop/gate: spec.http has no rule gate. Name one of its rules in spec.strategy.canary.trafficRouting.apisix.route.rules.',
      ],
    },
    {
      name: 'a backend is missing',
      objects: [object(rule('a', 1, 1), rule('gate', 1, 1, { backends: [backend('stable', 1)] }))],
      faults: ['ApisixRoute shop/gate: spec.http[1].backends has no backend canary. Add it.'],
    },
    {
      name: 'the name of the managed route is of another owner',
      objects: [object(rule('gate', 1, 1)), { ...object(), metadata: { name: 'beta', namespace: 'shop' } }],
      wanted: { headerRoutes },
      faults: [
        'ApisixRoute shop/beta: metadata.ownerReferences do not name Rollout shop/checkout. Rename the managed route.',
      ],
    },
    {
      name: 'mirrors and experiments are wanted',
      objects: [object(rule('gate', 1, 1))],
      wanted: { mirrorRoutes, additional },
      faults: ['setMirrorRoute', 'weights of experiments'].map((what) => lacks('apisix', what)),
    },
  ])('says so when $name', ({ objects, rules, wanted, faults }) => {
    expect(faultsOf(rollout(rules), traffic(10, wanted), new World(...objects))).toEqual(faults);
  });

  it('does not delete what is named as a managed route and is of another owner', () => {
    const foreign = { ...object(), metadata: { name: 'beta', namespace: 'shop' } };
    const world = new World(object(rule('gate', 1, 1)), foreign);
    bring(rollout(), traffic(10), world);
    expect(world.get('ApisixRoute', 'beta')).toBe(foreign);
  });
});
