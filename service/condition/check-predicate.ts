import type { Node } from './ast.js';
import type { Fail } from './check-binary.js';
import type { Offset } from './condition-error.js';
import {
  ANY,
  arrayOf,
  BOOL,
  INT,
  isArray,
  isUnknown,
  UNKNOWN,
  ARRAY,
  GROUPS,
  type Type,
  argumentName,
  isBool,
  isString,
} from './types.js';

/** The functions that evaluate their second argument once an element. */
export const PREDICATES = new Set([
  'all',
  'none',
  'any',
  'one',
  'filter',
  'map',
  'count',
  'sum',
  'find',
  'findIndex',
  'findLast',
  'findLastIndex',
  'groupBy',
  'sortBy',
  'reduce',
]);

/** Those whose predicate has to be true or false. */
export const TESTS = new Set([
  'all',
  'none',
  'any',
  'one',
  'filter',
  'count',
  'find',
  'findIndex',
  'findLast',
  'findLastIndex',
]);

/** The type that such a function gives; `result` is that of its predicate, where it has one. */
export function predicateResult(name: string, collection: Type, result: Type | undefined): Type {
  const element = isArray(collection) ? collection.element : UNKNOWN;
  switch (name) {
    case 'all':
    case 'none':
    case 'any':
    case 'one':
      return BOOL;
    case 'count':
    case 'findIndex':
    case 'findLastIndex':
      return INT;
    case 'filter':
      return isArray(collection) ? arrayOf(element) : ARRAY;
    case 'find':
    case 'findLast':
      return element;
    case 'map':
      return arrayOf(result ?? UNKNOWN);
    case 'sum':
      return result === undefined ? element : isUnknown(result) ? ANY : result;
    case 'groupBy':
      return GROUPS;
    case 'sortBy':
      return collection;
    default:
      return result ?? UNKNOWN;
  }
}

/** The third argument: the order of `sortBy` is a text. */
export function checkExtra(name: string, type: Type, at: Offset, fail: Fail): void {
  if (name === 'sortBy' && !isString(type) && !isUnknown(type)) {
    fail(`sortBy order argument must be a string (got ${type.name})`, at);
  }
}

/** A predicate that is nil is a function without a result to the reference. */
export function refuseNil(name: string, at: Offset, fail: Fail): never {
  if (name === 'sum')
    return fail('cannot use func(interface {}) as argument (type func(interface {}) bool) to call sum ', at);
  return fail(`predicate should has ${name === 'reduce' ? 'two' : 'one'} input and one output param`, at);
}

/** Whether an element fits has to be true or false. */
export function predicateIsBool(result: Type | undefined, predicate: Node | undefined, fail: Fail): void {
  if (result === undefined || isBool(result) || isUnknown(result)) return;
  fail(`predicate should return boolean (got ${argumentName(result)})`, predicate?.at ?? 0);
}
