import type { BinaryNode, BuiltinNode, Node } from './ast.js';
import type { CompileContext } from './compile-context.js';
import { GoError } from './go/go-error.js';
import { TypedSlice, typeName } from './go/values.js';
import { IntRange } from './go/int-range.js';
import { compileRegex } from './go/regex.js';
import { compileCount } from './compile-predicate.js';
import { sameText } from './run/compare-texts.js';
import type { Code, Frame } from './run/frame.js';
import { assertType, numeric, toBool, toWhole } from './run/numbers.js';
import {
  add,
  contains,
  divide,
  equal,
  isNilValue,
  matches,
  matchesConstant,
  multiply,
  order,
  power,
  remainder,
  subtract,
  textTest,
} from './run/operators.js';
import { MATCH_PRICE, MEMBER_PRICE, POWER_PRICE, weight } from './run/weight.js';
import { INT, isFloat } from './types.js';

/** Code of a binary operation; specialised where the static types allow it. */
export function compileBinary(compiler: CompileContext, node: BinaryNode): Code {
  const { operator } = node;
  if (operator === 'in') return compileIn(compiler, node);
  if (operator === 'matches') return compileMatches(compiler, node);
  const left = compiler.compile(node.left);
  const right = compiler.compile(node.right);
  switch (operator) {
    case 'and':
    case '&&':
      return (frame) => (toBool(left(frame)) ? right(frame) : false);
    case 'or':
    case '||':
      return (frame) => (toBool(left(frame)) ? true : right(frame));
    case '??':
      return (frame) => {
        const value = left(frame);
        return isNilValue(value) ? right(frame) : value;
      };
    case '<':
    case '<=':
    case '>':
    case '>=':
      return compileOrder(compiler, node, left, right);
    case '==':
      return compileEqual(compiler, node, left, right);
    case '!=': {
      const same = compileEqual(compiler, node, left, right);
      return (frame) => same(frame) !== true;
    }
    case '..':
      return (frame) => range(frame, left(frame), right(frame));
    case 'contains':
    case 'startsWith':
    case 'endsWith':
      return (frame) => {
        const text = left(frame);
        const part = right(frame);
        frame.budget.step(MEMBER_PRICE + weight(text) + weight(part));
        return textTest(operator, text, part);
      };
    default:
      return compileArithmetic(operator, left, right);
  }
}

/** Between two ints or two strings the reference asserts the types that it has found when compiling. */
function compileEqual(compiler: CompileContext, node: BinaryNode, left: Code, right: Code): Code {
  const type = compiler.types.get(node.left)?.name;
  if (type === compiler.types.get(node.right)?.name && (type === 'int' || type === 'string')) {
    const kind = type === 'int' ? 'bigint' : 'string';
    return (frame) => {
      const a = left(frame);
      const b = right(frame);
      if (typeof a !== kind) throw assertType(a, type);
      if (typeof b !== kind) throw assertType(b, type);
      return typeof a === 'string' && typeof b === 'string' ? sameText(a, b, frame) : a === b;
    };
  }
  return (frame) => equal(left(frame), right(frame), frame);
}

/** Characters that are put together in the time of one step. */
const JOINED_A_STEP = 24;

const ARITHMETIC: Readonly<Record<string, (left: unknown, right: unknown) => unknown>> = {
  '+': add,
  '-': subtract,
  '*': multiply,
  '/': divide,
  '%': remainder,
  '**': power,
  '^': power,
};

function compileArithmetic(operator: string, left: Code, right: Code): Code {
  const apply = ARITHMETIC[operator];
  if (apply === undefined) throw new Error(`no operator ${operator}, which the checker let pass`);
  if (operator === '+') {
    return (frame) => {
      const sum = apply(left(frame), right(frame));
      if (typeof sum === 'string') {
        frame.budget.write(sum.length);
        frame.budget.step(1 + sum.length / JOINED_A_STEP);
      }
      return sum;
    };
  }
  if (apply === power) {
    return (frame) => {
      frame.budget.step(POWER_PRICE);
      return apply(left(frame), right(frame));
    };
  }
  return (frame) => apply(left(frame), right(frame));
}

const isLiteral = (node: Node): boolean => node.kind === 'int' || node.kind === 'float';

function compileOrder(compiler: CompileContext, node: BinaryNode, left: Code, right: Code): Code {
  const { operator } = node;
  const limited = compileCountOrder(compiler, node);
  if (limited !== undefined) return limited;
  const type = compiler.types.get(node.left);
  // A float against a literal: compared as JavaScript numbers, without a look at the types.
  if (
    type !== undefined &&
    isFloat(type) &&
    isLiteral(node.right) &&
    (node.right.kind === 'float' || node.right.kind === 'int')
  ) {
    const bound = Number(node.right.value);
    const compare = FLOAT_ORDER[operator];
    if (compare !== undefined) {
      const fast = compare(left, bound);
      const slow = general(operator, left, right);
      return (frame) => fast(frame) ?? slow(frame);
    }
  }
  return general(operator, left, right);
}

/** `count(xs, p) > n` stops as soon as it is decided, and so hides errors of later elements, as in the reference. */
function compileCountOrder(
  compiler: CompileContext,
  { operator, left, right }: BinaryNode,
): Code | undefined {
  const counted = countedNode(left);
  if (counted === undefined) return undefined;
  if (right.kind !== 'int' || (operator !== '>' && operator !== '>=')) return undefined;
  const enough = operator === '>' ? right.value + 1n : right.value;
  if (enough < 1n) return undefined;
  const count = compileCount(compiler, counted, Number(enough));
  return (frame) => count(frame) >= enough;
}

/** `count(xs, p)`, or `len(filter(xs, p))`, which is the same. */
function countedNode(node: Node): BuiltinNode | undefined {
  if (node.kind !== 'builtin') return undefined;
  if (node.name === 'count' && node.args.length === 2) return node;
  const [argument] = node.args;
  return node.name === 'len' && argument?.kind === 'builtin' && argument.name === 'filter'
    ? argument
    : undefined;
}

/** Undefined when the value is no float after all. */
const FLOAT_ORDER: Readonly<
  Record<string, (left: Code, bound: number) => (frame: Frame) => boolean | undefined>
> = {
  '<': (left, bound) => (frame) => {
    const value = left(frame);
    return typeof value === 'number' ? value < bound : undefined;
  },
  '<=': (left, bound) => (frame) => {
    const value = left(frame);
    return typeof value === 'number' ? value <= bound : undefined;
  },
  '>': (left, bound) => (frame) => {
    const value = left(frame);
    return typeof value === 'number' ? value > bound : undefined;
  },
  '>=': (left, bound) => (frame) => {
    const value = left(frame);
    return typeof value === 'number' ? value >= bound : undefined;
  },
};

function general(operator: string, left: Code, right: Code): Code {
  switch (operator) {
    case '<':
      return (frame) => order('<', left(frame), right(frame), frame) < 0;
    case '<=':
      return (frame) => order('<=', left(frame), right(frame), frame) <= 0;
    case '>':
      return (frame) => order('>', left(frame), right(frame), frame) > 0;
    default:
      return (frame) => order('>=', left(frame), right(frame), frame) >= 0;
  }
}

/** `from..to` as a []int. */
function range(frame: Frame, from: unknown, to: unknown): TypedSlice {
  const first = toWhole(from);
  const size = Number(toWhole(to) - first + 1n);
  if (size <= 0) return new TypedSlice('int', []);
  frame.budget.allocate(size);
  return new IntRange(first, size);
}

function compileIn(compiler: CompileContext, node: BinaryNode): Code {
  const needle = compiler.compile(node.left);
  const type = compiler.types.get(node.left);
  const { right } = node;
  // `x in 1..n` of an int needs no list; of integers of other kinds the reference makes it.
  if (
    right.kind === 'binary' &&
    right.operator === '..' &&
    type?.kind === 'integer' &&
    type.name === INT.name &&
    right.left.kind === 'int' &&
    right.right.kind === 'int'
  ) {
    const from = right.left.value;
    const to = right.right.value;
    return (frame) => {
      const value = numeric(needle(frame));
      return value !== undefined && value >= from && value <= to;
    };
  }
  // Against a list of string literals the reference looks up a map: what is no string is an error, not "absent".
  if (
    right.kind === 'array' &&
    right.items.length > 0 &&
    right.items.every((item) => item.kind === 'string')
  ) {
    const words = new Set(right.items.map((item) => item.value));
    return (frame) => {
      const value = needle(frame);
      if (typeof value === 'string') return words.has(value);
      if (value === null) return words.has('');
      throw new GoError(
        `reflect.Value.MapIndex: value of type ${typeName(value)} is not assignable to type string`,
      );
    };
  }
  const container = compiler.compile(right);
  return (frame) => {
    const value = needle(frame);
    const list = container(frame);
    frame.budget.step(MEMBER_PRICE);
    return contains(value, list, frame);
  };
}

function compileMatches(compiler: CompileContext, node: BinaryNode): Code {
  const left = compiler.compile(node.left);
  if (node.right.kind === 'string') {
    const regex = compileRegex(node.right.value);
    return (frame) => {
      const value = left(frame);
      frame.budget.step(MATCH_PRICE + weight(value));
      return matchesConstant(value, regex, frame);
    };
  }
  const right = compiler.compile(node.right);
  return (frame) => {
    const value = left(frame);
    const pattern = right(frame);
    frame.budget.step(MATCH_PRICE + weight(value) + weight(pattern));
    return matches(value, pattern, frame);
  };
}
