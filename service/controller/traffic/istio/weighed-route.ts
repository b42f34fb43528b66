import { faultOf } from '../fault.js';
import { objectsAt, textAt, withField } from '../fields.js';
import { type Subject, servicesOf, stableWeight } from '../subject.js';
import type { Json, ObjectRef, Traffic } from '../world.js';

/** How the traffic of a route is split. */
export interface Split {
  readonly canary: string;
  readonly stable: string;
  /** Subsets of the versions; undefined: hosts tell them apart. */
  readonly subset: { readonly canary: string; readonly stable: string } | undefined;
  readonly canaryWeight: number;
  readonly stableWeight: number;
  readonly additional: Traffic['additional'];
  /** Subsets whose share is somebody else's. */
  readonly foreignSubsets: readonly string[];
}

/** The split that is wanted. */
export function splitOf(subject: Subject, traffic: Traffic): Split {
  const { canary, stable } = servicesOf(subject);
  const { destinationRule } = subject.routing.istio ?? {};
  return {
    ...{ canary, stable },
    subset:
      destinationRule === undefined
        ? undefined
        : { canary: destinationRule.canarySubsetName, stable: destinationRule.stableSubsetName },
    canaryWeight: traffic.canaryWeight,
    stableWeight: stableWeight(subject, traffic),
    additional: traffic.additional,
    foreignSubsets: destinationRule?.additionalSubsetNames ?? [],
  };
}

/**
 * The route with the weights that are wanted. As with Argo Rollouts, destinations of experiments that are over are taken
 * out: whatever has a weight and is neither version, nor wanted, nor an additional subset.
 */
export function weighedRoute(route: Json, split: Split, ref: ObjectRef, path: string): Json {
  const destinations = objectsAt(route, 'route') ?? [];
  const roles = destinations.map((destination) => ({ destination, role: roleOf(destination, split) }));
  for (const version of ['canary', 'stable'] as const) {
    if (roles.some(({ role }) => role === version)) continue;
    const what =
      split.subset === undefined
        ? `host of the Service ${split[version]}`
        : `subset ${split.subset[version]}`;
    throw faultOf('missing', ref, path, `has no destination with the ${what}. Add it.`);
  }
  const foreign = roles
    .filter(({ role }) => role === 'foreign')
    .reduce((sum, item) => sum + weightOf(item.destination), 0);
  const stable = Math.max(0, split.stableWeight - foreign);
  const kept = roles.flatMap(({ destination, role }) => {
    switch (role) {
      case 'canary':
        return [withWeight(destination, split.canaryWeight)];
      case 'stable':
        return [withWeight(destination, stable)];
      case 'foreign':
        return [destination];
      case 'unknown':
        return weightOf(destination) === 0 ? [destination] : [];
      default:
        return [withWeight(destination, role.weight)];
    }
  });
  const present = new Set(destinations.map(hostOf));
  const added = split.additional
    .filter(({ serviceName }) => !present.has(serviceName))
    .map(({ serviceName, weight }) => ({ destination: { host: serviceName }, weight }));
  return { ...route, route: [...kept, ...added] };
}

type Role = 'canary' | 'stable' | 'foreign' | 'unknown' | Traffic['additional'][number];

function roleOf(destination: Json, { canary, stable, subset, additional, foreignSubsets }: Split): Role {
  const [host, named] = [hostOf(destination), textAt(destination, 'destination.subset')];
  if (subset !== undefined) {
    if (named === subset.canary) return 'canary';
    if (named === subset.stable) return 'stable';
    if (named !== '' && foreignSubsets.includes(named)) return 'foreign';
  }
  if (subset === undefined || named === '') {
    if (host === canary) return 'canary';
    if (host === stable) return 'stable';
  }
  return additional.find(({ serviceName }) => serviceName === host) ?? 'unknown';
}

/** The first part of the host, which is the name of the Service. */
const hostOf = (destination: Json): string => textAt(destination, 'destination.host').split('.')[0] ?? '';

const weightOf = ({ weight }: Json): number => (typeof weight === 'number' ? weight : 0);

/** No weight and a weight of 0 are the same to Istio, and left as they are. */
const withWeight = (destination: Json, weight: number): Json =>
  weightOf(destination) === weight ? destination : withField(destination, 'weight', weight);
