import type { BinaryNode } from './ast.js';
import type { Offset } from './condition-error.js';
import { compileRegex } from './go/regex.js';
import { patternPrice } from './go/regex-price.js';
import {
  ANY,
  arrayOf,
  BOOL,
  comparable,
  DURATION,
  FLOAT,
  INT,
  isArray,
  isBool,
  isDuration,
  isFloat,
  isInteger,
  isNil,
  isNumber,
  isString,
  isTime,
  isUnknown,
  maybe,
  STRING,
  TIME,
  UNKNOWN,
  type Type,
} from './types.js';

/** Refuses the condition with the reference's message; never returns. */
export type Fail = (message: string, at: Offset) => never;
/** Takes note of the steps that a pattern takes to compile; refuses the condition when all together take too many. */
export type SpendOnPattern = (steps: number, at: Offset) => void;

/** The type of an operation, or undefined when its operands do not fit. What is wrong with one operand is told to `fail`. */
export function operation(
  node: BinaryNode,
  left: Type,
  right: Type,
  fail: Fail,
  spend: SpendOnPattern,
): Type | undefined {
  switch (node.operator) {
    case '==':
    case '!=':
      return comparable(left, right) ? BOOL : undefined;
    case 'or':
    case '||':
    case 'and':
    case '&&':
      return both(isBool, left, right) || maybe(left, right, isBool) ? BOOL : undefined;
    case '<':
    case '>':
    case '<=':
    case '>=':
      return ordered(left, right) ? BOOL : undefined;
    case '-':
      if (both(isNumber, left, right)) return combined(left, right);
      if (both(isTime, left, right) || both(isDuration, left, right)) return DURATION;
      if (isTime(left) && isDuration(right)) return TIME;
      return maybe(left, right, isNumber, isTime, isDuration) ? UNKNOWN : undefined;
    case '*':
      if (both(isNumber, left, right)) return combined(left, right);
      // Of a float factor too, although it is a float64 when it runs.
      if (isNumber(left) && isDuration(right)) return DURATION;
      if (isDuration(left) && (isNumber(right) || isDuration(right))) return DURATION;
      return maybe(left, right, isNumber, isDuration) ? UNKNOWN : undefined;
    case '/':
    case '**':
    case '^':
      return both(isNumber, left, right) || maybe(left, right, isNumber) ? FLOAT : undefined;
    case '%':
      return both(isInteger, left, right) || maybe(left, right, isInteger) ? INT : undefined;
    case '+':
      if (both(isNumber, left, right)) return combined(left, right);
      if (both(isString, left, right)) return STRING;
      if ((isTime(left) && isDuration(right)) || (isDuration(left) && isTime(right))) return TIME;
      if (both(isDuration, left, right)) return DURATION;
      return maybe(left, right, isNumber, isString, isTime, isDuration) ? UNKNOWN : undefined;
    case 'in':
      return membership(node, left, right, fail);
    case 'matches':
      if (node.right.kind === 'string') {
        spend(patternPrice(node.right.value), node.right.at);
        pattern(node.right.value, node.right.at, fail);
      }
      return both(isString, left, right) || (isBytes(left) && isString(right)) || maybe(left, right, isString)
        ? BOOL
        : undefined;
    case 'contains':
    case 'startsWith':
    case 'endsWith':
      return both(isString, left, right) || maybe(left, right, isString) ? BOOL : undefined;
    case '..':
      return both(isInteger, left, right) || maybe(left, right, isInteger) ? arrayOf(INT) : undefined;
    case '??':
      if (!isUnknown(left)) return either(left, right);
      return right.kind === 'unknown' && right.name === UNKNOWN.name ? UNKNOWN : left;
    default:
      fail(`unknown operator (${node.operator})`, node.operatorAt);
  }
}

function membership(node: BinaryNode, left: Type, right: Type, fail: Fail): Type | undefined {
  if (
    (isString(left) || isUnknown(left)) &&
    (right.kind === 'struct' || right.kind === 'time' || right.kind === 'location')
  )
    return BOOL;
  if (right.kind === 'map') {
    if (!isUnknown(left) && !isUnknown(right.key) && left.name !== right.key.name) {
      fail(`cannot use ${left.name} as type ${right.key.name} in map key`, node.at);
    }
    return BOOL;
  }
  if (isArray(right)) {
    if (!comparable(left, right.element))
      fail(`cannot use ${left.name} as type ${right.element.name} in array`, node.at);
    return BOOL;
  }
  return isUnknown(right) || (isUnknown(left) && isString(right)) ? BOOL : undefined;
}

function pattern(source: string, at: Offset, fail: Fail): void {
  try {
    compileRegex(source);
  } catch (error) {
    // The reference takes the text for a format string: a percent sign in it asks for an argument that is not there.
    const text = error instanceof Error ? error.message : String(error);
    fail(
      text.replace(/%(.?)/gu, (_, verb: string) => (verb === '%' ? '%' : `%!${verb}(MISSING)`)),
      at,
    );
  }
}

const isBytes = (type: Type): boolean => type.name === '[]uint8';
const both = (kind: (type: Type) => boolean, left: Type, right: Type): boolean => kind(left) && kind(right);

function ordered(left: Type, right: Type): boolean {
  return (
    both(isNumber, left, right) ||
    both(isString, left, right) ||
    both(isTime, left, right) ||
    both(isDuration, left, right) ||
    maybe(left, right, isNumber, isString, isTime, isDuration)
  );
}

function combined(left: Type, right: Type): Type {
  return isFloat(left) || isFloat(right) ? FLOAT : INT;
}

/** The type of a value that is one or the other. */
export function either(left: Type, right: Type): Type {
  if (isNil(left)) return right;
  if (isNil(right)) return left;
  if (isArray(left) && isArray(right) && left.name === right.name && left.element.name !== right.element.name)
    return arrayOf(ANY);
  return left.name === right.name && left.kind === right.kind ? left : UNKNOWN;
}

/** The type of a conditional: that of the first value, where the second may be of any type. */
export function chosen(then: Type, otherwise: Type): Type {
  return otherwise.name === ANY.name && !isNil(then) ? then : either(then, otherwise);
}
