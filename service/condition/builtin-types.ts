import type { Node } from './ast.js';
import { type Checked, VALIDATORS } from './builtin-validators.js';
import {
  ANY,
  ARRAY,
  argumentName,
  assignable,
  DURATION,
  FLOAT,
  INT,
  INT64,
  BOOL,
  isFloat,
  isInteger,
  isNil,
  isUnknown,
  LOCATION,
  sliceOf,
  STRING,
  UNKNOWN,
  type FunctionType,
  type Type,
} from './types.js';

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

/** Checks a call. It asks for the type of an argument by yielding it, so that the first fault from the left is told. */
export type CallCheck = Generator<Node, Checked, Type>;

/** Checks the arguments of a call against one Go signature. */
export function* checkArguments(name: string, callee: FunctionType, nodes: readonly Node[]): CallCheck {
  if (
    nodes.length > callee.parameters.length &&
    callee.name !== 'func(...interface {}) (interface {}, error)'
  ) {
    for (const node of nodes) yield node;
    return { error: `too many arguments to call ${name}`, argument: callee.parameters.length };
  }
  if (nodes.length < callee.required) {
    for (const node of nodes) yield node;
    return { error: `not enough arguments to call ${name}` };
  }
  const floats: Node[] = [];
  for (const [index, parameter] of callee.parameters.entries()) {
    const node = nodes[index];
    if (node === undefined) continue;
    const type = yield node;
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
export function* builtinType(name: string, nodes: readonly Node[]): CallCheck {
  const signatures = SIGNATURES[name];
  if (signatures !== undefined) {
    let last: Checked = { error: `unknown function ${name}` };
    // With several signatures to try, the arguments are all checked first.
    if (signatures.length > 1) for (const node of nodes) yield node;
    for (const candidate of signatures) {
      last = yield* checkArguments(name, candidate, nodes);
      if (!('error' in last)) return last;
    }
    return last;
  }
  // The reference counts the arguments of this one before it looks at any.
  const isMiscounted = name === 'get' && nodes.length !== 2;
  const types: Type[] = [];
  for (const node of nodes) types.push(isMiscounted ? UNKNOWN : yield node);
  return VALIDATORS[name]?.(types) ?? { error: `unknown function ${name}` };
}
