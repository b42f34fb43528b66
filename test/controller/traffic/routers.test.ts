import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { createTrafficRouters } from '../../../service/controller/traffic/index.js';
import type { Json } from '../../../service/controller/rollout/types.js';
import { bring, rolloutOf, traffic, World } from './world.js';

const routers = createTrafficRouters();
const CONFIG = { url: 'http://mesh' };

describe('a traffic plugin', () => {
  const rollout = rolloutOf({
    plugins: { 'acme/mesh': CONFIG },
    managedRoutes: [{ name: 'beta' }],
    maxTrafficWeight: 1000,
  });

  it('is told all that is wanted, once', () => {
    const world = new World();
    const { changes } = routers.plan(rollout, traffic(250), world);
    const [call] = changes;
    if (call?.kind !== 'call') throw new Error('the plugin is not called');
    expect(call.plugin).toBe('acme/mesh');
    expect(call.request).toEqual({
      interfaceVersion: 1,
      plugin: 'acme/mesh',
      config: CONFIG,
      rollout: { namespace: 'shop', name: 'checkout', uid: rollout.metadata?.uid },
      totalWeight: 1000,
      canary: { serviceName: 'canary', podTemplateHash: 'new-hash', weight: 250 },
      stable: { serviceName: 'stable', podTemplateHash: 'old-hash', weight: 750 },
      ...{ additional: [], headerRoutes: [], mirrorRoutes: [], managedRoutes: ['beta'] },
    });
    world.answers.set('acme/mesh', { request: call.request, answer: {} });
    expect(routers.plan(rollout, traffic(250), world)).toEqual({ changes: [], faults: [] });
    expect(routers.plan(rollout, traffic(251), world).changes).toHaveLength(1);
  });

  it.each([
    [{}, { kind: 'written' }],
    [{ verified: true }, { kind: 'verified' }],
    [
      { verified: false, message: 'two of three' },
      { kind: 'pending', reason: 'plugin acme/mesh: two of three' },
    ],
    [{ verified: false }, { kind: 'pending', reason: 'plugin acme/mesh: it is not in effect yet' }],
    [
      'refused',
      {
        kind: 'blocked',
        faults: [
          'Rollout shop/checkout: spec.strategy.canary.trafficRouting.plugins.acme/mesh has not done it: refused',
        ],
      },
    ],
  ])('answers %j', (answer, state) => {
    const world = new World();
    const [call] = routers.plan(rollout, traffic(5), world).changes;
    if (call?.kind !== 'call') throw new Error('the plugin is not called');
    world.answers.set('acme/mesh', { request: call.request, answer });
    expect(routers.verify(rollout, traffic(5), world)).toEqual(state);
  });
});

const service = (name: string, weight: number): Json => ({ destination: { host: name }, weight });
const virtualService: Json = {
  kind: 'VirtualService',
  metadata: { name: 'vs', namespace: 'shop' },
  spec: { http: [{ route: [service('stable', 100), service('canary', 0)] }] },
};
const weighted: Json = {
  kind: 'TraefikService',
  metadata: { name: 'weighted', namespace: 'shop' },
  spec: { weighted: { services: [{ name: 'stable' }, { name: 'canary' }] } },
};
const several = rolloutOf({
  istio: { virtualService: { name: 'vs' } },
  traefik: { weightedTraefikServiceName: 'weighted' },
});

describe('the routers of a Rollout', () => {
  it('need, plan and verify nothing where no traffic is shifted', () => {
    const rollout = rolloutOf(undefined);
    expect(routers.needs(rollout)).toEqual([]);
    expect(routers.plan(rollout, traffic(10), new World())).toEqual({ changes: [], faults: [] });
    expect(routers.verify(rollout, traffic(10), new World())).toEqual({ kind: 'written' });
  });

  it('are used all, each as far as it can be', () => {
    const world = new World(weighted);
    expect(routers.needs(several)).toMatchObject([
      { ref: { kind: 'VirtualService' } },
      { ref: { kind: 'TraefikService' } },
    ]);
    const { changes, faults } = routers.plan(several, traffic(0), world);
    expect(changes).toMatchObject([{ ref: { kind: 'TraefikService' } }]);
    expect(faults).toMatchObject([{ code: 'missing', object: 'VirtualService shop/vs' }]);
    world.make(changes);
    expect(routers.verify(several, traffic(0), world)).toEqual({
      kind: 'blocked',
      faults: [expect.stringContaining('VirtualService shop/vs: does not exist')],
    });
  });

  it('verify what is written', () => {
    const world = new World(virtualService, weighted);
    expect(routers.verify(several, traffic(10), world)).toEqual({ kind: 'differs' });
    bring(several, traffic(10), world);
    expect(routers.verify(several, traffic(10), world)).toEqual({ kind: 'written' });
  });

  it.each(['ambassador', 'appMesh'] as const)('refuse %s, which is none of ours', (name) => {
    const rollout = rolloutOf({ [name]: name === 'ambassador' ? { mappings: ['m'] } : {} });
    expect(routers.plan(rollout, traffic(10), new World()).faults).toMatchObject([
      { code: 'unsupported', path: `spec.strategy.canary.trafficRouting.${name}` },
    ]);
  });

  it('say when there are no two Services', () => {
    const rollout = rolloutOf({ traefik: { weightedTraefikServiceName: 'weighted' } }, { canaryService: '' });
    expect(routers.plan(rollout, traffic(10), new World(weighted)).faults).toMatchObject([
      {
        code: 'missing',
        message:
          'Rollout shop/checkout: spec.strategy.canary.canaryService is missing: traffic is shifted between two Services.',
      },
    ]);
  });

  test.prop([fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 1, maxLength: 6 })])(
    'end at the last weight whatever came before, with all of the traffic shared out',
    (weights) => {
      const world = new World(virtualService, weighted);
      for (const weight of weights) bring(several, traffic(weight), world);
      const last = weights.at(-1) ?? 0;
      expect(world.get('VirtualService', 'vs')['spec']).toEqual({
        http: [{ route: [service('stable', 100 - last), service('canary', last)] }],
      });
      expect(world.get('TraefikService', 'weighted')['spec']).toEqual({
        weighted: {
          services: [
            { name: 'stable', weight: 100 - last },
            { name: 'canary', weight: last },
          ],
        },
      });
    },
  );
});
