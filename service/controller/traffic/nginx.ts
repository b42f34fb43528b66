import { faultOf, nameOf } from './fault.js';
import { controllerUid, existing, fieldAt, textsAt, withField } from './fields.js';
import { goesTo, ingressRef, pathsOf, rulesOf, serviceOf, withPaths } from './ingress.js';
import { patchObject } from './merge-patch.js';
import type { TrafficRouter } from './router.js';
import { namedServices, ownerReference, ROUTING, type Subject, unsupported } from './subject.js';
import { literally, textMatch } from './text-match.js';
import { planOf } from './traffic-plan.js';
import type { Change, HeaderRoute, Json, ObjectRef, Surroundings, Traffic } from './world.js';

const SETTINGS = `${ROUTING}.nginx`;
const CLASS = 'kubernetes.io/ingress.class';
const SUFFIX = '-canary';
const MAX_NAME = 253;
/** Annotations that send requests with a header to the canary, without their prefix. */
const HEADER_ANNOTATIONS = ['canary-by-header', 'canary-by-header-value', 'canary-by-header-pattern'];

/**
 * ingress-nginx, and what understands its annotations. Beside each stable Ingress there is a canary Ingress, which the
 * Rollout owns: the rules with the stable Service, with the canary's in its place, and the weight as an annotation. The
 * stable Ingress itself is never changed. ({@link https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/#canary})
 */
export const nginx: TrafficRouter = {
  name: 'nginx',
  needs: (subject) =>
    stableIngresses(subject).flatMap((name) =>
      [name, canaryIngressName(subject.name, name)].map(
        (ingress) => ({ kind: 'object', ref: ingressRef(subject.namespace, ingress) }) as const,
      ),
    ),
  plan(subject, traffic, world) {
    const names = stableIngresses(subject);
    const work = names.map((name) => () => ingressChanges(subject, traffic, name, world));
    const { changes, faults } = planOf(names.length === 0 ? [() => noIngress(subject)] : work);
    const lacks = unsupported(subject, 'nginx', {
      setMirrorRoute: traffic.mirrorRoutes,
      'weights of experiments': traffic.additional,
    });
    return { changes, faults: [...faults, ...lacks] };
  },
};

/** Name of the canary Ingress beside a stable one: Argo Rollouts', so that it is taken over. */
export const canaryIngressName = (rollout: string, stable: string): string =>
  `${`${rollout}-${stable}`.slice(0, MAX_NAME - SUFFIX.length)}${SUFFIX}`;

function stableIngresses({ routing }: Subject): readonly string[] {
  const { stableIngress = '', stableIngresses: several } = routing.nginx ?? {};
  return several ?? (stableIngress === '' ? [] : [stableIngress]);
}

function noIngress(subject: Subject): never {
  throw faultOf(
    'missing',
    subject,
    `${SETTINGS}.stableIngress`,
    'is missing. Name the Ingress of the stable Service.',
  );
}

function ingressChanges(
  subject: Subject,
  traffic: Traffic,
  name: string,
  world: Surroundings,
): readonly Change[] {
  const stableRef = ingressRef(subject.namespace, name);
  const stable = existing(world, stableRef, SETTINGS);
  const ref = ingressRef(subject.namespace, canaryIngressName(subject.name, name));
  const spec = canarySpec(subject, stable, stableRef);
  const annotations = canaryAnnotations(subject, traffic, stable);
  const { canaryWeight } = traffic;
  const current = world.object(ref);
  if (current === undefined) {
    const metadata = {
      ...{ name: ref.name, namespace: ref.namespace, annotations },
      ownerReferences: [ownerReference(subject)],
    };
    const object = { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata, spec };
    const message = `Creating canary ingress \`${ref.name}\` with weight \`${canaryWeight}\``;
    return [{ kind: 'create', ref, object, event: { reason: 'CreatingCanaryIngress', message } }];
  }
  if (controllerUid(current) !== subject.uid)
    throw faultOf(
      'foreign',
      ref,
      'metadata.ownerReferences',
      `do not name ${nameOf(subject)}. Rename or delete it.`,
    );
  const kept = Object.entries(textsAt(current, 'metadata.annotations')).filter(
    ([key]) => !headerKeys(subject).includes(key),
  );
  const merged = { ...Object.fromEntries(kept), ...annotations };
  const after = withField({ ...current, spec }, 'metadata.annotations', merged);
  return patchObject(ref, current, after, {
    reason: 'PatchingCanaryIngress',
    message: `Updating Ingress \`${ref.name}\` to desiredWeight '${canaryWeight}'`,
  });
}

/** The rules of the stable Ingress that go to the stable Service, to the canary's Service instead. */
function canarySpec(subject: Subject, stable: Json, ref: ObjectRef): Json {
  const services = namedServices(subject);
  if (!goesTo(stable, services.stable))
    throw faultOf('missing', ref, 'spec.rules', `have no path to the Service ${services.stable}. Add one.`);
  const rules = rulesOf(stable)
    .filter((rule) => pathsOf(rule).some((path) => serviceOf(path) === services.stable))
    .map((rule) =>
      withPaths(
        rule,
        pathsOf(rule).map((path) =>
          serviceOf(path) === services.stable
            ? withField(path, 'backend.service.name', services.canary)
            : path,
        ),
      ),
    );
  const [tls, ingressClassName] = [fieldAt(stable, 'spec.tls'), fieldAt(stable, 'spec.ingressClassName')];
  return {
    ...(ingressClassName === undefined ? {} : { ingressClassName }),
    ...(tls === undefined ? {} : { tls }),
    rules,
  };
}

function canaryAnnotations(
  subject: Subject,
  traffic: Traffic,
  stable: Json,
): Readonly<Record<string, string>> {
  const { additionalIngressAnnotations = {}, canaryIngressAnnotations = {} } = subject.routing.nginx ?? {};
  const prefix = prefixOf(subject);
  const ingressClass = textsAt(stable, 'metadata.annotations')[CLASS];
  const additional = Object.entries(additionalIngressAnnotations).map(([name, value]) => [
    name.startsWith(prefix) ? name : `${prefix}/${name}`,
    value,
  ]);
  const { maxTrafficWeight } = subject.routing;
  return {
    ...(ingressClass === undefined ? {} : { [CLASS]: ingressClass }),
    ...(Object.fromEntries(additional) as Record<string, string>),
    ...canaryIngressAnnotations,
    ...headerAnnotations(subject, traffic.headerRoutes),
    [`${prefix}/canary`]: 'true',
    [`${prefix}/canary-weight`]: String(traffic.canaryWeight),
    ...(maxTrafficWeight === undefined
      ? {}
      : { [`${prefix}/canary-weight-total`]: String(maxTrafficWeight) }),
  };
}

/** ingress-nginx can match one header, and one value or pattern of it. */
function headerAnnotations(
  subject: Subject,
  routes: readonly HeaderRoute[],
): Readonly<Record<string, string>> {
  const [route, ...more] = routes;
  if (route === undefined) return {};
  const [match, ...others] = route.match ?? [];
  if (match === undefined || more.length > 0 || others.length > 0) {
    const problem = 'matches one header only. Leave one match in one setHeaderRoute.';
    throw faultOf('unsupported', subject, SETTINGS, problem);
  }
  const [byHeader = '', byValue = '', byPattern = ''] = headerKeys(subject);
  const header = { [byHeader]: match.headerName };
  const wanted = textMatch(subject, `header ${match.headerName}`, match.headerValue);
  if (wanted.kind === 'exact') return { ...header, [byValue]: wanted.text };
  // Patterns may match anywhere in the value, those of a Rollout all of it.
  const pattern = wanted.kind === 'regex' ? `^(?:${wanted.text})$` : `^${literally(wanted.text)}`;
  return { ...header, [byPattern]: pattern };
}

const headerKeys = (subject: Subject): readonly string[] =>
  HEADER_ANNOTATIONS.map((name) => `${prefixOf(subject)}/${name}`);

const prefixOf = ({ routing }: Subject): string => {
  const { annotationPrefix = '' } = routing.nginx ?? {};
  return annotationPrefix === '' ? 'nginx.ingress.kubernetes.io' : annotationPrefix;
};
