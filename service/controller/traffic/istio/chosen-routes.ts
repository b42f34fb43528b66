import { isList } from '../../../../schemas/index.js';
import { faultOf } from '../fault.js';
import { objectsAt } from '../fields.js';
import { ROUTING, type Subject } from '../subject.js';
import type { Json, ObjectRef } from '../world.js';

/** A VirtualService as the Rollout names it. */
export type VirtualServiceSettings = NonNullable<NonNullable<Subject['routing']['istio']>['virtualService']>;

/** What a route of a VirtualService routes. */
export type Protocol = 'http' | 'tls' | 'tcp';

/**
 * Which routes of a VirtualService the Rollout changes: those that it names, or the only one there is. Routes that the
 * Rollout made are not among them. Of a protocol without routes there is nothing to change, whatever the Rollout names.
 */
export function routesToChange(
  protocol: Protocol,
  settings: VirtualServiceSettings,
  routes: readonly Json[],
  ref: ObjectRef,
): readonly number[] {
  if (routes.length === 0) return [];
  const path = `spec.${protocol}`;
  const field = `${ROUTING}.istio.virtualService.${{ http: 'routes', tls: 'tlsRoutes', tcp: 'tcpRoutes' }[protocol]}`;
  const wanted = wishes(protocol, settings);
  if (wanted.length === 0) {
    if (routes.length <= 1) return routes.map((_, index) => index);
    throw faultOf(
      'invalid',
      ref,
      path,
      `has ${routes.length} routes. Name those to change in ${field} of the Rollout.`,
    );
  }
  const found = wanted.flatMap(({ text, matches }) => {
    const indexes = routes.flatMap((route, index) => (matches(route) ? [index] : []));
    if (indexes.length > 0) return indexes;
    throw faultOf('missing', ref, path, `has no route ${text}, which ${field} of the Rollout names.`);
  });
  return [...new Set(found)];
}

interface Wish {
  /** As a message names it. */
  readonly text: string;
  readonly matches: (route: Json) => boolean;
}

function wishes(protocol: Protocol, settings: VirtualServiceSettings): readonly Wish[] {
  const { routes = [], tlsRoutes = [], tcpRoutes = [] } = settings;
  switch (protocol) {
    case 'http':
      return routes.map((name) => ({ text: name, matches: (route) => route['name'] === name }));
    case 'tls':
      return tlsRoutes.map(({ port = 0, sniHosts = [] }) => ({
        text: `of port ${port} with the SNI hosts [${sniHosts.join(', ')}]`,
        matches: (route) => onlyPort(route) === port && sameTexts(sniHostsOf(route), sniHosts),
      }));
    case 'tcp':
      return tcpRoutes.map(({ port = 0 }) => ({
        text: `of port ${port}`,
        matches: (route) => onlyPort(route) === port,
      }));
  }
}

/** The port that all matches of a route name, 0 where they name none; undefined: they name several. */
function onlyPort(route: Json): number | undefined {
  const ports = new Set(
    (objectsAt(route, 'match') ?? []).map(({ port }) => (typeof port === 'number' ? port : 0)),
  );
  return ports.size > 1 ? undefined : ([...ports][0] ?? 0);
}

const sniHostsOf = (route: Json): readonly string[] =>
  (objectsAt(route, 'match') ?? []).flatMap(({ sniHosts }) => (isList(sniHosts) ? sniHosts.map(String) : []));

const sameTexts = (a: readonly string[], b: readonly string[]): boolean => {
  const [one, other] = [new Set(a), new Set(b)];
  return one.size === other.size && [...one].every((text) => other.has(text));
};
