import { faultOf, nameOf } from '../fault.js';
import { fieldAt, objectsAt } from '../fields.js';
import { patchObject } from '../merge-patch.js';
import { managedNames, routeName, type Subject } from '../subject.js';
import type { Change, HeaderRoute, Json, MirrorRoute, ObjectRef, Traffic } from '../world.js';
import { type Protocol, routesToChange, type VirtualServiceSettings } from './chosen-routes.js';
import { type Split, splitOf, weighedRoute } from './weighed-route.js';

/** A VirtualService as it is. */
interface Place {
  readonly ref: ObjectRef;
  readonly service: Json;
  /** Host of the DestinationRule; undefined: there is none. */
  readonly host: string | undefined;
}

const PROTOCOLS = ['http', 'tls', 'tcp'] as const;

/** Weights of the chosen routes, and the routes that the Rollout makes: first, in the order in which it lists them. */
export function virtualServiceChanges(
  subject: Subject,
  settings: VirtualServiceSettings,
  traffic: Traffic,
  { ref, service, host }: Place,
): readonly Change[] {
  const split = splitOf(subject, traffic);
  const managed = managedNames(subject);
  const spec: Partial<Record<Protocol, readonly Json[]>> = {};
  const chosen: Partial<Record<Protocol, readonly Json[]>> = {};
  for (const protocol of PROTOCOLS) {
    const all = objectsAt(service, `spec.${protocol}`);
    const own = (all ?? []).filter(
      ({ name }) => protocol !== 'http' || !managed.some((known) => known === name),
    );
    const indexes = routesToChange(protocol, settings, own, ref);
    if (all === undefined) continue;
    const weighed = own.map(
      (route, index): Json =>
        indexes.includes(index) ? weighedRoute(route, split, ref, `spec.${protocol}[${index}].route`) : route,
    );
    chosen[protocol] = weighed.filter((_, index) => indexes.includes(index));
    spec[protocol] = weighed;
  }
  if (PROTOCOLS.every((protocol) => (chosen[protocol] ?? []).length === 0))
    throw faultOf(
      'missing',
      ref,
      'spec.http',
      'is missing, and so are spec.tls and spec.tcp: there is no route to change.',
    );
  const made = madeRoutes(subject, traffic, chosen.http?.[0], split, { ref, service, host });
  if (spec.http !== undefined) spec.http = [...made, ...spec.http];
  const before = fieldAt(service, 'spec') as Json;
  return patchObject(
    ref,
    service,
    { ...service, spec: { ...before, ...spec } },
    {
      reason: 'Updated VirtualService',
      message: `${nameOf(ref)} set to desiredWeight '${traffic.canaryWeight}'`,
    },
  );
}

function madeRoutes(
  subject: Subject,
  { headerRoutes, mirrorRoutes }: Traffic,
  base: Json | undefined,
  { canary, subset }: Split,
  { ref, host }: Place,
): readonly Json[] {
  if (headerRoutes.length + mirrorRoutes.length === 0) return [];
  if (base === undefined)
    throw faultOf(
      'missing',
      ref,
      'spec.http',
      'is missing: setHeaderRoute and setMirrorRoute add routes to it.',
    );
  const destinations = objectsAt(base, 'route') ?? [];
  const port = fieldAt(destinations[0] ?? {}, 'destination.port.number');
  const destination = {
    host: host ?? canary,
    ...(subset === undefined ? {} : { subset: subset.canary }),
    ...(port === undefined ? {} : { port: { number: port } }),
  };
  const made = [
    ...headerRoutes.map((route) => ({
      name: routeName(subject, route),
      match: headerMatches(route),
      route: [{ destination, weight: 100 }],
    })),
    ...mirrorRoutes.map((route) => ({
      name: routeName(subject, route),
      match: mirrorMatches(route),
      route: destinations,
      mirror: destination,
      mirrorPercentage: { value: route.percentage ?? 100 },
    })),
  ];
  const order = managedNames(subject);
  return made.toSorted((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
}

/** Any of these: each is a match of its own. */
const headerMatches = ({ match = [] }: HeaderRoute): readonly Json[] =>
  match.map(({ headerName, headerValue }) => ({ headers: { [headerName]: given(headerValue) } }));

const mirrorMatches = ({ match = [] }: MirrorRoute): readonly Json[] =>
  match.map(({ method, path, headers }) => ({
    ...(method === undefined ? {} : { method: given(method) }),
    ...(path === undefined ? {} : { uri: given(path) }),
    ...(headers === undefined
      ? {}
      : {
          headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, given(value)])),
        }),
  }));

/** Without the texts that are empty. */
const given = (match: Readonly<Record<string, string | undefined>>): Json =>
  Object.fromEntries(Object.entries(match).filter(([, text]) => text !== undefined && text !== ''));
