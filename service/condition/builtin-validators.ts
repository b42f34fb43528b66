import type { Node } from './ast.js';
import {
  ANY,
  ANY_MAP,
  ARRAY,
  argumentName,
  FLOAT,
  INT,
  isArray,
  isFloat,
  isInteger,
  isString,
  isUnknown,
  printed,
  TIME,
  UNKNOWN,
  type Type,
} from './types.js';

/** The type of a call, with the integer literals in it that stand for floats; or what is wrong, and with which argument. */
export type Checked =
  | { readonly type: Type; readonly floats?: readonly Node[] }
  | { readonly error: string; readonly argument?: number };

type Validator = (types: readonly Type[]) => Checked;

const NUMERIC = new Set(['integer', 'float', 'named-integer', 'duration']);
const isNumeric = (type: Type): boolean => NUMERIC.has(type.kind);

function arity(expected: number, types: readonly Type[]): { error: string } | undefined {
  if (types.length === expected) return undefined;
  return { error: `invalid number of arguments (expected ${expected}, got ${types.length})` };
}

/** One argument, of an accepted kind; the refusal is a message with the type in place of `@`. */
function one(accepts: (type: Type) => boolean, result: (type: Type) => Type, refusal: string): Validator {
  return (types) => {
    const wrong = arity(1, types);
    if (wrong !== undefined) return wrong;
    const [type = UNKNOWN] = types;
    if (isUnknown(type) || accepts(type)) return { type: result(type) };
    return { error: refusal.replace('@', printed(type)), argument: 0 };
  };
}

const isList = (type: Type): boolean => isArray(type);
const isMap = (type: Type): boolean => type.kind === 'map';
/** Go's reflection sees no element type in a []interface {}. */
const elementOf = (type: Type): Type => (isArray(type) && type.name !== ARRAY.name ? type.element : ANY);
const ARGUMENT = (name: string): string => `invalid argument for ${name} (type @)`;
const number = (name: string, result: (type: Type) => Type): Validator =>
  one(isNumeric, result, ARGUMENT(name));

function aggregate(name: string): Validator {
  return (types) => {
    if (types.length === 0) return { error: `not enough arguments to call ${name}` };
    for (const [index, type] of types.entries()) {
      if (isUnknown(type) || isArray(type)) return { type: ANY };
      if (!isNumeric(type))
        return { error: `invalid argument for ${name} (type ${printed(type)})`, argument: index };
    }
    return { type: types[0] ?? ANY };
  };
}

/** What the functions without a Go signature take and give. */
export const VALIDATORS: Readonly<Record<string, Validator>> = {
  len: one(
    (type) => isArray(type) || isMap(type) || isString(type),
    () => INT,
    ARGUMENT('len'),
  ),
  abs: number('abs', (type) => (isUnknown(type) ? ANY : type)),
  ceil: number('ceil', () => FLOAT),
  floor: number('floor', () => FLOAT),
  round: number('round', () => FLOAT),
  int: one(
    (type) => isNumeric(type) || isString(type),
    () => INT,
    ARGUMENT('int'),
  ),
  float: one(
    (type) => isNumeric(type) || isString(type),
    () => FLOAT,
    ARGUMENT('float'),
  ),
  max: aggregate('max'),
  min: aggregate('min'),
  mean: aggregate('mean'),
  median: aggregate('median'),
  first: one(isList, elementOf, 'cannot get first element from @'),
  last: one(isList, elementOf, 'cannot get last element from @'),
  keys: one(isMap, () => ARRAY, 'cannot get keys from @'),
  values: one(isMap, () => ARRAY, 'cannot get values from @'),
  toPairs: one(isMap, () => ARRAY, 'cannot transform @ to pairs'),
  fromPairs: one(isList, () => ANY_MAP, 'cannot transform @ from pairs'),
  reverse: one(isList, () => ARRAY, 'cannot reverse @'),
  uniq: one(isList, () => ARRAY, 'cannot uniq @'),
  flatten: one(isList, () => ARRAY, 'cannot flatten @'),
  concat: (types) => {
    if (types.length === 0) return { error: 'invalid number of arguments (expected at least 1, got 0)' };
    const wrong = types.findIndex((type) => !isUnknown(type) && !isArray(type));
    const type = types[wrong];
    return type === undefined
      ? { type: ARRAY }
      : { error: `cannot concat ${printed(type)}`, argument: wrong };
  },
  take: (types) => {
    const wrong = arity(2, types);
    if (wrong !== undefined) return wrong;
    const [list = UNKNOWN, count = UNKNOWN] = types;
    if (!isUnknown(list) && !isArray(list))
      return { error: `cannot take from ${printed(list)}`, argument: 0 };
    if (!isUnknown(count) && (isFloat(count) || !isNumeric(count)))
      return { error: `cannot take ${printed(count)} elements`, argument: 1 };
    return { type: list.name === ARRAY.name ? ARRAY : list };
  },
  get: (types) => {
    const wrong = arity(2, types);
    if (wrong !== undefined) return wrong;
    const [from = UNKNOWN, key = UNKNOWN] = types;
    if (isUnknown(from)) return { type: UNKNOWN };
    if (isArray(from)) {
      return isInteger(key) || isUnknown(key)
        ? { type: from.element }
        : { error: `non-integer slice index ${key.name}`, argument: 1 };
    }
    if (from.kind === 'map') {
      return isUnknown(key) || isUnknown(from.key) || key.name === from.key.name
        ? { type: from.element }
        : { error: `cannot use ${key.name} to get an element from ${from.name}`, argument: 1 };
    }
    return { error: `type ${argumentName(from)} does not support indexing`, argument: 0 };
  },
  now: (types) => {
    const [zone, ...others] = types;
    if (zone === undefined || (others.length === 0 && zone.kind === 'location')) return { type: TIME };
    return { error: `invalid number of arguments (expected 0, got ${types.length})` };
  },
  date: (types) => {
    if (types.length === 0) return { error: 'invalid number of arguments (expected at least 1, got 0)' };
    if (types.length > 3)
      return { error: `invalid number of arguments (expected at most 3, got ${types.length})` };
    return { type: TIME };
  },
};
