import { fieldAt, objectsAt } from '../fields.js';
import { managedNames, routeName, type Subject } from '../subject.js';
import { literally, type TextMatch, textMatch } from '../text-match.js';
import type { HeaderRoute, Json, MirrorRoute } from '../world.js';
import type { RouteWord } from './targets.js';

/**
 * A rule for requests with certain headers, made from the rule whose traffic is split: all that it matches, and these
 * headers as well. All are to match, as in Argo's plugin. Defaults of the API are written out, so that the rule reads back
 * as it was written.
 */
export function headerRule(
  subject: Subject,
  word: RouteWord,
  base: Json,
  canary: Json,
  route: HeaderRoute,
): Json {
  const headers = (route.match ?? []).map(({ headerName, headerValue }) =>
    headerMatch(subject, headerName, headerValue),
  );
  const names = new Set(headers.map(({ name }) => name));
  const matches = matchesOf(word, base).map((match) => {
    const own = (objectsAt(match, 'headers') ?? []).filter(({ name }) => !names.has(name));
    return { ...match, headers: [...own, ...headers] };
  });
  return { ...base, name: routeName(subject, route), matches, backendRefs: [{ ...canary, weight: 1 }] };
}

/** A rule that mirrors what it matches, and else does as the rule whose traffic is split. */
export function mirrorRule(subject: Subject, base: Json, canary: Json, route: MirrorRoute): Json {
  const backendRef = Object.fromEntries(
    ['group', 'kind', 'name', 'namespace', 'port'].flatMap((field) =>
      canary[field] === undefined ? [] : [[field, canary[field]]],
    ),
  );
  const percent = route.percentage === undefined ? {} : { percent: route.percentage };
  const filter = { type: 'RequestMirror', requestMirror: { backendRef, ...percent } };
  const matches = (route.match ?? []).map(({ method, path, headers = {} }) => ({
    path: path === undefined ? ANY_PATH : pathMatch(subject, path),
    ...(method?.exact === undefined ? {} : { method: method.exact }),
    ...(Object.keys(headers).length === 0
      ? {}
      : { headers: Object.entries(headers).map(([name, value]) => headerMatch(subject, name, value)) }),
  }));
  const filters = [...(objectsAt(base, 'filters') ?? []), filter];
  return { ...base, name: routeName(subject, route), matches, filters };
}

/**
 * Tells the rules that the Rollout made. By their names; where the CRD of the cluster has no names of rules (the standard
 * ones before Gateway API 1.4) by what they do.
 */
export function managedRules(subject: Subject, canaryService: string): (rule: Json) => boolean {
  const names = new Set<unknown>(managedNames(subject));
  const steps = subject.canary.steps ?? [];
  const mirrors = steps.some(({ setMirrorRoute }) => (setMirrorRoute?.match ?? []).length > 0);
  const headers = steps
    .map(({ setHeaderRoute }) => (setHeaderRoute?.match ?? []).map(({ headerName }) => headerName))
    .filter((list) => list.length > 0);
  return (rule) => {
    if (rule['name'] !== undefined) return names.has(rule['name']);
    if (mirrors && mirrorsTo(rule, canaryService)) return true;
    const backends = objectsAt(rule, 'backendRefs') ?? [];
    if (backends.length !== 1 || backends[0]?.['name'] !== canaryService) return false;
    const matched = (objectsAt(rule, 'matches') ?? []).map(
      (match) => new Set((objectsAt(match, 'headers') ?? []).map(({ name }) => name)),
    );
    return headers.some((list) => matched.some((found) => list.every((name) => found.has(name))));
  };
}

const mirrorsTo = (rule: Json, service: string): boolean =>
  (objectsAt(rule, 'filters') ?? []).some(
    (filter) => fieldAt(filter, 'requestMirror.backendRef.name') === service,
  );

const ANY_PATH = { type: 'PathPrefix', value: '/' };

/** What a rule matches; without matches everything. */
function matchesOf(word: RouteWord, rule: Json): readonly Json[] {
  const matches = objectsAt(rule, 'matches') ?? [];
  if (matches.length > 0) return matches;
  return word === 'grpcRoute' ? [{}] : [{ path: ANY_PATH }];
}

function headerMatch(subject: Subject, name: string, match: TextMatch): Json {
  const { kind, text } = textMatch(subject, `header ${name}`, match);
  if (kind === 'exact') return { type: 'Exact', name, value: text };
  return { type: 'RegularExpression', name, value: kind === 'regex' ? text : `${literally(text)}.*` };
}

const PATH_TYPES = { exact: 'Exact', prefix: 'PathPrefix', regex: 'RegularExpression' };

function pathMatch(subject: Subject, match: TextMatch): Json {
  const { kind, text } = textMatch(subject, 'path', match);
  return { type: PATH_TYPES[kind], value: text };
}

/** The names of services in a rule. */
export const backendNames = (rule: Json): ReadonlySet<unknown> =>
  new Set((objectsAt(rule, 'backendRefs') ?? []).filter(isService).map(({ name }) => name));

/** A backend is a Service unless it says otherwise. */
export const isService = (backend: Json): boolean =>
  (backend['kind'] ?? 'Service') === 'Service' && (backend['group'] ?? '') === '';
