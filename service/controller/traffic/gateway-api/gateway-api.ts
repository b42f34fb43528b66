import { type GatewayApiRouting, isObject } from '../../../../schemas/index.js';
import { FaultError, faultOf, nameOf } from '../fault.js';
import { existing, fieldAt, listOf, objectsAt, withField } from '../fields.js';
import { patchObject } from '../merge-patch.js';
import type { InEffect, TrafficRouter } from '../router.js';
import { managedNames, namedServices, type Subject, stableWeight, unsupported } from '../subject.js';
import { planOf, type TrafficPlan } from '../traffic-plan.js';
import type { Change, Json, Surroundings, Traffic } from '../world.js';
import { isOfExperiment } from '../experiment-services.js';
import { backendNames, headerRule, isService, managedRules, mirrorRule } from './managed-rules.js';
import { GATEWAY_API, gatewayNeeds, readSettings, SETTINGS, type Target, targetsOf } from './targets.js';

/**
 * Routes of the Gateway API. In each rule that names both Services the weights are set. Routes of headers are rules of
 * their own in the same route, named as the managed route is. Settings and meaning are those of Argo's Gateway API plugin.
 */
export const gatewayApi: TrafficRouter = {
  name: GATEWAY_API,
  needs: gatewayNeeds,
  plan(subject, traffic, world) {
    try {
      const settings = readSettings(subject);
      const targets = targetsOf(subject, settings, world);
      const plan = planOf(
        targets.map((target) => () => routeChanges(subject, settings, traffic, target, world)),
      );
      return { changes: plan.changes, faults: [...plan.faults, ...lacks(subject, traffic, targets)] };
    } catch (error) {
      if (!(error instanceof FaultError)) throw error;
      return { changes: [], faults: [error.fault] };
    }
  },
  confirm(subject, _traffic, world) {
    const targets = targetsOf(subject, readSettings(subject), world);
    const seen = targets.map(({ ref }) => accepted(nameOf(ref), world.object(ref)));
    const pending = seen.find(({ kind }) => kind === 'pending');
    if (pending !== undefined) return pending;
    return seen.every(({ kind }) => kind === 'verified') ? { kind: 'verified' } : { kind: 'written' };
  },
};

function routeChanges(
  subject: Subject,
  settings: GatewayApiRouting,
  traffic: Traffic,
  target: Target,
  world: Surroundings,
): readonly Change[] {
  const { ref } = target;
  const route = existing(world, ref, SETTINGS);
  const services = namedServices(subject);
  const isManaged = managedRules(subject, services.canary);
  const rules = listOf(route, ref, 'spec.rules', 'the rules whose traffic is split').filter(
    (rule) => !isManaged(rule),
  );
  const weights = new Map([
    [services.canary, traffic.canaryWeight],
    [services.stable, stableWeight(subject, traffic)],
  ]);
  const isSplit = (rule: Json): boolean => [...weights.keys()].every((name) => backendNames(rule).has(name));
  const isOver = isOfExperiment(subject, services);
  const weighed = rules.map((rule) =>
    isSplit(rule) ? withExperiments(withWeights(rule, weights), traffic, services.canary, isOver) : rule,
  );
  const base = weighed.find(isSplit);
  const canary = (objectsAt(base ?? {}, 'backendRefs') ?? []).find(({ name }) => name === services.canary);
  if (base === undefined || canary === undefined) {
    const both = `${services.stable} and ${services.canary}`;
    throw faultOf(
      'missing',
      ref,
      'spec.rules[].backendRefs',
      `has no rule with both Services, ${both}. Add them.`,
    );
  }
  const made = [
    ...(takes(target)
      ? traffic.headerRoutes.map((route) => headerRule(subject, target.word, base, canary, route))
      : []),
    ...(takes(target) && target.word === 'httpRoute'
      ? traffic.mirrorRoutes.map((route) => mirrorRule(subject, base, canary, route))
      : []),
  ];
  const order = managedNames(subject);
  const sorted = made.toSorted((a, b) => order.indexOf(String(a['name'])) - order.indexOf(String(b['name'])));
  const after = labelled(
    withField(route, 'spec.rules', [...sorted, ...weighed]),
    settings,
    traffic.canaryWeight,
  );
  return patchObject(ref, route, after, {
    reason: 'PatchingRoute',
    message: `Updating ${nameOf(ref)} to desiredWeight '${traffic.canaryWeight}'`,
  });
}

const takes = ({ takesRoutes, word }: Target): boolean =>
  takesRoutes && (word === 'httpRoute' || word === 'grpcRoute');

const withWeights = (rule: Json, weights: ReadonlyMap<string, number>): Json => ({
  ...rule,
  backendRefs: (objectsAt(rule, 'backendRefs') ?? []).map((backend) => {
    const weight = isService(backend) ? weights.get(String(backend['name'])) : undefined;
    return weight === undefined ? backend : { ...backend, weight };
  }),
});

/** Versions of the experiment that runs are backends as the canary is one; those of experiments that are over are none. */
function withExperiments(
  rule: Json,
  { additional }: Traffic,
  canaryService: string,
  isOver: (service: string) => boolean,
): Json {
  const weights = new Map(additional.map((each) => [each.serviceName, each]));
  const backends = objectsAt(rule, 'backendRefs') ?? [];
  const kept = backends.flatMap((backend) => {
    const name = isService(backend) ? String(backend['name']) : '';
    const wanted = weights.get(name);
    if (wanted !== undefined) return [{ ...backend, weight: wanted.weight }];
    return isOver(name) ? [] : [backend];
  });
  const { filters: _filters, ...canary } = backends.find(({ name }) => name === canaryService) ?? {};
  const known = backendNames(rule);
  const added = additional
    .filter(({ serviceName }) => !known.has(serviceName))
    .map(({ serviceName, weight, port }) => ({
      ...{ ...canary, name: serviceName, weight },
      ...(port === undefined ? {} : { port }),
    }));
  return { ...rule, backendRefs: [...kept, ...added] };
}

/** A label marks routes while the canary has traffic, so that tools that compare manifests can look away. */
function labelled(route: Json, settings: GatewayApiRouting, canaryWeight: number): Json {
  const { disableInProgressLabel = false, inProgressLabelKey, inProgressLabelValue } = settings;
  if (disableInProgressLabel) return route;
  const key = inProgressLabelKey ?? 'rollouts.argoproj.io/gatewayapi-canary';
  const labels = fieldAt(route, 'metadata.labels');
  const others = isObject(labels) ? labels : {};
  if (canaryWeight > 0)
    return withField(route, 'metadata.labels', { ...others, [key]: inProgressLabelValue ?? 'in-progress' });
  if (others[key] === undefined) return route;
  return withField(route, 'metadata.labels', { ...others, [key]: undefined });
}

function lacks(subject: Subject, traffic: Traffic, targets: readonly Target[]): TrafficPlan['faults'] {
  const router = `plugins.${GATEWAY_API}`;
  const { headerRoutes, mirrorRoutes } = traffic;
  if (!targets.some(takes))
    return unsupported(subject, router, {
      'route with useHeaderRoutes for setHeaderRoute and setMirrorRoute': [...headerRoutes, ...mirrorRoutes],
    });
  const canMirror = targets.some((target) => takes(target) && target.word === 'httpRoute');
  return unsupported(subject, router, {
    ...(canMirror ? {} : { 'HTTPRoute with useHeaderRoutes for setMirrorRoute': mirrorRoutes }),
  });
}

/** What the implementations of the route's gateways say of it. */
function accepted(name: string, route: Json | undefined): InEffect {
  const generation = fieldAt(route ?? {}, 'metadata.generation');
  const conditions = (objectsAt(route ?? {}, 'status.parents') ?? []).flatMap((parent) =>
    (objectsAt(parent, 'conditions') ?? []).filter(({ type }) => type === 'Accepted'),
  );
  if (conditions.length === 0) return { kind: 'written' };
  for (const { status, observedGeneration, message } of conditions) {
    if (
      typeof generation === 'number' &&
      typeof observedGeneration === 'number' &&
      observedGeneration < generation
    )
      return { kind: 'pending', reason: `${name}: its gateway has not seen generation ${generation} yet` };
    if (status === 'False')
      return { kind: 'pending', reason: `${name}: its gateway does not accept it: ${String(message)}` };
  }
  return { kind: 'verified' };
}
