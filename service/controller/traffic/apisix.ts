import { faultOf, nameOf } from './fault.js';
import { controllerUid, existing, fieldAt, listOf, objectsAt, textAt, textsAt, withField } from './fields.js';
import { patchObject } from './merge-patch.js';
import type { TrafficRouter } from './router.js';
import {
  managedNames,
  namedServices,
  ownerReference,
  ROUTING,
  routeName,
  type Subject,
  stableWeight,
  unsupported,
} from './subject.js';
import { literally, textMatch } from './text-match.js';
import { planOf } from './traffic-plan.js';
import type { Change, HeaderRoute, Json, ObjectRef, Surroundings, Traffic } from './world.js';

const SETTINGS = `${ROUTING}.apisix.route`;
const API = {
  group: 'apisix.apache.org',
  version: 'v2',
  resource: 'apisixroutes',
  kind: 'ApisixRoute',
} as const;
/** It tells what somebody else applied, which a copy was not. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * Apache APISIX: the weights of backends in rules of an ApisixRoute. A route of headers is an ApisixRoute of its own, which
 * the Rollout owns: the same rules, with the headers, for the canary only, and of higher priority.
 */
export const apisix: TrafficRouter = {
  name: 'apisix',
  needs: (subject) =>
    [routeRef(subject), ...managedNames(subject).map((name) => refOf(subject, name))].map((ref) => ({
      kind: 'object',
      ref,
    })),
  plan(subject, traffic, world) {
    const wanted = new Map(traffic.headerRoutes.map((route) => [route.name ?? '', route] as const));
    const unwanted = managedNames(subject).filter((name) => !wanted.has(name));
    const { changes, faults } = planOf([
      () => weightChanges(subject, traffic, world),
      ...[...wanted.values()].map((route) => () => headerChanges(subject, route, world)),
      ...unwanted.map((name) => () => removal(subject, refOf(subject, name), world)),
    ]);
    const lacks = unsupported(subject, 'apisix', {
      setMirrorRoute: traffic.mirrorRoutes,
      'weights of experiments': traffic.additional,
    });
    return { changes, faults: [...faults, ...lacks] };
  },
};

const refOf = ({ namespace }: Subject, name: string): ObjectRef => ({ ...API, namespace, name });
const routeRef = (subject: Subject): ObjectRef => refOf(subject, subject.routing.apisix?.route?.name ?? '');

function weightChanges(subject: Subject, traffic: Traffic, world: Surroundings): readonly Change[] {
  const ref = routeRef(subject);
  const route = existing(world, ref, SETTINGS);
  const { canary, stable } = namedServices(subject);
  const weights = new Map<unknown, number>([
    [canary, traffic.canaryWeight],
    [stable, stableWeight(subject, traffic)],
  ]);
  const chosen = new Set(chosenRules(subject, route, ref));
  const rules = (objectsAt(route, 'spec.http') ?? []).map((rule) =>
    chosen.has(rule)
      ? {
          ...rule,
          backends: (objectsAt(rule, 'backends') ?? []).map((backend) => {
            const weight = weights.get(backend['serviceName']);
            return weight === undefined ? backend : { ...backend, weight };
          }),
        }
      : rule,
  );
  return patchObject(ref, route, withField(route, 'spec.http', rules), {
    reason: 'UpdatingApisixRoute',
    message: `Updating ${nameOf(ref)} to desiredWeight '${traffic.canaryWeight}'`,
  });
}

/** The rules that the Rollout names, else the one that is named as the route is. Each has both Services. */
function chosenRules(subject: Subject, route: Json, ref: ObjectRef): readonly Json[] {
  const services = namedServices(subject);
  const rules = listOf(route, ref, 'spec.http', 'the rules whose weights are set');
  return (subject.routing.apisix?.route?.rules ?? [ref.name]).map((name) => {
    const index = rules.findIndex((rule) => rule['name'] === name);
    const rule = rules[index];
    if (rule === undefined)
      throw faultOf(
        'missing',
        ref,
        'spec.http',
        `has no rule ${name}. Name one of its rules in ${SETTINGS}.rules.`,
      );
    for (const service of [services.canary, services.stable]) {
      if ((objectsAt(rule, 'backends') ?? []).some(({ serviceName }) => serviceName === service)) continue;
      throw faultOf('missing', ref, `spec.http[${index}].backends`, `has no backend ${service}. Add it.`);
    }
    return rule;
  });
}

function headerChanges(subject: Subject, header: HeaderRoute, world: Surroundings): readonly Change[] {
  const baseRef = routeRef(subject);
  const base = existing(world, baseRef, SETTINGS);
  const ref = refOf(subject, routeName(subject, header));
  const http = chosenRules(subject, base, baseRef).map((rule) => headerRule(subject, rule, header));
  const spec = { ...(fieldAt(base, 'spec') as Json), http };
  const current = world.object(ref);
  const event = {
    reason: current === undefined ? 'CreatingApisixRoute' : 'UpdatingApisixRoute',
    message: `${nameOf(ref)} sends requests with certain headers to the canary`,
  };
  if (current !== undefined) {
    if (controllerUid(current) !== subject.uid)
      throw faultOf(
        'foreign',
        ref,
        'metadata.ownerReferences',
        `do not name ${nameOf(subject)}. Rename the managed route.`,
      );
    return patchObject(ref, current, { ...current, spec }, event);
  }
  const { [LAST_APPLIED]: _applied, ...annotations } = textsAt(base, 'metadata.annotations');
  const metadata = {
    ...{ name: ref.name, namespace: ref.namespace, labels: textsAt(base, 'metadata.labels'), annotations },
    ownerReferences: [ownerReference(subject)],
  };
  const object = { apiVersion: `${API.group}/${API.version}`, kind: API.kind, metadata, spec };
  return [{ kind: 'create', ref, object, event }];
}

function headerRule(subject: Subject, rule: Json, { match = [] }: HeaderRoute): Json {
  const { canary, stable } = namedServices(subject);
  const backends = (objectsAt(rule, 'backends') ?? [])
    .filter(({ serviceName }) => serviceName !== stable)
    .map((backend) => (backend['serviceName'] === canary ? { ...backend, weight: 100 } : backend));
  const exprs = match.map(({ headerName, headerValue }) => {
    const { kind, text } = textMatch(subject, `header ${headerName}`, headerValue);
    const subjectOfExpr = { scope: 'Header', name: headerName };
    if (kind === 'exact') return { subject: subjectOfExpr, op: 'Equal', value: text };
    return {
      subject: subjectOfExpr,
      op: 'RegexMatch',
      value: kind === 'regex' ? text : `^${literally(text)}.*`,
    };
  });
  const { priority } = rule;
  const own = objectsAt(rule, 'match.exprs') ?? [];
  return {
    ...withField(rule, 'match.exprs', [...own, ...exprs]),
    backends,
    priority: (typeof priority === 'number' ? priority : 0) + 1,
  };
}

/** Only what the Rollout owns is deleted: a managed route that is not made yet may be a name of somebody else's. */
function removal(subject: Subject, ref: ObjectRef, world: Surroundings): readonly Change[] {
  const current = world.object(ref);
  if (current === undefined || controllerUid(current) !== subject.uid) return [];
  const event = { reason: 'DeletingApisixRoute', message: `${nameOf(ref)} is not wanted any more` };
  return [{ kind: 'delete', ref, uid: textAt(current, 'metadata.uid'), event }];
}
