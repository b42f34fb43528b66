import {
  API_VERSION,
  type CanaryStrategy,
  type Rollout,
  type TrafficRouting,
} from '../../../schemas/index.js';
import { type Fault, faultOf } from './fault.js';
import type { HeaderRoute, Json, MirrorRoute, Traffic } from './world.js';

/** The Rollout whose traffic is shifted. */
export interface Subject {
  readonly kind: 'Rollout';
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly canary: CanaryStrategy;
  readonly routing: TrafficRouting;
  /** Weight that is all of the traffic. */
  readonly total: number;
  readonly isStablePing: boolean;
  /** Services of experiments that had a share of the traffic when it was recorded last. */
  readonly experimentServices: readonly string[];
}

/** Path of the settings of traffic in a Rollout. */
export const ROUTING = 'spec.strategy.canary.trafficRouting';

/** What routers need of a Rollout; undefined: its traffic is not shifted. */
export function subjectOf({ metadata, spec, status }: Rollout): Subject | undefined {
  const canary = spec.strategy?.canary;
  const routing = canary?.trafficRouting;
  if (canary === undefined || routing === undefined) return undefined;
  const { name = '', namespace = '', uid = '' } = metadata ?? {};
  return {
    ...{ kind: 'Rollout', namespace, name, uid, canary, routing },
    total: routing.maxTrafficWeight ?? 100,
    isStablePing: status?.canary?.stablePingPong === 'ping',
    experimentServices: (status?.canary?.weights?.additional ?? []).flatMap(
      ({ serviceName }) => serviceName ?? [],
    ),
  };
}

/** Names of the services of the two versions. */
export interface Services {
  readonly stable: string;
  readonly canary: string;
}

/**
 * The services of the two versions. Of two that take turns the status tells which is the stable one's. `prefersPingPong`:
 * those that take turns are used although stable and canary ones are named too, as Argo Rollouts does for ALB only.
 */
export function servicesOf({ canary, isStablePing }: Subject, prefersPingPong = false): Services {
  const { stableService: stable = '', canaryService = '', pingPong } = canary;
  if (pingPong === undefined || (!prefersPingPong && (stable !== '' || canaryService !== '')))
    return { stable, canary: canaryService };
  const { pingService, pongService } = pingPong;
  return isStablePing
    ? { stable: pingService, canary: pongService }
    : { stable: pongService, canary: pingService };
}

/** The services of the two versions, or a fault: without them there is nothing to shift traffic between. */
export function namedServices(subject: Subject, prefersPingPong = false): Services {
  const services = servicesOf(subject, prefersPingPong);
  for (const version of ['stable', 'canary'] as const) {
    if (services[version] !== '') continue;
    const path = `spec.strategy.canary.${version}Service`;
    throw faultOf('missing', subject, path, 'is missing: traffic is shifted between two Services.');
  }
  return services;
}

/** Weight of the stable version, never negative. */
export const stableWeight = ({ total }: Subject, { canaryWeight, additional }: Traffic): number =>
  Math.max(0, total - canaryWeight - additional.reduce((sum, { weight }) => sum + weight, 0));

/** Reference to the Rollout as the owner that manages an object, with which the object is deleted. */
export const ownerReference = ({ name, uid }: Subject): Json => ({
  ...{ apiVersion: API_VERSION, kind: 'Rollout', name, uid },
  ...{ controller: true, blockOwnerDeletion: true },
});

/** Names of the routes that the Rollout makes and takes away, in the order in which they are matched. */
export function managedNames({ canary, routing }: Subject): readonly string[] {
  const steps = (canary.steps ?? []).flatMap(({ setHeaderRoute, setMirrorRoute }) => [
    setHeaderRoute?.name ?? '',
    setMirrorRoute?.name ?? '',
  ]);
  const names = [...(routing.managedRoutes ?? []).map(({ name }) => name), ...steps];
  return [...new Set(names)].filter((name) => name !== '');
}

/** Name of a route, or a fault: without one it could not be taken away again. */
export function routeName(subject: Subject, { name = '' }: HeaderRoute | MirrorRoute): string {
  if (name !== '') return name;
  throw faultOf('missing', subject, 'spec.strategy.canary.steps[].setHeaderRoute.name', 'is missing.');
}

/** Faults of what is wanted and this router does not have: nothing is left out in silence. */
export function unsupported(
  subject: Subject,
  router: string,
  wanted: Readonly<Record<string, readonly (HeaderRoute | MirrorRoute | { readonly serviceName: string })[]>>,
): readonly Fault[] {
  return Object.entries(wanted)
    .filter(([, routes]) => routes.length > 0)
    .map(([what]) => {
      const problem = `has no ${what}. Take them out of the steps.`;
      return faultOf('unsupported', subject, `${ROUTING}.${router}`, problem).fault;
    });
}
