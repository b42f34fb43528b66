import type { BinaryNode, Node, UnaryNode } from './ast.js';
import { ConditionError } from './condition-error.js';
import { power } from './run/operators.js';
import { FLOAT, type Type } from './types.js';

/**
 * Constant folding, as far as it can be seen from outside: it removes errors of parts that cannot matter
 * (`x and false`), turns `1 % 0` into an error of compilation, and `x and true` into `x`.
 * `types` gains an entry for every node that is made.
 */
export function fold(source: string, root: Node, types: Map<Node, Type>): Node {
  const visit = (node: Node): Node => {
    const inner = mapChildren(node, visit);
    if (inner !== node) keepType(node, inner);
    const folded = foldOne(source, inner, types);
    if (folded !== inner) keepType(inner, folded);
    return folded;
  };
  const keepType = (from: Node, to: Node): void => {
    const type = types.get(from);
    if (type !== undefined && !types.has(to)) types.set(to, type);
  };
  return visit(root);
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

/** The node with each child replaced; the node itself when no child changed. */
export function mapChildren(node: Node, map: (child: Node) => Node): Node {
  const changed = (child: Node): [Node, boolean] => {
    const next = map(child);
    return [next, next !== child];
  };
  const list = (children: readonly Node[]): [readonly Node[], boolean] => {
    const next = children.map(map);
    return next.some((child, index) => child !== children[index]) ? [next, true] : [children, false];
  };
  switch (node.kind) {
    case 'unary': {
      const [operand, differs] = changed(node.operand);
      return differs ? { ...node, operand } : node;
    }
    case 'binary': {
      const [left, a] = changed(node.left);
      const [right, b] = changed(node.right);
      return a || b ? { ...node, left, right } : node;
    }
    case 'conditional': {
      const [test, a] = changed(node.test);
      const [then, b] = changed(node.then);
      const [otherwise, c] = changed(node.otherwise);
      return a || b || c ? { ...node, test, then, otherwise } : node;
    }
    case 'member': {
      const [object, a] = changed(node.object);
      const [property, b] = changed(node.property);
      return a || b ? { ...node, object, property } : node;
    }
    case 'chain': {
      const [inner, differs] = changed(node.inner);
      return differs ? { ...node, inner } : node;
    }
    case 'slice': {
      const [object, a] = changed(node.object);
      const from = node.from === undefined ? undefined : map(node.from);
      const to = node.to === undefined ? undefined : map(node.to);
      if (!a && from === node.from && to === node.to) return node;
      return {
        ...node,
        object,
        ...(from === undefined ? {} : { from }),
        ...(to === undefined ? {} : { to }),
      };
    }
    case 'call': {
      const [callee, a] = changed(node.callee);
      const [args, b] = list(node.args);
      return a || b ? { ...node, callee, args } : node;
    }
    case 'builtin': {
      const [args, differs] = list(node.args);
      return differs ? { ...node, args } : node;
    }
    case 'array': {
      const [items, differs] = list(node.items);
      return differs ? { ...node, items } : node;
    }
    case 'map': {
      const pairs = node.pairs.map(({ key, value }) => ({ key: map(key), value: map(value) }));
      const differs = pairs.some(
        (pair, index) => pair.key !== node.pairs[index]?.key || pair.value !== node.pairs[index].value,
      );
      return differs ? { ...node, pairs } : node;
    }
    case 'sequence': {
      const [nodes, differs] = list(node.nodes);
      return differs ? { ...node, nodes } : node;
    }
    case 'let': {
      const [value, a] = changed(node.value);
      const [body, b] = changed(node.body);
      return a || b ? { ...node, value, body } : node;
    }
    case 'nil':
    case 'bool':
    case 'int':
    case 'float':
    case 'string':
    case 'bytes':
    case 'identifier':
    case 'pointer':
      return node;
  }
}
