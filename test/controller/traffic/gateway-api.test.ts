import { describe, expect, it } from 'vitest';
import { createTrafficRouters } from '../../../service/controller/traffic/index.js';
import type { Json, Traffic } from '../../../service/controller/rollout/types.js';
import { bring, type Canary, faultsOf, rolloutOf, traffic, World } from './world.js';

const PLUGIN = 'argoproj-labs/gatewayAPI';
const rollout = (settings: Json = { httpRoute: 'web' }, canary: Partial<Canary> = {}) =>
  rolloutOf({ plugins: { [PLUGIN]: settings } }, canary);

const backend = (name: string, weight?: number, more: Json = {}): Json => ({
  ...{ group: '', kind: 'Service', name, port: 80 },
  ...(weight === undefined ? {} : { weight }),
  ...more,
});
const at = (value: string): Json => ({ path: { type: 'PathPrefix', value } });
const filters = [
  { type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name: 'a', value: 'b' }] } },
];
const split = (stable = 100, canary = 0): Json => ({
  matches: [at('/')],
  filters,
  backendRefs: [backend('stable', stable), backend('canary', canary)],
});
const preview: Json = { matches: [at('/preview')], backendRefs: [backend('canary', 1)] };
const route = (rules: readonly Json[], more: Json = {}, kind = 'HTTPRoute', name = 'web'): Json => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind,
  metadata: { name, namespace: 'shop', generation: 2, labels: { team: 'a' } },
  spec: { parentRefs: [{ name: 'gate' }], hostnames: ['shop.example'], rules },
  ...more,
});
const rulesOf = (world: World, kind = 'HTTPRoute', name = 'web'): unknown =>
  (world.get(kind, name)['spec'] as Json)['rules'];
const labelsOf = (world: World): unknown => (world.get('HTTPRoute', 'web')['metadata'] as Json)['labels'];

const steps: Canary['steps'] = [
  { setHeaderRoute: { name: 'beta', match: [{ headerName: 'X-Beta', headerValue: { exact: 'yes' } }] } },
  {
    setMirrorRoute: {
      name: 'copy',
      percentage: 35,
      match: [{ method: { exact: 'GET' }, path: { prefix: '/a' } }],
    },
  },
];
const managed: Partial<Canary> = { steps };
const routes: Partial<Traffic> = {
  headerRoutes: steps.flatMap(({ setHeaderRoute }) => setHeaderRoute ?? []),
  mirrorRoutes: steps.flatMap(({ setMirrorRoute }) => setMirrorRoute ?? []),
};

describe('gateway API', () => {
  it('gives versions of an experiment their share, and takes those that are over out again', () => {
    const step = {
      experiment: {
        templates: [
          { name: 'a', specRef: 'canary' },
          { name: 'b', specRef: 'stable', service: { name: 'mine' } },
        ],
      },
    };
    const foreign = backend('other', 7);
    const left = ['checkout-7c9-2-0-a', 'checkout-7c9-2-0-1-a', 'mine'].map((name) => backend(name, 3));
    const alike = ['checkout-a', 'checkout-7c9-2-0-z', 'shop-7c9-2-0-a'].map((name) => backend(name, 1));
    const rule = {
      ...split(),
      backendRefs: [backend('stable', 100), backend('canary', 0, { filters }), foreign, ...left, ...alike],
    };
    const world = new World(route([preview, rule]));
    const additional = [{ serviceName: 'checkout-x1-3-1-a', podTemplateHash: 'h', weight: 20, port: 8080 }];
    const canary = { steps: [step] };
    expect(bring(rollout(undefined, canary), traffic(10, { additional }), world).faults).toEqual([]);
    expect(rulesOf(world)).toEqual([
      preview,
      {
        ...split(),
        backendRefs: [
          ...[backend('stable', 70), backend('canary', 10, { filters }), foreign, ...alike],
          backend('checkout-x1-3-1-a', 20, { port: 8080 }),
        ],
      },
    ]);
    const weights = {
      canary: { weight: 10 },
      stable: { weight: 70 },
      additional: [{ serviceName: 'checkout-x1-3-1-a', weight: 20 }],
    };
    bring({ ...rollout(), status: { canary: { weights } } }, traffic(10), world);
    expect(rulesOf(world)).toEqual([
      preview,
      {
        ...split(),
        backendRefs: [backend('stable', 90), backend('canary', 10, { filters }), foreign, ...alike],
      },
    ]);
  });

  it('sets the weights of rules with both Services, and leaves all else', () => {
    const before = route([preview, split(), { matches: [at('/o')], backendRefs: [backend('other')] }]);
    const world = new World(before);
    const { changes } = bring(rollout(), traffic(20), world);
    expect(changes).toMatchObject([{ kind: 'patch', ref: { resource: 'httproutes', version: 'v1' } }]);
    expect(world.get('HTTPRoute', 'web')).toEqual({
      ...before,
      metadata: {
        ...(before['metadata'] as Json),
        labels: { team: 'a', 'rollouts.argoproj.io/gatewayapi-canary': 'in-progress' },
      },
      spec: {
        ...(before['spec'] as Json),
        rules: [preview, split(80, 20), { matches: [at('/o')], backendRefs: [backend('other')] }],
      },
    });
  });

  it('marks routes only while the canary has traffic', () => {
    const world = new World(route([split()]));
    bring(rollout(), traffic(20), world);
    bring(rollout(), traffic(0), world);
    expect(labelsOf(world)).toEqual({ team: 'a' });
    bring(
      rollout({ httpRoute: 'web', inProgressLabelKey: 'k', inProgressLabelValue: 'v' }),
      traffic(1),
      world,
    );
    expect(labelsOf(world)).toEqual({ team: 'a', k: 'v' });
    const unmarked = new World(route([split()]));
    bring(rollout({ httpRoute: 'web', disableInProgressLabel: true }), traffic(1), unmarked);
    expect(labelsOf(unmarked)).toEqual({ team: 'a' });
  });

  it('adds rules for headers and mirrors, and takes them away', () => {
    const world = new World(route([split()]));
    bring(rollout({ httpRoute: 'web' }, managed), traffic(20, routes), world);
    const mirror = { type: 'RequestMirror', requestMirror: { backendRef: backend('canary'), percent: 35 } };
    expect(rulesOf(world)).toEqual([
      {
        name: 'beta',
        matches: [{ ...at('/'), headers: [{ type: 'Exact', name: 'X-Beta', value: 'yes' }] }],
        filters,
        backendRefs: [backend('canary', 1)],
      },
      {
        ...split(80, 20),
        name: 'copy',
        matches: [{ ...at('/a'), method: 'GET' }],
        filters: [...filters, mirror],
      },
      split(80, 20),
    ]);
    bring(rollout({ httpRoute: 'web' }, managed), traffic(0), world);
    expect(rulesOf(world)).toEqual([split(100, 0)]);
  });

  it('knows its rules also where the CRD drops their names', () => {
    const world = new World(route([split(), preview]));
    bring(rollout({ httpRoute: 'web' }, managed), traffic(20, routes), world);
    const unnamed = (rulesOf(world) as readonly Json[]).map(({ name: _name, ...rule }) => rule);
    expect(unnamed).toHaveLength(4);
    const pruned = new World(route(unnamed));
    bring(rollout({ httpRoute: 'web' }, managed), traffic(0), pruned);
    expect(rulesOf(pruned)).toEqual([split(100, 0), preview]);
  });

  it('changes several routes of all kinds, and headers only where they are wanted', () => {
    const grpc = route(
      [{ backendRefs: [backend('stable', 1), backend('canary', 0)] }],
      {},
      'GRPCRoute',
      'calls',
    );
    const tcp = route([{ backendRefs: [backend('stable'), backend('canary')] }], {}, 'TCPRoute', 'raw');
    const tls = route([{ backendRefs: [backend('stable'), backend('canary')] }], {}, 'TLSRoute', 'sni');
    const world = new World(route([split()]), route([split()], {}, 'HTTPRoute', 'second'), grpc, tcp, tls);
    const settings = {
      httpRoutes: [{ name: 'web', useHeaderRoutes: true }, { name: 'second' }],
      grpcRoute: 'calls',
      tcpRoutes: [{ name: 'raw' }],
      tlsRoute: 'sni',
    };
    const { headerRoutes = [] } = routes;
    const { changes } = bring(rollout(settings, managed), traffic(30, { headerRoutes }), world);
    expect(
      changes.map((change) => change.kind === 'patch' && `${change.ref.resource}/${change.ref.version}`),
    ).toEqual([
      ...['httproutes/v1', 'httproutes/v1', 'grpcroutes/v1', 'tcproutes/v1alpha2', 'tlsroutes/v1alpha2'],
    ]);
    expect(rulesOf(world)).toHaveLength(2);
    expect(rulesOf(world, 'HTTPRoute', 'second')).toEqual([split(70, 30)]);
    expect(rulesOf(world, 'GRPCRoute', 'calls')).toEqual([
      {
        name: 'beta',
        matches: [{ headers: [{ type: 'Exact', name: 'X-Beta', value: 'yes' }] }],
        backendRefs: [backend('canary', 1)],
      },
      { backendRefs: [backend('stable', 70), backend('canary', 30)] },
    ]);
    expect(rulesOf(world, 'TCPRoute', 'raw')).toEqual([
      { backendRefs: [backend('stable', 70), backend('canary', 30)] },
    ]);
  });

  it('finds routes by their labels, in another namespace too', () => {
    const settings = {
      namespace: 'gates',
      httpRouteSelector: {
        matchLabels: { app: 'shop' },
        matchExpressions: [
          { key: 'tier', operator: 'In', values: ['a', 'b'] },
          { key: 'old', operator: 'DoesNotExist' },
          { key: 'new', operator: 'Exists' },
          { key: 'x', operator: 'NotIn', values: ['y'] },
        ],
      },
    };
    const selected = route([split()], { metadata: { name: 'web', namespace: 'gates' } });
    const world = new World(selected);
    expect(createTrafficRouters().needs(rollout(settings))).toEqual([
      {
        kind: 'list',
        type: {
          group: 'gateway.networking.k8s.io',
          version: 'v1',
          resource: 'httproutes',
          kind: 'HTTPRoute',
        },
        namespace: 'gates',
        labelSelector: 'app=shop,tier in (a,b),!old,new,x notin (y)',
      },
    ]);
    bring(rollout(settings), traffic(5), world);
    expect(rulesOf(world)).toEqual([split(95, 5)]);
  });

  it('serves Services that take turns', () => {
    const rule = { backendRefs: [backend('ping', 100), backend('pong', 0)] };
    const world = new World(route([rule]));
    const { spec, metadata } = rolloutOf({ plugins: { [PLUGIN]: { httpRoute: 'web' } } });
    const pingPong = { pingService: 'ping', pongService: 'pong' };
    const canary = { pingPong, trafficRouting: { plugins: { [PLUGIN]: { httpRoute: 'web' } } } };
    const turned = (stablePingPong: string) => ({
      metadata: metadata ?? {},
      spec: { ...spec, strategy: { canary } },
      status: { canary: { stablePingPong } },
    });
    bring(turned('ping'), traffic(25), world);
    expect(rulesOf(world)).toEqual([{ backendRefs: [backend('ping', 75), backend('pong', 25)] }]);
    bring(turned('pong'), traffic(0), world);
    expect(rulesOf(world)).toEqual([{ backendRefs: [backend('ping', 0), backend('pong', 100)] }]);
  });

  const accepted = (status: string, observedGeneration: number): Json => ({
    parents: [{ conditions: [{ type: 'Accepted', status, observedGeneration, message: 'why' }] }],
  });
  it.each([
    ['no gateway says anything', undefined, { kind: 'written' }],
    ['its gateway has seen it', accepted('True', 2), { kind: 'verified' }],
    [
      'its gateway has not seen it yet',
      accepted('True', 1),
      { kind: 'pending', reason: 'HTTPRoute shop/web: its gateway has not seen generation 2 yet' },
    ],
    [
      'its gateway does not accept it',
      accepted('False', 2),
      { kind: 'pending', reason: 'HTTPRoute shop/web: its gateway does not accept it: why' },
    ],
  ])('tells that %s', (_name, status, state) => {
    const world = new World(route([split(100, 0)], { status }));
    expect(createTrafficRouters().verify(rollout(), traffic(0), world)).toEqual(state);
  });

  const settingsAt = `spec.strategy.canary.trafficRouting.plugins.${PLUGIN}`;
  it.each<{
    name: string;
    settings: Json;
    wanted?: Partial<Traffic>;
    rules?: readonly Json[];
    fault: string;
  }>([
    {
      name: 'no route is named',
      settings: {},
      fault: `Rollout shop/checkout: ${settingsAt} names no route, and selects none that is there. Name an httpRoute or grpcRoute.`,
    },
    {
      name: 'the route does not exist',
      settings: { httpRoute: 'none' },
      fault: `HTTPRoute shop/none: does not exist, but ${settingsAt} names it. Create it, or change the Rollout.`,
    },
    {
      name: 'no rule has both Services',
      settings: { httpRoute: 'web' },
      rules: [{ backendRefs: [backend('stable')] }, preview],
      fault:
        'HTTPRoute shop/web: spec.rules[].backendRefs has no rule with both Services, stable and canary. Add them.',
    },
    {
      name: 'there are no rules',
      settings: { httpRoute: 'web' },
      rules: [],
      fault: 'HTTPRoute shop/web: spec.rules is missing: the rules whose traffic is split.',
    },
    {
      name: 'no route takes headers',
      settings: { httpRoutes: [{ name: 'web' }] },
      wanted: { headerRoutes: routes.headerRoutes ?? [] },
      fault: `Rollout shop/checkout: ${settingsAt} has no route with useHeaderRoutes for setHeaderRoute and setMirrorRoute. Take them out of the steps.`,
    },
    {
      name: 'a header is matched by nothing',
      settings: { httpRoute: 'web' },
      wanted: { headerRoutes: [{ name: 'beta', match: [{ headerName: 'X-Beta', headerValue: {} }] }] },
      fault:
        'Rollout shop/checkout: spec.strategy.canary.steps match the header X-Beta with neither exact, prefix nor regex. Give it one of them.',
    },
  ])('says so when $name', ({ settings, wanted, rules = [split()], fault }) => {
    expect(faultsOf(rollout(settings), traffic(10, wanted), new World(route(rules)))).toEqual([fault]);
  });

  it('says what is wrong with its settings, and still answers what it needs', () => {
    const wrong = rollout({ httpRoute: 7 });
    expect(createTrafficRouters().needs(wrong)).toEqual([]);
    expect(faultsOf(wrong, traffic(10), new World())).toEqual([
      expect.stringContaining(`Rollout shop/checkout: ${settingsAt} `),
    ]);
  });
});
