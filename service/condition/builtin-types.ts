import type { Node } from './ast.js';
import {
  ANY,
  ANY_MAP,
  ARRAY,
  argumentName,
  assignable,
  DURATION,
  FLOAT,
  type FunctionType,
  INT,
  INT64,
  BOOL,
  isArray,
  isFloat,
  isInteger,
  isNil,
  isString,
  isUnknown,
  LOCATION,
  printed,
  sliceOf,
  STRING,
  TIME,
  type Type,
  UNKNOWN,
} from './types.js';

/** The type of a call, with the integer literals in it that stand for floats; or what is wrong, and with which argument. */
export type Checked =
  | { readonly type: Type; readonly floats?: readonly Node[] }
  | { readonly error: string; readonly argument?: number };

/** A function type as the tables below write it. */
export function signature(parameters: readonly Type[], result: Type, optional = 0): FunctionType {
  const name = `func(${parameters.map((parameter) => parameter.name).join(', ')}) ${result.name}`;
  return { kind: 'function', name, parameters, required: parameters.length - optional, result };
}

const ANYTHING = { ...ANY };
/** Functions with fixed Go signatures. Where several fit, the message of the last is what the reference gives. */
const SIGNATURES: Readonly<Record<string, readonly FunctionType[]>> = {
  type: [signature([ANYTHING], STRING)],
  string: [signature([ANYTHING], STRING)],
  trim: [signature([STRING], STRING), signature([STRING, STRING], STRING)],
  trimPrefix: [signature([STRING, STRING], STRING), signature([STRING], STRING)],
  trimSuffix: [signature([STRING, STRING], STRING), signature([STRING], STRING)],
  upper: [signature([STRING], STRING)],
  lower: [signature([STRING], STRING)],
  split: [signature([STRING, STRING], sliceOf(STRING)), signature([STRING, STRING, INT], sliceOf(STRING))],
  splitAfter: [
    signature([STRING, STRING], sliceOf(STRING)),
    signature([STRING, STRING, INT], sliceOf(STRING)),
  ],
  replace: [signature([STRING, STRING, STRING, INT], STRING), signature([STRING, STRING, STRING], STRING)],
  repeat: [signature([STRING, INT], STRING)],
  join: [
    signature([ARRAY, STRING], STRING),
    signature([ARRAY], STRING),
    signature([sliceOf(STRING), STRING], STRING),
    signature([sliceOf(STRING)], STRING),
  ],
  indexOf: [signature([STRING, STRING], INT)],
  lastIndexOf: [signature([STRING, STRING], INT)],
  hasPrefix: [signature([STRING, STRING], BOOL)],
  hasSuffix: [signature([STRING, STRING], BOOL)],
  toJSON: [signature([ANYTHING], STRING)],
  fromJSON: [signature([STRING], ANY)],
  toBase64: [signature([STRING], STRING)],
  fromBase64: [signature([STRING], STRING)],
  now: [signature([], TIME), signature([LOCATION], TIME)],
  duration: [signature([STRING], DURATION)],
  timezone: [signature([STRING], LOCATION)],
  sort: [
    signature([ARRAY], ARRAY),
    signature([ARRAY, STRING], ARRAY),
    signature([sliceOf(FLOAT)], ARRAY),
    signature([sliceOf(FLOAT), STRING], ARRAY),
    signature([sliceOf(STRING)], ARRAY),
    signature([sliceOf(STRING), STRING], ARRAY),
    signature([sliceOf(INT), STRING], ARRAY),
    signature([sliceOf(INT)], ARRAY),
  ],
  bitand: [signature([INT, INT], INT)],
  bitor: [signature([INT, INT], INT)],
  bitxor: [signature([INT, INT], INT)],
  bitnand: [signature([INT, INT], INT)],
  bitshl: [signature([INT, INT], INT)],
  bitshr: [signature([INT, INT], INT)],
  bitushr: [signature([INT, INT], INT)],
  bitnot: [signature([INT], INT)],
};

/** What conditions have beside the language, as Argo Rollouts gives them. */
export const CONDITION_SIGNATURES: Readonly<Record<string, FunctionType>> = {
  asInt: signature([ANYTHING], INT64),
  asFloat: signature([ANYTHING], FLOAT),
  isNaN: signature([FLOAT], BOOL),
  isInf: signature([FLOAT], BOOL),
  isNil: signature([ANYTHING], BOOL),
  default: signature([ANYTHING, ANYTHING], ANY),
};

/** Assay's statistics. They take an array of numbers, `quantile` also a probability from 0 to 1. */
export const STATISTIC_SIGNATURES: Readonly<Record<string, FunctionType>> = {
  std: signature([ANYTHING], FLOAT),
  variance: signature([ANYTHING], FLOAT),
  mad: signature([ANYTHING], FLOAT),
  quantile: signature([ANYTHING, FLOAT], FLOAT),
};

/** The type of an argument; it is checked when it is first asked for, so that the first fault from the left is told. */
export type ArgumentTypes = (argument: Node) => Type;

/** Checks the arguments of a call against one Go signature. */
export function checkArguments(
  name: string,
  callee: FunctionType,
  typeOf: ArgumentTypes,
  nodes: readonly Node[],
): Checked {
  if (
    nodes.length > callee.parameters.length &&
    callee.name !== 'func(...interface {}) (interface {}, error)'
  ) {
    nodes.forEach(typeOf);
    return { error: `too many arguments to call ${name}`, argument: callee.parameters.length };
  }
  if (nodes.length < callee.required) {
    nodes.forEach(typeOf);
    return { error: `not enough arguments to call ${name}` };
  }
  const floats: Node[] = [];
  for (const [index, parameter] of callee.parameters.entries()) {
    const node = nodes[index];
    if (node === undefined) continue;
    const type = typeOf(node);
    if (isNil(type)) {
      if (isUnknown(parameter)) continue;
      return {
        error: `cannot use nil as argument (type ${argumentName(parameter)}) to call ${name}`,
        argument: index,
      };
    }
    if (isFloat(parameter) && isInteger(type)) {
      // Integers of other kinds are refused only when it runs.
      integerLiterals(node, floats);
      continue;
    }
    if (isInteger(parameter) && isInteger(type)) continue;
    if (!isUnknown(type) && !assignable(type, parameter)) {
      return {
        error: `cannot use ${argumentName(type)} as argument (type ${argumentName(parameter)}) to call ${name} `,
        argument: index,
      };
    }
  }
  return { type: callee.result, floats };
}

/** The integer literals of an arithmetic term: as an argument for a float they become floats. */
function integerLiterals(root: Node, into: Node[]): void {
  const waiting: Node[] = [root];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (node.kind === 'int') into.push(node);
    else if (node.kind === 'unary') {
      into.push(node);
      waiting.push(node.operand);
    } else if (node.kind === 'binary' && ['+', '-', '*'].includes(node.operator)) {
      into.push(node);
      waiting.push(node.left, node.right);
    }
  }
}

/** Checks a call of one of the language's functions without a predicate. */
export function builtinType(name: string, typeOf: ArgumentTypes, nodes: readonly Node[]): Checked {
  const signatures = SIGNATURES[name];
  if (signatures !== undefined) {
    let last: Checked = { error: `unknown function ${name}` };
    // With several signatures to try, the arguments are all checked first.
    if (signatures.length > 1) nodes.forEach(typeOf);
    for (const candidate of signatures) {
      last = checkArguments(name, candidate, typeOf, nodes);
      if (!('error' in last)) return last;
    }
    return last;
  }
  return VALIDATORS[name]?.(nodes.map(typeOf)) ?? { error: `unknown function ${name}` };
}

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

const VALIDATORS: Readonly<Record<string, Validator>> = {
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
  date: (types) => {
    if (types.length === 0) return { error: 'invalid number of arguments (expected at least 1, got 0)' };
    if (types.length > 3)
      return { error: `invalid number of arguments (expected at most 3, got ${types.length})` };
    return { type: TIME };
  },
};
