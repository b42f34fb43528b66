import { JSONPath } from 'jsonpath-plus';
import type { JsonValue } from '../go-json.js';
import type { JsonObject } from './values.js';

/** Decides for one member of an array or object whether it is selected. */
export type Decide = (member: JsonValue, property: unknown) => boolean;

/** Names that mean nothing but themselves in the library's own syntax. */
const PLAIN_NAME = /^[\p{L}\p{N}_][\p{L}\p{N}_./-]*$/u;
const DECIDE = 'decide';
const FILTER = '[?(member)]';

/** Whether a name is looked up; any other is searched for among all members. */
export function isPlainName(name: string): boolean {
  return PLAIN_NAME.test(name);
}

/** The members called `name` of the objects that have one. */
export function selectMember(objects: readonly JsonObject[], name: string): readonly JsonValue[] {
  if (isPlainName(name)) return select(objects, `$[*]['${name}']`);
  return objects.flatMap((object) => selectWhere(object, (_member, property) => property === name));
}

/** All members of an array or object. */
export function selectAll(container: JsonObject | readonly JsonValue[]): readonly JsonValue[] {
  return select(container, '$[*]');
}

/** Items `start`, `start + step` … before `end`. Wants 0 <= start < end <= length and step >= 1. */
export function selectSlice(
  array: readonly JsonValue[],
  start: number,
  end: number,
  step: number,
): readonly JsonValue[] {
  return select(array, `$[${start}:${end}:${step}]`);
}

/** The members that `decide` says yes to; what it throws is thrown. */
export function selectWhere(
  container: JsonObject | readonly JsonValue[],
  decide: Decide,
): readonly JsonValue[] {
  let thrown: { readonly error: unknown } | undefined;
  // The library wraps what its evaluator throws into a text; so the error is carried around it.
  const guarded: Decide = (member, property) => {
    if (thrown !== undefined) return false;
    try {
      return decide(member, property);
    } catch (error) {
      thrown = { error };
      return false;
    }
  };
  const selected = select(container, `$${FILTER}`, guarded);
  if (thrown !== undefined) throw thrown.error;
  return selected;
}

function select(json: object, path: string, decide: Decide = never): readonly JsonValue[] {
  // The library keeps every path, and with a filter the document, for ever in this cache.
  JSONPath.cache = {};
  return JSONPath<readonly JsonValue[]>({
    path,
    json,
    wrap: true,
    eval: evaluate,
    sandbox: new Map([[DECIDE, decide]]),
  });
}

function never(): boolean {
  return false;
}

/**
 * Stands in for the library's evaluators, which run text from the path as a program. It holds no state: the library
 * keeps the first one that it meets for each text.
 */
function evaluate(_code: string, context: object): boolean {
  const decide: unknown = context instanceof Map ? context.get(DECIDE) : undefined;
  if (typeof decide !== 'function') throw new TypeError('a filter needs a decision');
  return Boolean(
    Reflect.apply(decide, undefined, [Reflect.get(context, '_$_v'), Reflect.get(context, '_$_property')]),
  );
}
