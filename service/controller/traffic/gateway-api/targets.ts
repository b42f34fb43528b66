import { type GatewayApiRouting, validateDocument } from '../../../../schemas/index.js';
import { faultOf } from '../fault.js';
import { textAt } from '../fields.js';
import { ROUTING, type Subject } from '../subject.js';
import type { ListNeed, Need, ObjectRef, ObjectType, Surroundings } from '../world.js';
import { selectorText } from './selector-text.js';

/** Under this name the Rollout has the settings: it is that of Argo's plugin. */
export const GATEWAY_API = 'argoproj-labs/gatewayAPI';
export const SETTINGS = `${ROUTING}.plugins.${GATEWAY_API}`;

/** Words of the kinds of routes in the settings. */
const WORDS = ['httpRoute', 'grpcRoute', 'tcpRoute', 'tlsRoute'] as const;
/** See {@link WORDS}. */
export type RouteWord = (typeof WORDS)[number];

const TYPES: Readonly<Record<RouteWord, ObjectType>> = {
  httpRoute: routeType('HTTPRoute', 'v1'),
  grpcRoute: routeType('GRPCRoute', 'v1'),
  tcpRoute: routeType('TCPRoute', 'v1alpha2'),
  tlsRoute: routeType('TLSRoute', 'v1alpha2'),
};

function routeType(kind: string, version: string): ObjectType {
  return { group: 'gateway.networking.k8s.io', version, resource: `${kind.toLowerCase()}s`, kind };
}

/** A route whose weights are set. */
export interface Target {
  readonly word: RouteWord;
  readonly ref: ObjectRef;
  /** Routes of headers and mirrors are added to it. */
  readonly takesRoutes: boolean;
}

/** The settings, or a fault that tells all that is wrong with them. */
export function readSettings(subject: Subject): GatewayApiRouting {
  const { errors, value } = validateDocument(
    'GatewayApiRouting',
    subject.routing.plugins?.[GATEWAY_API] ?? {},
  );
  if (value !== undefined) return value;
  throw faultOf('invalid', subject, SETTINGS, errors.map(({ message }) => message).join('; '));
}

/** The needs of the settings. Empty when they can not be understood, which the plan tells. */
export function gatewayNeeds(subject: Subject): readonly Need[] {
  const { value } = validateDocument('GatewayApiRouting', subject.routing.plugins?.[GATEWAY_API] ?? {});
  if (value === undefined) return [];
  return [
    ...namedTargets(subject, value).map(({ ref }) => ({ kind: 'object', ref }) as const),
    ...selections(subject, value).map(({ need }) => need),
  ];
}

/** The routes that are meant, or a fault when there are none. */
export function targetsOf(
  subject: Subject,
  settings: GatewayApiRouting,
  world: Surroundings,
): readonly Target[] {
  const selected = selections(subject, settings).flatMap(({ word, need }) =>
    world.list(need).map((object): Target => {
      const name = textAt(object, 'metadata.name');
      return { word, ref: { ...need.type, namespace: need.namespace, name }, takesRoutes: false };
    }),
  );
  const targets = new Map<string, Target>();
  for (const target of [...selected, ...namedTargets(subject, settings)]) {
    const key = `${target.ref.kind}/${target.ref.name}`;
    const takesRoutes = target.takesRoutes || (targets.get(key)?.takesRoutes ?? false);
    targets.set(key, { ...target, takesRoutes });
  }
  if (targets.size > 0) return [...targets.values()];
  const problem = 'names no route, and selects none that is there. Name an httpRoute or grpcRoute.';
  throw faultOf('missing', subject, SETTINGS, problem);
}

function namedTargets(subject: Subject, settings: GatewayApiRouting): readonly Target[] {
  const namespace = namespaceOf(subject, settings);
  return WORDS.flatMap((word) => {
    const single = settings[word];
    const named = single === undefined || single === '' ? [] : [{ name: single, useHeaderRoutes: true }];
    return [...(settings[`${word}s`] ?? []), ...named].map(
      ({ name, useHeaderRoutes = false }): Target => ({
        word,
        ref: { ...TYPES[word], namespace, name },
        takesRoutes: useHeaderRoutes,
      }),
    );
  });
}

interface Selection {
  readonly word: RouteWord;
  readonly need: ListNeed;
}

const selections = (subject: Subject, settings: GatewayApiRouting): readonly Selection[] =>
  WORDS.flatMap((word) => {
    const selector = settings[`${word}Selector`];
    if (selector === undefined) return [];
    const namespace = namespaceOf(subject, settings);
    return [
      { word, need: { kind: 'list', type: TYPES[word], namespace, labelSelector: selectorText(selector) } },
    ];
  });

const namespaceOf = (subject: Subject, { namespace = '' }: GatewayApiRouting): string =>
  namespace === '' ? subject.namespace : namespace;
