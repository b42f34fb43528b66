import type { BuiltinNode, Node } from './ast.js';
import type { CompileContext } from './compile-context.js';
import type { Code } from './run/frame.js';
import { add } from './run/operators.js';

/** `sum(1..n)` and `reduce(1..n, # + #acc)` over literals are a formula, whatever n is, as in the reference. */
export function sumOfRange(node: BuiltinNode): Code | undefined {
  const [range, predicate, initial] = node.args;
  if (
    range?.kind !== 'binary' ||
    range.operator !== '..' ||
    range.left.kind !== 'int' ||
    range.right.kind !== 'int'
  )
    return undefined;
  const from = range.left.value;
  const to = range.right.value;
  if (to < from) return undefined;
  const total = ((from + to) * (to - from + 1n)) / 2n;
  if (node.name === 'sum') {
    const value = predicate === undefined ? total : linear(predicate, total, to - from + 1n);
    return value === undefined ? undefined : constant(value);
  }
  if (node.name !== 'reduce' || predicate === undefined || !isSumOfPointers(predicate)) return undefined;
  if (initial === undefined) return constant(total);
  return initial.kind === 'int' ? constant(total + initial.value) : undefined;
}

const constant = (value: bigint): Code => {
  const wrapped = BigInt.asIntN(64, value);
  return () => wrapped;
};
const isElement = (node: Node): boolean => node.kind === 'pointer' && node.name === '';

/** The sum of `#`, `# * k`, `# + k`, `# - k` and the like over a range. */
function linear(predicate: Node, total: bigint, length: bigint): bigint | undefined {
  if (isElement(predicate)) return total;
  if (predicate.kind !== 'binary') return undefined;
  const { left, right, operator } = predicate;
  const k =
    isElement(left) && right.kind === 'int'
      ? right.value
      : isElement(right) && left.kind === 'int'
        ? left.value
        : undefined;
  if (k === undefined) return undefined;
  if (operator === '*') return total * k;
  if (operator === '+') return total + length * k;
  if (operator === '-') return isElement(left) ? total - length * k : length * k - total;
  return undefined;
}

function isSumOfPointers(node: Node): boolean {
  if (node.kind !== 'binary' || node.operator !== '+') return false;
  const names = [node.left, node.right].map((side) => (side.kind === 'pointer' ? side.name : undefined));
  return names.includes('') && names.includes('acc');
}

const CONSTANTS = new Set<Node['kind']>(['int', 'float', 'string', 'bool']);

/** `sum([x, y, z])` adds from the right: x + (y + z), as the reference rewrites it; seen in the last bit of floats. */
export function sumOfArray(compiler: CompileContext, node: BuiltinNode): Code | undefined {
  const [list, predicate] = node.args;
  if (node.name !== 'sum' || predicate !== undefined || list?.kind !== 'array' || list.items.length < 2)
    return undefined;
  // A list of constants is a constant by then, and added from the left.
  if (list.items.every((item) => CONSTANTS.has(item.kind))) return undefined;
  const items = list.items.map((item) => compiler.compile(item));
  return (frame) => {
    const values = items.map((item) => item(frame));
    return values.slice(0, -1).reduceRight((total, value) => add(value, total), values.at(-1) ?? null);
  };
}
