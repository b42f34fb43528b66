import { isList, isObject, type RolloutSpec } from '../../../../schemas/index.js';
import type { Json } from '../types.js';
import { HASH_LABEL } from './names.js';

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution';

/** The rule that a strategy asks for; undefined: none. */
function wantedRule({
  strategy,
}: RolloutSpec): { readonly list: string; readonly weight?: number } | undefined {
  const antiAffinity: Json | undefined = strategy?.canary?.antiAffinity ?? strategy?.blueGreen?.antiAffinity;
  const preferred = antiAffinity?.[PREFERRED];
  if (isObject(preferred)) return { list: PREFERRED, weight: Number(preferred['weight'] ?? 0) };
  return isObject(antiAffinity?.[REQUIRED]) ? { list: REQUIRED } : undefined;
}

/** The template whose pods keep away from nodes with pods of the stable version, where the strategy asks for it. */
export function withAntiAffinity(
  template: Json,
  spec: RolloutSpec,
  stableHash: string,
  namespace: string,
): Json {
  const rule = wantedRule(spec);
  if (rule === undefined || stableHash === '') return template;
  const term = {
    labelSelector: { matchExpressions: [{ key: HASH_LABEL, operator: 'In', values: [stableHash] }] },
    namespaces: [namespace],
    topologyKey: 'kubernetes.io/hostname',
  };
  const added = rule.weight === undefined ? term : { weight: rule.weight, podAffinityTerm: term };
  return changedTerms(template, rule.list, (terms) => [...terms, added]);
}

/** The template without such a rule. */
export function withoutAntiAffinity(template: Json, spec: RolloutSpec): Json {
  const rule = wantedRule(spec);
  if (rule === undefined) return template;
  return changedTerms(template, rule.list, (terms) => terms.filter((term) => !isOurs(term)));
}

/** The stable version that the pods of a template keep away from; undefined: no rule says so. */
export function stableOfRule(template: Json, spec: RolloutSpec): string | undefined {
  const rule = wantedRule(spec);
  const term = rule === undefined ? undefined : termsOf(template, rule.list).find(isOurs);
  const values = term === undefined ? undefined : hashExpression(term)?.['values'];
  return isList(values) ? String(values[0]) : undefined;
}

const isOurs = (term: unknown): boolean => hashExpression(term) !== undefined;

function hashExpression(term: unknown): Json | undefined {
  const inner = isObject(term) && isObject(term['podAffinityTerm']) ? term['podAffinityTerm'] : term;
  const selector = isObject(inner) ? inner['labelSelector'] : undefined;
  const expressions = isObject(selector) ? selector['matchExpressions'] : undefined;
  return isList(expressions) ? expressions.filter(isObject).find(({ key }) => key === HASH_LABEL) : undefined;
}

const child = (value: unknown, name: string): Json => {
  const inner = isObject(value) ? value[name] : undefined;
  return isObject(inner) ? inner : {};
};

function termsOf(template: Json, list: string): readonly unknown[] {
  const terms = child(child(child(template, 'spec'), 'affinity'), 'podAntiAffinity')[list];
  return isList(terms) ? terms : [];
}

/** What becomes empty goes, as it was not there before. */
function changedTerms(
  template: Json,
  list: string,
  change: (terms: readonly unknown[]) => readonly unknown[],
): Json {
  const spec = child(template, 'spec');
  const affinity = child(spec, 'affinity');
  const terms = change(termsOf(template, list));
  const pods = filled(child(affinity, 'podAntiAffinity'), list, terms.length === 0 ? undefined : terms);
  const all = filled(affinity, 'podAntiAffinity', Object.keys(pods).length === 0 ? undefined : pods);
  return { ...template, spec: filled(spec, 'affinity', Object.keys(all).length === 0 ? undefined : all) };
}

function filled(object: Json, name: string, value: unknown): Json {
  const { [name]: _old, ...rest } = object;
  return value === undefined ? rest : { ...rest, [name]: value };
}
