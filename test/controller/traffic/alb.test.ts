import { describe, expect, it } from 'vitest';
import type { Json, Traffic } from '../../../service/controller/rollout/types.js';
import { bring, type Canary, faultsOf, rolloutOf, traffic, World } from './world.js';

type Alb = NonNullable<NonNullable<Canary['trafficRouting']>['alb']>;
const path = (name: string): Json => ({
  ...{ path: '/*', pathType: 'ImplementationSpecific' },
  backend: { service: { name, port: { name: 'use-annotation' } } },
});
const ingress = (annotations: Json = {}, services: readonly string[] = ['root'], name = 'main'): Json => ({
  ...{ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress' },
  metadata: { name, namespace: 'shop', annotations },
  spec: { rules: [{ http: { paths: services.map(path) } }] },
});
const rollout = (
  alb: Partial<Alb> = {},
  canary: Partial<Canary> = {},
  more: Partial<Canary['trafficRouting']> = {},
) => rolloutOf({ alb: { ingress: 'main', servicePort: 443, rootService: 'root', ...alb }, ...more }, canary);
const annotationsOf = (world: World, name = 'main'): Json =>
  (world.get('Ingress', name)['metadata'] as { annotations: Json }).annotations;
const group = (name: string, weight: number): string =>
  `{"ServiceName":"${name}","ServicePort":"443","Weight":${weight}}`;
const forward = (groups: readonly string[], rest = ''): string =>
  `{"Type":"forward","ForwardConfig":{"TargetGroups":[${groups.join(',')}]${rest}}}`;
const MANAGED = 'rollouts.argoproj.io/managed-alb-annotations';
const ACTION = 'alb.ingress.kubernetes.io/actions.root';

describe('alb', () => {
  it('writes the action of the root service, and lists it beside those of other Rollouts', () => {
    const others = { [MANAGED]: '{"other":["x"]}', 'alb.ingress.kubernetes.io/scheme': 'internal' };
    const world = new World(ingress(others));
    const { changes } = bring(rollout(), traffic(10), world);
    expect(changes).toMatchObject([
      { event: { reason: 'PatchingALBIngress', message: "Updating Ingress `main` to desiredWeight '10'" } },
    ]);
    expect(annotationsOf(world)).toEqual({
      'alb.ingress.kubernetes.io/scheme': 'internal',
      [ACTION]: forward([group('canary', 10), group('stable', 90)]),
      [MANAGED]: `{"checkout":["${ACTION}"],"other":["x"]}`,
    });
    expect(world.get('Ingress', 'main')['spec']).toEqual(ingress()['spec']);
  });

  it.each<{
    name: string;
    alb?: Partial<Alb>;
    canary?: Partial<Canary>;
    wanted?: Partial<Traffic>;
    key?: string;
    action: string;
  }>([
    {
      name: 'the stable service without a root',
      alb: { rootService: '' },
      key: 'alb.ingress.kubernetes.io/actions.stable',
      action: forward([group('canary', 10), group('stable', 90)]),
    },
    {
      name: 'another prefix',
      alb: { annotationPrefix: 'my.alb' },
      key: 'my.alb/actions.root',
      action: forward([group('canary', 10), group('stable', 90)]),
    },
    {
      name: 'stickiness',
      alb: { stickinessConfig: { enabled: true, durationSeconds: 300 } },
      action: forward(
        [group('canary', 10), group('stable', 90)],
        ',"TargetGroupStickinessConfig":{"Enabled":true,"DurationSeconds":300}',
      ),
    },
    {
      name: 'stickiness that is off',
      alb: { stickinessConfig: { enabled: false, durationSeconds: 0 } },
      action: forward([group('canary', 10), group('stable', 90)]),
    },
    {
      name: 'experiments',
      wanted: { additional: [{ serviceName: 'trial', podTemplateHash: 'h', weight: 5 }] },
      action: forward([group('canary', 10), group('trial', 5), group('stable', 85)]),
    },
    {
      name: 'services that take turns, also beside others',
      canary: { pingPong: { pingService: 'ping', pongService: 'pong' } },
      action: forward([group('ping', 10), group('pong', 90)]),
    },
  ])('has weights with $name', ({ alb, canary, wanted, key = ACTION, action }) => {
    const world = new World(ingress({}, ['root', 'stable']));
    bring(rollout(alb, canary), traffic(10, wanted), world);
    expect(annotationsOf(world)[key]).toBe(action);
  });

  it('changes several Ingresses, also when one of them is missing', () => {
    const world = new World(ingress(), ingress({}, ['root'], 'third'));
    const { faults } = bring(rollout({ ingresses: ['main', 'second', 'third'] }), traffic(10), world);
    expect(faults).toMatchObject([{ code: 'missing', object: 'Ingress shop/second' }]);
    expect(annotationsOf(world, 'third')[ACTION]).toBe(forward([group('canary', 10), group('stable', 90)]));
  });

  it('sends requests with headers to the canary by actions before the others, until they are taken away', () => {
    const route = (name: string, ...match: NonNullable<Traffic['headerRoutes'][number]['match']>) => ({
      name,
      match,
    });
    const headerRoutes = [
      route('two', { headerName: 'B', headerValue: { prefix: 'b' } }),
      route(
        'one',
        { headerName: 'A', headerValue: { exact: 'a' } },
        { headerName: 'A', headerValue: { exact: 'aa' } },
        { headerName: 'C', headerValue: { exact: 'c' } },
      ),
    ];
    const managedRoutes = [{ name: 'one' }, { name: 'two' }];
    const world = new World(ingress());
    bring(rollout({}, {}, { managedRoutes }), traffic(0, { headerRoutes }), world);
    expect(world.get('Ingress', 'main')['spec']).toEqual(ingress({}, ['one', 'two', 'root'])['spec']);
    const own = 'alb.ingress.kubernetes.io/';
    expect(annotationsOf(world)).toEqual({
      [ACTION]: forward([group('canary', 0), group('stable', 100)]),
      [`${own}actions.one`]: forward([group('canary', 100)]),
      [`${own}conditions.one`]:
        '[{"field":"http-header","httpHeaderConfig":{"httpHeaderName":"A","values":["a","aa"]}},{"field":"http-header","httpHeaderConfig":{"httpHeaderName":"C","values":["c"]}}]',
      [`${own}actions.two`]: forward([group('canary', 100)]),
      [`${own}conditions.two`]:
        '[{"field":"http-header","httpHeaderConfig":{"httpHeaderName":"B","values":["b*"]}}]',
      [MANAGED]: JSON.stringify({
        checkout: [
          ACTION,
          ...['actions.two', 'conditions.two', 'actions.one', 'conditions.one'].map((key) => own + key),
        ],
      }),
    });
    bring(rollout({}, {}, { managedRoutes }), traffic(0), world);
    expect(world.get('Ingress', 'main')).toEqual(
      ingress({
        [ACTION]: forward([group('canary', 0), group('stable', 100)]),
        [MANAGED]: `{"checkout":["${ACTION}"]}`,
      }),
    );
  });

  const at = 'Rollout shop/checkout: spec.strategy.canary.trafficRouting.alb';
  it.each<{ name: string; alb?: Partial<Alb>; annotations?: Json; wanted?: Partial<Traffic>; fault: string }>(
    [
      {
        name: 'no Ingress is named',
        alb: { ingress: '' },
        fault: `${at}.ingress is missing. Name the Ingress with the action.`,
      },
      {
        name: 'no rule has the service',
        alb: { rootService: 'none' },
        fault:
          'Ingress shop/main: spec.rules have no path to the service none, the name of the action. Add one.',
      },
      {
        name: 'clients are to stay for longer than AWS takes',
        alb: { stickinessConfig: { enabled: true, durationSeconds: 604_801 } },
        fault: `${at}.stickinessConfig.durationSeconds is 604801; AWS takes 1 to 604800.`,
      },
      {
        name: 'the list of annotations is none',
        annotations: { [MANAGED]: 'checkout' },
        fault: `Ingress shop/main: metadata.annotations["${MANAGED}"] is not a JSON object. Delete it.`,
      },
      {
        name: 'a header is matched by a regex',
        wanted: {
          headerRoutes: [{ name: 'one', match: [{ headerName: 'A', headerValue: { regex: 'a' } }] }],
        },
        fault: `${at} can not match the header A by a regex.`,
      },
      {
        name: 'requests are to be mirrored',
        wanted: { mirrorRoutes: [{ name: 'copy', match: [{ method: { exact: 'GET' } }] }] },
        fault: `${at} has no setMirrorRoute. Take them out of the steps.`,
      },
    ],
  )('says so when $name', ({ alb, annotations, wanted, fault }) => {
    expect(faultsOf(rollout(alb), traffic(10, wanted), new World(ingress(annotations)))).toEqual([fault]);
  });
});
