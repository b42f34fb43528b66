import { describe, expect, it } from 'vitest';
import {
  type Counts,
  countsByPods,
  nearest,
} from '../../../service/controller/rollout/plan/counts-by-pods.js';
import { countsByTraffic } from '../../../service/controller/rollout/plan/counts-by-traffic.js';
import { withStatus, type Scene, sceneOf } from '../../../service/controller/rollout/plan/scene.js';
import { podsOf } from '../../../service/controller/rollout/plan/surge.js';
import { Simulator } from './simulator.js';

type CountsCase = Readonly<
  Record<'replicas' | 'weight' | 'canary' | 'stable' | 'maxUnavailable' | 'maxSurge' | 'surge', number>
> & { readonly wanted: Counts };
interface PodsCase {
  readonly value: string | number;
  readonly replicas: number;
  readonly round: 'up' | 'down';
  readonly pods: number;
}
interface StepsCase {
  readonly steps: readonly object[];
  readonly more: object;
  readonly wanted: Counts;
}

/** A rollout of v1 in the middle of v2, with so many pods of each; all of them are available. */
function midway(
  replicas: number,
  canary: object,
  pods: { readonly stable: number; readonly canary: number },
): Scene {
  const cluster = new Simulator({ replicas, strategy: { canary } }, ['stable', 'canary']);
  cluster.settle();
  cluster.setImage('v2');
  cluster.step();
  cluster.step();
  const [stable, latest] = cluster.replicaSets;
  const sized = [
    [stable, pods.stable],
    [latest, pods.canary],
  ] as const;
  cluster.replicaSets = sized.flatMap(([set, count]) =>
    set === undefined ? [] : [{ ...set, spec: { ...set.spec, replicas: count } }],
  );
  cluster.movePods();
  return sceneOf(cluster.snapshot());
}

// Examples of Argo Rollouts' CalculateReplicaCountsForBasicCanary.
it.each`
  replicas | weight | canary | stable | maxUnavailable | maxSurge | wanted
  ${10}    | ${10}  | ${0}   | ${10}  | ${1}           | ${1}     | ${{ canary: 1, stable: 9 }}
  ${10}    | ${30}  | ${0}   | ${10}  | ${0}           | ${3}     | ${{ canary: 3, stable: 10 }}
  ${10}    | ${30}  | ${0}   | ${10}  | ${5}           | ${0}     | ${{ canary: 0, stable: 7 }}
  ${1}     | ${5}   | ${0}   | ${1}   | ${0}           | ${1}     | ${{ canary: 1, stable: 1 }}
  ${1}     | ${95}  | ${0}   | ${1}   | ${0}           | ${1}     | ${{ canary: 1, stable: 1 }}
`(
  '$replicas pods at $weight with surge $maxSurge and $maxUnavailable missing are $wanted next',
  ({ replicas, weight, canary, stable, maxUnavailable, maxSurge, wanted }: CountsCase) => {
    const scene = midway(
      replicas,
      { maxUnavailable, maxSurge, steps: [{ setWeight: weight }] },
      { canary, stable },
    );
    expect(countsByPods(scene)).toEqual(wanted);
  },
);

it.each`
  replicas | weight | surge | wanted
  ${0}     | ${50}  | ${1}  | ${{ canary: 0, stable: 0 }}
  ${3}     | ${50}  | ${0}  | ${{ canary: 2, stable: 1 }}
  ${10}    | ${1}   | ${0}  | ${{ canary: 1, stable: 9 }}
  ${10}    | ${99}  | ${0}  | ${{ canary: 9, stable: 1 }}
  ${10}    | ${0}   | ${0}  | ${{ canary: 0, stable: 10 }}
  ${10}    | ${100} | ${0}  | ${{ canary: 10, stable: 0 }}
  ${2}     | ${33}  | ${1}  | ${{ canary: 1, stable: 2 }}
`(
  '$weight of $replicas with surge $surge is nearest to $wanted',
  ({ replicas, weight, surge, wanted }: CountsCase) => {
    expect(nearest(replicas, weight, 100, surge)).toEqual(wanted);
  },
);

it.each`
  value    | replicas | round     | pods
  ${3}     | ${10}    | ${'up'}   | ${3}
  ${'25%'} | ${10}    | ${'up'}   | ${3}
  ${'25%'} | ${10}    | ${'down'} | ${2}
  ${'25'}  | ${4}     | ${'down'} | ${1}
`('$value of $replicas rounded $round is $pods', ({ value, replicas, round, pods }: PodsCase) => {
  expect(podsOf(value, replicas, round)).toBe(pods);
});

describe('where routers shift the traffic', () => {
  const routed = { trafficRouting: { nginx: {} }, stableService: 'stable', canaryService: 'canary' };
  const at = (more: object): Scene => midway(10, { ...routed, ...more }, { canary: 0, stable: 10 });

  it.each`
    steps                                    | more                            | wanted
    ${[{ setWeight: 15 }]}                   | ${{}}                           | ${{ canary: 2, stable: 10 }}
    ${[{ setWeight: 5 }]}                    | ${{ minPodsPerReplicaSet: 2 }}  | ${{ canary: 2, stable: 10 }}
    ${[{ setCanaryScale: { replicas: 3 } }]} | ${{}}                           | ${{ canary: 3, stable: 10 }}
    ${[{ setCanaryScale: { weight: 40 } }]}  | ${{}}                           | ${{ canary: 4, stable: 10 }}
    ${[{ setWeight: 30 }]}                   | ${{ dynamicStableScale: true }} | ${{ canary: 3, stable: 7 }}
  `('$steps with $more ask for $wanted', ({ steps, more, wanted }: StepsCase) => {
    expect(countsByTraffic(at({ steps, ...more }), undefined)).toEqual(wanted);
  });

  it('stable pods stay as long as they have traffic', () => {
    const scene = at({ steps: [{ setWeight: 30 }], dynamicStableScale: true });
    expect(countsByTraffic(scene, { canary: 10, stable: 90 })).toEqual({ canary: 3, stable: 9 });
  });

  it('after an abort canary pods stay as long as they have traffic', () => {
    const scene = withStatus(at({ steps: [{ setWeight: 30 }], dynamicStableScale: true }), { abort: true });
    expect(countsByTraffic(scene, { canary: 30, stable: 70 })).toEqual({ canary: 3, stable: 10 });
  });
});
