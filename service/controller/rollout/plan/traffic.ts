import { isDeepStrictEqual } from 'node:util';
import type { CanaryStep, RolloutStatus } from '../../../../schemas/index.js';
import type { Action, Destination, Traffic, TrafficState } from '../types.js';
import { isAtCounts, meetsThreshold } from './at-counts.js';
import { wantedWeight } from './counts-by-traffic.js';
import { isWithinWindow } from './fast-track.js';
import { experimentDestinations } from './experiments.js';
import { HASH_LABEL } from './names.js';
import { availableOf, hashOf } from './replica-set.js';
import { isFirst, isPromoted, type Scene, serviceNamed } from './scene.js';
import { isThroughSteps, maxWeight, stepIndex, stepsOf, stepWeight, weightBefore } from './steps.js';
import { versionServices } from './version-services.js';

type Weights = NonNullable<NonNullable<RolloutStatus['canary']>['weights']>;

/** What is to be done about the traffic. */
export interface TrafficPlan {
  /** What is in effect as far as it is known, for the status. */
  readonly weights: Weights | undefined;
  readonly actions: readonly Action[];
  /** What is wanted is in effect; always so where no routers shift the traffic. */
  readonly isInEffect: boolean;
  /** What stands in the way. */
  readonly fault?: string;
  readonly requeueAtMs?: number;
}

/** What is to be done about the traffic of a canary. What the status tells of it is what the routers have been seen to do. */
export function planTraffic(scene: Scene): TrafficPlan {
  const recorded = scene.status.canary?.weights;
  const { traffic, settings } = scene.snapshot;
  if (scene.canary?.trafficRouting === undefined)
    return { weights: undefined, actions: [], isInEffect: true };
  const wanted = wantedTraffic(scene);
  // There is nothing yet that the traffic could go to.
  if (wanted === undefined) return { weights: recorded, actions: [], isInEffect: false };
  const state: TrafficState = traffic?.(wanted) ?? {
    kind: 'blocked',
    faults: ['no router is known for this Rollout'],
  };
  const weights = weightsOf(scene, wanted);
  switch (state.kind) {
    case 'differs':
      return { weights: recorded, actions: [{ kind: 'setTraffic', traffic: wanted }], isInEffect: false };
    case 'blocked':
      return { weights: recorded, actions: [], isInEffect: false, fault: state.faults.join('; ') };
    case 'pending': {
      const requeueAtMs = scene.nowMs + settings.verifyRetryMs;
      return { ...told(recorded, { ...weights, verified: false }), isInEffect: false, requeueAtMs };
    }
    case 'written':
      return { ...told(recorded, weights), isInEffect: true };
    case 'verified':
      return { ...told(recorded, { ...weights, verified: true }), isInEffect: true };
  }
}

/** New weights are an event. */
function told(old: Weights | undefined, weights: Weights): Pick<TrafficPlan, 'weights' | 'actions'> {
  const { canary, additional = [] } = weights;
  const from = old === undefined ? '' : `from ${old.canary.weight} `;
  const isSame = old !== undefined && isDeepStrictEqual(old.additional ?? [], additional);
  const details = [
    ...(old?.canary.weight === canary.weight ? [] : [`${from}to ${canary.weight}`]),
    ...(old === undefined || isSame ? [] : [`experiments: ${toldDestinations(additional)}`]),
  ];
  if (details.length === 0) return { weights, actions: [] };
  const message = `Traffic weight updated ${details.join(', ')}`;
  return { weights, actions: [{ kind: 'event', type: 'Normal', reason: 'TrafficWeightUpdated', message }] };
}

const toldDestinations = (destinations: NonNullable<Weights['additional']>): string =>
  destinations.length === 0
    ? 'none'
    : destinations.map(({ serviceName = '', weight }) => `${serviceName} ${weight}`).join(', ');

const sum = (destinations: readonly Destination[]): number =>
  destinations.reduce((all, { weight }) => all + weight, 0);

function weightsOf(scene: Scene, traffic: Traffic): Weights {
  const { canaryWeight, canaryHash, stableHash, additional } = traffic;
  const { canary, stable } = versionServices(scene);
  const named = (serviceName: string, podTemplateHash: string, weight: number): Weights['canary'] => ({
    weight,
    ...(serviceName === '' ? {} : { serviceName }),
    ...(podTemplateHash === '' ? {} : { podTemplateHash }),
  });
  return {
    canary: named(canary, canaryHash, canaryWeight),
    stable: named(stable, stableHash, maxWeight(scene) - canaryWeight - sum(additional)),
    ...(additional.length === 0
      ? {}
      : {
          additional: additional.map((each) => named(each.serviceName, each.podTemplateHash, each.weight)),
        }),
  };
}

/** Undefined: it stays as it is, as there are not enough stable pods for what they would get, or not behind their Service. */
export function wantedTraffic(scene: Scene): Traffic | undefined {
  const { stableSet, newSet, status } = scene;
  if (stableSet === undefined) return undefined;
  const previous = previousCanary(scene);
  const canaryWeight = previous === undefined ? wantedCanaryWeight(scene) : weightBackwards(scene);
  if (!hasRoomForRest(scene, canaryWeight) || !isStableServed(scene)) return undefined;
  const isUnderWay =
    !isPromoted(scene) && status.abort !== true && status.promoteFull !== true && availableOf(newSet) > 0;
  const steps = isUnderWay ? stepsOf(scene).slice(0, (stepIndex(scene) ?? 0) + 1) : [];
  return {
    canaryWeight,
    canaryHash: previous ?? hashOf(newSet),
    stableHash: hashOf(stableSet),
    additional: experimentDestinations(scene),
    headerRoutes: isThroughSteps(scene) ? [] : lastOfEach(steps.map(({ setHeaderRoute }) => setHeaderRoute)),
    mirrorRoutes: isThroughSteps(scene) ? [] : lastOfEach(steps.map(({ setMirrorRoute }) => setMirrorRoute)),
  };
}

function wantedCanaryWeight(scene: Scene): number {
  const { newSet, status, canary, replicas } = scene;
  if (isPromoted(scene) || isFirst(scene)) return 0;
  if (status.abort === true) return weightBackwards(scene);
  if (availableOf(newSet) === 0) return 0;
  if (status.promoteFull === true) {
    if (canary?.dynamicStableScale !== true) return status.canary?.weights?.canary.weight ?? 0;
    return Math.min(
      maxWeight(scene),
      Math.floor((maxWeight(scene) * availableOf(newSet)) / Math.max(1, replicas)),
    );
  }
  if (stepIndex(scene) === undefined) return 0;
  // There were no steps that the traffic would have gone.
  if (isWithinWindow(scene) && !isAtCounts(scene, undefined))
    return status.canary?.weights?.canary.weight ?? 0;
  // The pods of the step have to be there before its traffic.
  return isAtCounts(scene, undefined) ? stepWeight(scene) : weightBefore(scene);
}

/**
 * The weight on the way back to the stable version: none, at once. With `dynamicStableScale` as fast as its pods become
 * available, and never more than before.
 */
function weightBackwards(scene: Scene): number {
  const { canary, stableSet, newSet, replicas, status } = scene;
  if (
    canary?.dynamicStableScale !== true ||
    stableSet === undefined ||
    newSet === undefined ||
    replicas === 0
  )
    return 0;
  const wanted = isPromoted(scene) ? 0 : wantedWeight(scene);
  const served = Math.floor((maxWeight(scene) * availableOf(stableSet)) / replicas);
  const unserved = Math.max(0, maxWeight(scene) - served);
  const now = status.canary?.weights?.canary.weight;
  if (now === undefined) return Math.max(unserved, wanted);
  if (wanted <= 0) return Math.min(unserved, now);
  return served < maxWeight(scene) - wanted ? now : Math.min(wanted, now);
}

/**
 * Hash of the canary that is being left for the stable version, which is the new one again and has too few pods yet, as
 * `dynamicStableScale` had scaled it down. Undefined: it is not so.
 */
export function previousCanary(scene: Scene): string | undefined {
  const { canary, status, newSet, replicas } = scene;
  if (!isPromoted(scene) || canary?.trafficRouting === undefined || canary.dynamicStableScale !== true)
    return undefined;
  const hash = status.canary?.weights?.canary.podTemplateHash ?? '';
  return hash === '' || hash === hashOf(newSet) || availableOf(newSet) >= replicas ? undefined : hash;
}

/** The stable version has pods for what the canary does not get. */
function hasRoomForRest(scene: Scene, canaryWeight: number): boolean {
  const { stableSet, canary, replicas, status } = scene;
  const pods = Math.floor(((maxWeight(scene) - canaryWeight) * replicas) / maxWeight(scene));
  if (availableOf(stableSet) >= pods || meetsThreshold(canary?.replicaProgressThreshold, stableSet, pods))
    return true;
  // A canary that is given up is worse than stable pods under load, as long as there are any.
  return status.abort === true && canary?.dynamicStableScale !== true && availableOf(stableSet) > 0;
}

/** The stable Service selects the stable pods: after a promotion traffic goes back to it only then. */
function isStableServed(scene: Scene): boolean {
  const service = serviceNamed(scene, versionServices(scene).stable);
  return (
    service === undefined ||
    !isPromoted(scene) ||
    service.spec.selector?.[HASH_LABEL] === hashOf(scene.stableSet)
  );
}

type Route = NonNullable<CanaryStep['setHeaderRoute'] | CanaryStep['setMirrorRoute']>;

/** The last step about a route counts; one without a match takes it away. */
function lastOfEach<Of extends Route>(routes: readonly (Of | undefined)[]): readonly Of[] {
  const byName = new Map(
    routes.filter((route) => route !== undefined).map((route) => [route.name ?? '', route] as const),
  );
  return [...byName.values()].filter(({ match }) => (match ?? []).length > 0);
}
