import { describe, expect, it } from 'vitest';
import { createTrafficRouters } from '../../../service/controller/traffic/index.js';
import type { Json } from '../../../service/controller/rollout/types.js';
import { bring, type Canary, faultsOf, rolloutOf, traffic, UID, World } from './world.js';

const path = (name: string, at = '/') => ({
  path: at,
  pathType: 'Prefix',
  backend: { service: { name, port: { number: 80 } } },
});
const ingress = (name: string, rules: readonly Json[], annotations: Json = {}): Json => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name, namespace: 'shop', annotations },
  spec: { ingressClassName: 'nginx', tls: [{ hosts: ['shop.example'], secretName: 'shop' }], rules },
});
const rule = (...paths: readonly Json[]): Json => ({ host: 'shop.example', http: { paths } });
const main = ingress('main', [rule(path('stable'), path('other', '/other')), rule(path('other'))], {
  'kubernetes.io/ingress.class': 'nginx',
  'nginx.ingress.kubernetes.io/rewrite-target': '/',
});

type Nginx = NonNullable<NonNullable<Canary['trafficRouting']>['nginx']>;
const rollout = (nginx: Nginx = { stableIngress: 'main' }, more: Partial<Canary['trafficRouting']> = {}) =>
  rolloutOf({ nginx, ...more });
const annotationsOf = (world: World, name = 'checkout-main-canary'): Json =>
  (world.get('Ingress', name)['metadata'] as { annotations: Json }).annotations;

describe('nginx', () => {
  it('makes a canary Ingress of the rules with the stable Service, owned by the Rollout', () => {
    const world = new World(main);
    const { changes } = bring(rollout(), traffic(10), world);
    expect(changes.map(({ kind, event }) => [kind, event])).toEqual([
      [
        'create',
        {
          reason: 'CreatingCanaryIngress',
          message: 'Creating canary ingress `checkout-main-canary` with weight `10`',
        },
      ],
    ]);
    expect(world.get('Ingress', 'checkout-main-canary')).toEqual({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: {
        name: 'checkout-main-canary',
        namespace: 'shop',
        annotations: {
          'kubernetes.io/ingress.class': 'nginx',
          'nginx.ingress.kubernetes.io/canary': 'true',
          'nginx.ingress.kubernetes.io/canary-weight': '10',
        },
        ownerReferences: [
          {
            ...{ apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', name: 'checkout', uid: UID },
            ...{ controller: true, blockOwnerDeletion: true },
          },
        ],
      },
      spec: {
        ingressClassName: 'nginx',
        tls: [{ hosts: ['shop.example'], secretName: 'shop' }],
        rules: [rule(path('canary'), path('other', '/other'))],
      },
    });
  });

  it('changes only the weight afterwards, and leaves the annotations of others', () => {
    const world = new World(main);
    bring(rollout(), traffic(10), world);
    const made = world.get('Ingress', 'checkout-main-canary');
    const { metadata } = made as { metadata: { annotations: Json } };
    const annotations = { ...metadata.annotations, 'field.cattle.io/publicEndpoints': '[]' };
    const touched = {
      ...made,
      metadata: { ...metadata, annotations, resourceVersion: '7', labels: { team: 'a' } },
    };
    const later = new World(main, touched);
    const { changes } = bring(rollout(), traffic(0), later);
    expect(changes).toEqual([
      expect.objectContaining({
        kind: 'patch',
        patch: {
          metadata: {
            annotations: { 'nginx.ingress.kubernetes.io/canary-weight': '0' },
            resourceVersion: '7',
          },
        },
        event: {
          reason: 'PatchingCanaryIngress',
          message: "Updating Ingress `checkout-main-canary` to desiredWeight '0'",
        },
      }),
    ]);
    expect(annotationsOf(later)).toMatchObject({ 'field.cattle.io/publicEndpoints': '[]' });
  });

  it.each<{ name: string; nginx: Nginx; more?: Partial<Canary['trafficRouting']>; annotations: Json }>([
    {
      name: 'another prefix',
      nginx: { stableIngress: 'main', annotationPrefix: 'custom.ingress' },
      annotations: { 'custom.ingress/canary': 'true', 'custom.ingress/canary-weight': '10' },
    },
    {
      name: 'additional annotations, with the prefix and without',
      nginx: {
        stableIngress: 'main',
        additionalIngressAnnotations: {
          'canary-by-cookie': 'beta',
          'nginx.ingress.kubernetes.io/limit-rps': '5',
          canary: 'no',
        },
      },
      annotations: {
        'nginx.ingress.kubernetes.io/canary': 'true',
        'nginx.ingress.kubernetes.io/canary-by-cookie': 'beta',
        'nginx.ingress.kubernetes.io/limit-rps': '5',
        'nginx.ingress.kubernetes.io/canary-weight': '10',
      },
    },
    {
      name: 'annotations as they are, which come before additional ones',
      nginx: {
        stableIngress: 'main',
        additionalIngressAnnotations: { 'limit-rps': '5' },
        canaryIngressAnnotations: { 'nginx.ingress.kubernetes.io/limit-rps': '9', 'example.com/a': 'b' },
      },
      annotations: {
        'nginx.ingress.kubernetes.io/canary': 'true',
        'nginx.ingress.kubernetes.io/canary-weight': '10',
        'nginx.ingress.kubernetes.io/limit-rps': '9',
        'example.com/a': 'b',
      },
    },
    {
      name: 'a weight of another total',
      nginx: { stableIngress: 'main' },
      more: { maxTrafficWeight: 1000 },
      annotations: {
        'nginx.ingress.kubernetes.io/canary': 'true',
        'nginx.ingress.kubernetes.io/canary-weight': '10',
        'nginx.ingress.kubernetes.io/canary-weight-total': '1000',
      },
    },
  ])('writes $name', ({ nginx, more, annotations }) => {
    const world = new World(ingress('main', [rule(path('stable'))]));
    bring(rollout(nginx, more), traffic(10), world);
    expect(annotationsOf(world)).toEqual(annotations);
  });

  it('sends requests with a header to the canary, until the route is taken away', () => {
    const route = (headerValue: { exact?: string; prefix?: string; regex?: string }) =>
      traffic(0, { headerRoutes: [{ name: 'beta', match: [{ headerName: 'X-Beta', headerValue }] }] });
    const world = new World(ingress('main', [rule(path('stable'))]));
    bring(rollout(), route({ exact: 'yes' }), world);
    const by = 'nginx.ingress.kubernetes.io/canary-by-header';
    const weight = {
      'nginx.ingress.kubernetes.io/canary': 'true',
      'nginx.ingress.kubernetes.io/canary-weight': '0',
    };
    expect(annotationsOf(world)).toEqual({ ...weight, [by]: 'X-Beta', [`${by}-value`]: 'yes' });
    bring(rollout(), route({ prefix: 'a.b' }), world);
    expect(annotationsOf(world)).toEqual({ ...weight, [by]: 'X-Beta', [`${by}-pattern`]: String.raw`^a\.b` });
    bring(rollout(), route({ regex: 'a|b' }), world);
    expect(annotationsOf(world)).toEqual({ ...weight, [by]: 'X-Beta', [`${by}-pattern`]: '^(?:a|b)$' });
    bring(rollout(), traffic(0), world);
    expect(annotationsOf(world)).toEqual(weight);
  });

  it('serves several stable Ingresses, also when one of them is missing', () => {
    const world = new World(main, ingress('third', [rule(path('stable'))]));
    const { faults } = bring(rollout({ stableIngresses: ['main', 'second', 'third'] }), traffic(30), world);
    expect(faults.map(({ message }) => message)).toEqual([
      'Ingress shop/second: does not exist, but spec.strategy.canary.trafficRouting.nginx names it. Create it, or change the Rollout.',
    ]);
    for (const name of ['checkout-main-canary', 'checkout-third-canary'])
      expect(annotationsOf(world, name)).toMatchObject({ 'nginx.ingress.kubernetes.io/canary-weight': '30' });
  });

  it('names what it needs, with names that Kubernetes takes', () => {
    const long = 'x'.repeat(250);
    const needs = createTrafficRouters().needs(rollout({ stableIngress: long }));
    expect(needs.map((need) => need.kind === 'object' && [need.ref.resource, need.ref.name])).toEqual([
      ['ingresses', long],
      ['ingresses', `checkout-${'x'.repeat(237)}-canary`],
    ]);
  });

  it.each<{ name: string; world: World; wanted?: Parameters<typeof traffic>[1]; fault: string }>([
    {
      name: 'there is no rule with the stable Service',
      world: new World(ingress('main', [rule(path('other')), { host: 'no.paths' }])),
      fault: 'Ingress shop/main: spec.rules have no path to the Service stable. Add one.',
    },
    {
      name: 'the canary Ingress is of another owner',
      world: new World(main, ingress('checkout-main-canary', [rule(path('canary'))])),
      fault:
        'Ingress shop/checkout-main-canary: metadata.ownerReferences do not name Rollout shop/checkout. Rename or delete it.',
    },
    {
      name: 'two headers are to match',
      world: new World(main),
      wanted: {
        headerRoutes: [
          {
            name: 'beta',
            match: [
              { headerName: 'A', headerValue: { exact: 'a' } },
              { headerName: 'B', headerValue: { exact: 'b' } },
            ],
          },
        ],
      },
      fault:
        'Rollout shop/checkout: spec.strategy.canary.trafficRouting.nginx matches one header only. Leave one match in one setHeaderRoute.',
    },
    {
      name: 'requests are to be mirrored',
      world: new World(main),
      wanted: { mirrorRoutes: [{ name: 'copy', match: [{ method: { exact: 'GET' } }] }] },
      fault:
        'Rollout shop/checkout: spec.strategy.canary.trafficRouting.nginx has no setMirrorRoute. Take them out of the steps.',
    },
  ])('says so when $name', ({ world, wanted, fault }) => {
    expect(faultsOf(rollout(), traffic(10, wanted), world)).toEqual([fault]);
  });

  it('says so when the Rollout names no Ingress', () => {
    expect(faultsOf(rollout({}), traffic(10), new World())).toEqual([
      'Rollout shop/checkout: spec.strategy.canary.trafficRouting.nginx.stableIngress is missing. Name the Ingress of the stable Service.',
    ]);
  });
});
