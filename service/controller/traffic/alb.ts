import { isList, isObject } from '../../../schemas/index.js';
import { faultOf } from './fault.js';
import { existing, textsAt, withField } from './fields.js';
import { goesTo, ingressRef, pathsOf, rulesOf, serviceOf, withPaths } from './ingress.js';
import { patchObject } from './merge-patch.js';
import type { TrafficRouter } from './router.js';
import {
  managedNames,
  namedServices,
  ROUTING,
  routeName,
  type Subject,
  stableWeight,
  unsupported,
} from './subject.js';
import { textMatch } from './text-match.js';
import { planOf } from './traffic-plan.js';
import type { Change, HeaderRoute, Json, ObjectRef, Surroundings, Traffic } from './world.js';

const SETTINGS = `${ROUTING}.alb`;
/** Argo Rollouts' list of the annotations that it keeps, by Rollout: several may share an Ingress. */
const MANAGED = 'rollouts.argoproj.io/managed-alb-annotations';
/** What AWS takes for the time that clients stay with a version, seconds. */
const MAX_STICKY_SECONDS = 604_800;

/**
 * AWS Load Balancer Controller: an action annotation of the Ingress has the weights of the Services' target groups. Routes
 * of headers are an action with a condition, and a path that names the action, before the others.
 * ({@link https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/#actions})
 */
export const alb: TrafficRouter = {
  name: 'alb',
  needs: (subject) =>
    ingressesOf(subject).map((name) => ({ kind: 'object', ref: ingressRef(subject.namespace, name) })),
  plan(subject, traffic, world) {
    const names = ingressesOf(subject);
    const work = names.map((name) => () => ingressChanges(subject, traffic, name, world));
    const { changes, faults } = planOf(names.length === 0 ? [() => noIngress(subject)] : work);
    return {
      changes,
      faults: [...faults, ...unsupported(subject, 'alb', { setMirrorRoute: traffic.mirrorRoutes })],
    };
  },
};

function ingressesOf({ routing }: Subject): readonly string[] {
  const { ingress = '', ingresses } = routing.alb ?? {};
  return ingresses ?? (ingress === '' ? [] : [ingress]);
}

function noIngress(subject: Subject): never {
  throw faultOf('missing', subject, `${SETTINGS}.ingress`, 'is missing. Name the Ingress with the action.');
}

function ingressChanges(
  subject: Subject,
  traffic: Traffic,
  name: string,
  world: Surroundings,
): readonly Change[] {
  const ref = ingressRef(subject.namespace, name);
  const ingress = existing(world, ref, SETTINGS);
  const { rootService = '' } = subject.routing.alb ?? {};
  const root = rootService === '' ? (subject.canary.stableService ?? '') : rootService;
  if (!goesTo(ingress, root))
    throw faultOf(
      'missing',
      ref,
      'spec.rules',
      `have no path to the service ${root}, the name of the action. Add one.`,
    );
  const kept = { [actionKey(subject, root)]: forward(subject, shares(subject, traffic)) };
  for (const route of traffic.headerRoutes) {
    const action = routeName(subject, route);
    kept[actionKey(subject, action)] = forward(subject, [
      { service: namedServices(subject, true).canary, weight: 100 },
    ]);
    kept[conditionKey(subject, action)] = JSON.stringify(conditions(subject, route));
  }
  // Routes that are not wanted any more. The action itself stays whatever happens.
  const dropped = managedNames(subject)
    .flatMap((route) => [actionKey(subject, route), conditionKey(subject, route)])
    .filter((key) => kept[key] === undefined);
  const others = Object.entries(textsAt(ingress, 'metadata.annotations')).filter(
    ([key]) => !dropped.includes(key),
  );
  const annotations = { ...Object.fromEntries(others), ...kept };
  const after = withField(withRoutes(subject, ingress, traffic.headerRoutes), 'metadata.annotations', {
    ...annotations,
    [MANAGED]: managedList(subject, annotations[MANAGED] ?? '', ref, Object.keys(kept), dropped),
  });
  return patchObject(ref, ingress, after, {
    reason: 'PatchingALBIngress',
    message: `Updating Ingress \`${name}\` to desiredWeight '${traffic.canaryWeight}'`,
  });
}

interface Share {
  readonly service: string;
  readonly weight: number;
}

function shares(subject: Subject, traffic: Traffic): readonly Share[] {
  // The services that take turns come before the others: target groups keep their pods.
  const { canary, stable } = namedServices(subject, true);
  return [
    { service: canary, weight: traffic.canaryWeight },
    ...traffic.additional.map(({ serviceName, weight }) => ({ service: serviceName, weight })),
    { service: stable, weight: stableWeight(subject, traffic) },
  ];
}

/** A forward action, in the spelling of Argo Rollouts. */
function forward(subject: Subject, targets: readonly Share[]): string {
  const { servicePort, stickinessConfig } = subject.routing.alb ?? { servicePort: 0 };
  const { enabled = false, durationSeconds = 0 } = stickinessConfig ?? {};
  if (enabled && (durationSeconds < 1 || durationSeconds > MAX_STICKY_SECONDS)) {
    const problem = `is ${durationSeconds}; AWS takes 1 to ${MAX_STICKY_SECONDS}.`;
    throw faultOf('invalid', subject, `${SETTINGS}.stickinessConfig.durationSeconds`, problem);
  }
  return JSON.stringify({
    Type: 'forward',
    ForwardConfig: {
      TargetGroups: targets.map(({ service, weight }) => ({
        ServiceName: service,
        ServicePort: String(servicePort),
        Weight: weight,
      })),
      ...(enabled
        ? { TargetGroupStickinessConfig: { Enabled: true, DurationSeconds: durationSeconds } }
        : {}),
    },
  });
}

/** All headers are to match; of one header any of the values. A prefix is a pattern of ALB's own. */
function conditions(subject: Subject, { match = [] }: HeaderRoute): readonly Json[] {
  const values = new Map<string, string[]>();
  for (const { headerName, headerValue } of match) {
    const { kind, text } = textMatch(subject, `header ${headerName}`, headerValue);
    if (kind === 'regex')
      throw faultOf('unsupported', subject, SETTINGS, `can not match the header ${headerName} by a regex.`);
    const value = kind === 'prefix' ? `${text}*` : text;
    values.set(headerName, [...(values.get(headerName) ?? []), value]);
  }
  return [...values].map(([httpHeaderName, list]) => ({
    field: 'http-header',
    httpHeaderConfig: { httpHeaderName, values: list },
  }));
}

/** Paths of wanted routes stand first, in the order of the managed ones. */
function withRoutes(subject: Subject, ingress: Json, routes: readonly HeaderRoute[]): Json {
  const managed = managedNames(subject);
  const wanted = new Set(routes.map((route) => routeName(subject, route)));
  const added = managed.filter((name) => wanted.has(name)).map(actionPath);
  const rules = rulesOf(ingress).map((rule) => {
    const paths = pathsOf(rule).filter((path) => !managed.includes(serviceOf(path)));
    return withPaths(rule, [...added, ...paths]);
  });
  return withField(ingress, 'spec.rules', rules);
}

const actionPath = (action: string): Json => ({
  path: '/*',
  pathType: 'ImplementationSpecific',
  backend: { service: { name: action, port: { name: 'use-annotation' } } },
});

function managedList(
  subject: Subject,
  text: string,
  ref: ObjectRef,
  kept: readonly string[],
  dropped: readonly string[],
): string {
  const all = parsedList(text, ref);
  const own = all[subject.name];
  const listed = (isList(own) ? own.map(String) : []).filter((key) => !dropped.includes(key));
  const keys = [...new Set([...listed, ...kept])];
  return JSON.stringify(
    Object.fromEntries(Object.entries({ ...all, [subject.name]: keys }).toSorted(byName)),
  );
}

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);

function parsedList(text: string, ref: ObjectRef): Json {
  if (text === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch {
    // What it is not is told below.
  }
  throw faultOf('invalid', ref, `metadata.annotations["${MANAGED}"]`, 'is not a JSON object. Delete it.');
}

const actionKey = (subject: Subject, action: string): string => `${prefixOf(subject)}/actions.${action}`;
const conditionKey = (subject: Subject, action: string): string =>
  `${prefixOf(subject)}/conditions.${action}`;

const prefixOf = ({ routing }: Subject): string => {
  const { annotationPrefix = '' } = routing.alb ?? {};
  return annotationPrefix === '' ? 'alb.ingress.kubernetes.io' : annotationPrefix;
};
