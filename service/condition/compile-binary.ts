import type { BinaryNode, Node } from './ast.js';
import type { Compiler } from './compiler.js';
import { GoError } from './go/go-error.js';
import { TypedSlice, typeName } from './go/values.js';
import { compileRegex } from './go/regex.js';
import type { Code, Frame } from './run/frame.js';
import { toBool, toIndex, numeric } from './run/numbers.js';
import { add, contains, divide, equal, isNilValue, matches, multiply, order, power, remainder, subtract, textTest } from './run/operators.js';
import { isFloat, isInteger } from './types.js';

/** Code of a binary operation; specialised where the static types allow it. */
export function compileBinary(compiler: Compiler, node: BinaryNode): Code {
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
      return (frame) => equal(left(frame), right(frame));
    case '!=':
      return (frame) => !equal(left(frame), right(frame));
    case '..':
      return (frame) => range(frame, left(frame), right(frame));
    case 'contains':
    case 'startsWith':
    case 'endsWith':
      return (frame) => textTest(operator, left(frame), right(frame));
    default:
      return compileArithmetic(operator, left, right);
  }
}

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
      if (typeof sum === 'string') frame.budget.write(sum.length);
      return sum;
    };
  }
  return (frame) => apply(left(frame), right(frame));
}

const isLiteral = (node: Node): boolean => node.kind === 'int' || node.kind === 'float';

function compileOrder(compiler: Compiler, node: BinaryNode, left: Code, right: Code): Code {
  const { operator } = node;
  const type = compiler.types.get(node.left);
  // A float against a literal: compared as JavaScript numbers, without a look at the types.
  if (type !== undefined && isFloat(type) && isLiteral(node.right) && (node.right.kind === 'float' || node.right.kind === 'int')) {
    const bound = Number(node.right.value);
    const compare = FLOAT_ORDER[operator];
    if (compare !== undefined) {
      const fast = compare(left, bound);
      return (frame) => fast(frame) ?? general(operator, left, right)(frame);
    }
  }
  return general(operator, left, right);
}

/** Undefined when the value is no float after all. */
const FLOAT_ORDER: Readonly<Record<string, (left: Code, bound: number) => (frame: Frame) => boolean | undefined>> = {
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
      return (frame) => order('<', left(frame), right(frame)) < 0;
    case '<=':
      return (frame) => order('<=', left(frame), right(frame)) <= 0;
    case '>':
      return (frame) => order('>', left(frame), right(frame)) > 0;
    default:
      return (frame) => order('>=', left(frame), right(frame)) >= 0;
  }
}

/** `from..to` as a []int. The budget is asked before anything is made. */
export function range(frame: Frame, from: unknown, to: unknown): TypedSlice {
  const first = toIndex(from);
  const size = toIndex(to) - first + 1;
  if (size <= 0) return new TypedSlice('int', []);
  frame.budget.allocate(size);
  const items: bigint[] = new Array<bigint>(size);
  const start = BigInt(first);
  for (let index = 0; index < size; index++) items[index] = start + BigInt(index);
  return new TypedSlice('int', items);
}

function compileIn(compiler: Compiler, node: BinaryNode): Code {
  const needle = compiler.compile(node.left);
  const type = compiler.types.get(node.left);
  const { right } = node;
  // `x in 1..n` of a known integer needs no list.
  if (right.kind === 'binary' && right.operator === '..' && type !== undefined && isInteger(type) && right.left.kind === 'int' && right.right.kind === 'int') {
    const from = right.left.value;
    const to = right.right.value;
    return (frame) => {
      const value = numeric(needle(frame));
      return value !== undefined && value >= from && value <= to;
    };
  }
  // Against a list of string literals the reference looks up a map: what is no string is an error, not "absent".
  if (right.kind === 'array' && right.items.length > 0 && right.items.every((item) => item.kind === 'string')) {
    const words = new Set(right.items.map((item) => (item.kind === 'string' ? item.value : '')));
    return (frame) => {
      const value = needle(frame);
      if (typeof value === 'string') return words.has(value);
      if (value === null) return false;
      throw new GoError(`reflect.Value.MapIndex: value of type ${typeName(value)} is not assignable to type string`);
    };
  }
  const container = compiler.compile(right);
  return (frame) => {
    const value = needle(frame);
    const list = container(frame);
    return contains(value, list);
  };
}

function compileMatches(compiler: Compiler, node: BinaryNode): Code {
  const left = compiler.compile(node.left);
  if (node.right.kind === 'string') {
    const pattern = node.right.value;
    compileRegex(pattern);
    return (frame) => matches(left(frame), pattern, true);
  }
  const right = compiler.compile(node.right);
  return (frame) => {
    const value = left(frame);
    return matches(value, right(frame), false);
  };
}
