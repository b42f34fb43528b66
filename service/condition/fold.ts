import type { BinaryNode, Node, UnaryNode } from './ast.js';
import { ConditionError } from './condition-error.js';
import { type Descent, descend } from './descend.js';
import { childrenOf, mapChildren } from './node-children.js';
import { power } from './run/operators.js';
import { FLOAT, type Type } from './types.js';

/**
 * Constant folding, as far as it can be seen from outside: it removes errors of parts that cannot matter
 * (`x and false`), turns `1 % 0` into an error of compilation, and `x and true` into `x`.
 * `types` gains an entry for every node that is made.
 */
export function fold(source: string, root: Node, types: Map<Node, Type>): Node {
  const done = new Map<Node, Node>();
  const visit = function* (node: Node): Descent<Node, Node> {
    const known = done.get(node);
    if (known !== undefined) return known;
    for (const child of childrenOf(node)) yield child;
    const inner = mapChildren(node, (child) => done.get(child) ?? child);
    if (inner !== node) keepType(node, inner);
    const folded = foldOne(source, inner, types);
    if (folded !== inner) keepType(inner, folded);
    done.set(node, folded);
    return folded;
  };
  const keepType = (from: Node, to: Node): void => {
    const type = types.get(from);
    if (type !== undefined && !types.has(to)) types.set(to, type);
  };
  return descend(root, visit);
}

function foldOne(source: string, node: Node, types: ReadonlyMap<Node, Type>): Node {
  if (node.kind === 'unary') return foldUnary(node);
  if (node.kind !== 'binary') return node;
  return foldLogic(node) ?? foldArithmetic(source, node, types) ?? node;
}

function foldUnary(node: UnaryNode): Node {
  const { operand, at, end } = node;
  if (node.operator === '-' && operand.kind === 'int')
    return { kind: 'int', value: BigInt.asIntN(64, -operand.value), at, end };
  if (node.operator === '-' && operand.kind === 'float')
    return { kind: 'float', value: -operand.value, at, end };
  if (node.operator === '+' && (operand.kind === 'int' || operand.kind === 'float'))
    return { ...operand, at, end };
  if ((node.operator === '!' || node.operator === 'not') && operand.kind === 'bool')
    return { kind: 'bool', value: !operand.value, at, end };
  return node;
}

function foldLogic({ operator, left, right, at, end }: BinaryNode): Node | undefined {
  const isAnd = operator === 'and' || operator === '&&';
  if (!isAnd && operator !== 'or' && operator !== '||') {
    if (operator === '==' && left.kind === 'bool' && right.kind === 'bool')
      return { kind: 'bool', value: left.value === right.value, at, end };
    return undefined;
  }
  // The neutral element leaves the other side as it is; the other constant decides alone.
  if (left.kind === 'bool') return left.value === isAnd ? right : { kind: 'bool', value: !isAnd, at, end };
  if (right.kind === 'bool') return right.value === isAnd ? left : { kind: 'bool', value: !isAnd, at, end };
  return undefined;
}

function foldArithmetic(source: string, node: BinaryNode, types: ReadonlyMap<Node, Type>): Node | undefined {
  const { operator, left, right, at, end } = node;
  if (operator === '+' && left.kind === 'string' && right.kind === 'string')
    return { kind: 'string', value: left.value + right.value, at, end };
  if (
    left.kind === 'int' &&
    right.kind === 'int' &&
    types.get(left) !== FLOAT &&
    types.get(right) !== FLOAT
  ) {
    const whole = integerResult(source, node, left.value, right.value);
    if (whole !== undefined) return { kind: 'int', value: BigInt.asIntN(64, whole), at, end };
  }
  const a = literal(left);
  const b = literal(right);
  if (a === undefined || b === undefined) return undefined;
  if (operator === '/') return { kind: 'float', value: a / b, at, end };
  if (operator === '**' || operator === '^') return { kind: 'float', value: power(a, b), at, end };
  if (left.kind === 'int' && right.kind === 'int') return undefined;
  if (operator === '+') return { kind: 'float', value: a + b, at, end };
  if (operator === '-') return { kind: 'float', value: a - b, at, end };
  return operator === '*' ? { kind: 'float', value: a * b, at, end } : undefined;
}

function integerResult(source: string, node: BinaryNode, a: bigint, b: bigint): bigint | undefined {
  switch (node.operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '%':
      if (b === 0n) throw new ConditionError('type', 'integer divide by zero', source, node.operatorAt);
      return a % b;
    default:
      return undefined;
  }
}

function literal(node: Node): number | undefined {
  return node.kind === 'int' || node.kind === 'float' ? Number(node.value) : undefined;
}
