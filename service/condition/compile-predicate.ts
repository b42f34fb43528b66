import type { BuiltinNode, Node } from './ast.js';
import { PREDICATE_SIGNATURES } from './builtin-names.js';
import type { CompileContext, PredicateSlots } from './compile-context.js';
import { GoError } from './go/go-error.js';
import { GoMap } from './go/values.js';
import { elementsOf } from './run/collections.js';
import type { Code, Frame } from './run/frame.js';
import { hashable, isDescending, sorted } from './run/list-functions.js';
import { toBool } from './run/numbers.js';
import { add } from './run/operators.js';

/** Whether a function evaluates its second argument once an element. */
export function isPredicateFunction(name: string): boolean {
  return PREDICATE_SIGNATURES[name] !== undefined;
}

/** Evaluates the predicate for one element. */
type Test = (frame: Frame, element: unknown, index: number) => unknown;

/** Code of a function with a predicate. */
export function compilePredicate(compiler: CompileContext, node: BuiltinNode): Code {
  const [first, second, third] = node.args;
  if (first === undefined) throw new Error(`${node.name} without an argument, which the parser let pass`);
  const shortcut = sumOfRange(node) ?? sumOfArray(compiler, node);
  if (shortcut !== undefined) return shortcut;
  const slots: PredicateSlots = newSlots(compiler);
  const collection = compiler.compile(first);
  const predicate = second === undefined ? undefined : compiler.within(slots, second);
  const extra = third === undefined ? undefined : compiler.compile(third);
  if (node.name === 'reduce') return reduce(slots, collection, predicate, extra);
  const test = testOf(slots, predicate);
  const run = RUNS[node.name];
  if (run === undefined) throw new Error(`no function ${node.name}, which the parser let pass`);
  return (frame) => run(frame, elementsOf(collection(frame)), test, extra);
}

function newSlots(compiler: CompileContext): PredicateSlots {
  return { element: compiler.slot(), index: compiler.slot(), accumulator: compiler.slot() };
}

function testOf(slots: PredicateSlots, predicate: Code | undefined): Test {
  return (frame, element, index) => {
    frame.budget.step();
    if (predicate === undefined) return element;
    frame.slots[slots.element] = element;
    frame.slots[slots.index] = BigInt(index);
    return predicate(frame);
  };
}

/** Code that counts what fits a predicate, up to `limit`. */
export function compileCount(
  compiler: CompileContext,
  node: BuiltinNode,
  limit = Number.POSITIVE_INFINITY,
): (frame: Frame) => bigint {
  const [first, second] = node.args;
  if (first === undefined || second === undefined)
    throw new Error(`${node.name} without a predicate, which the parser let pass`);
  const slots = newSlots(compiler);
  const collection = compiler.compile(first);
  const test = testOf(slots, compiler.within(slots, second));
  return (frame) => {
    let total = 0;
    for (const [index, item] of elementsOf(collection(frame)).entries()) {
      if (toBool(test(frame, item, index)) && ++total >= limit) break;
    }
    return BigInt(total);
  };
}

/** `filter(xs, p)[0]` and `[-1]`: looks no further than the first (last) that fits. */
export function compileFilterEnd(compiler: CompileContext, node: BuiltinNode, last: boolean): Code {
  const [first, second] = node.args;
  if (first === undefined || second === undefined)
    throw new Error('filter without a predicate, which the parser let pass');
  const slots = newSlots(compiler);
  const collection = compiler.compile(first);
  const test = testOf(slots, compiler.within(slots, second));
  return (frame) => {
    const items = elementsOf(collection(frame));
    const fits = (item: unknown, index: number): boolean => toBool(test(frame, item, index));
    const at = last ? items.findLastIndex(fits) : items.findIndex(fits);
    if (at < 0) throw new GoError('reflect: slice index out of range');
    return items[at] ?? null;
  };
}

type Run = (frame: Frame, items: readonly unknown[], test: Test, extra: Code | undefined) => unknown;

const RUNS: Readonly<Record<string, Run>> = {
  all: (frame, items, test) => items.every((item, index) => toBool(test(frame, item, index))),
  none: (frame, items, test) => !items.some((item, index) => toBool(test(frame, item, index))),
  any: (frame, items, test) => items.some((item, index) => toBool(test(frame, item, index))),
  one: (frame, items, test) => count(frame, items, test) === 1,
  filter: (frame, items, test) => {
    const kept = items.filter((item, index) => toBool(test(frame, item, index)));
    frame.budget.allocate(kept.length);
    return kept;
  },
  map: (frame, items, test) => {
    frame.budget.allocate(items.length);
    return items.map((item, index) => test(frame, item, index));
  },
  count: (frame, items, test) => BigInt(count(frame, items, test)),
  sum: (frame, items, test) => {
    let total: unknown = 0n;
    for (const [index, item] of items.entries()) total = add(test(frame, item, index), total);
    return total;
  },
  find: (frame, items, test) => items.find((item, index) => toBool(test(frame, item, index))) ?? null,
  findIndex: (frame, items, test) =>
    indexOrNil(items.findIndex((item, index) => toBool(test(frame, item, index)))),
  findLast: (frame, items, test) => items.findLast((item, index) => toBool(test(frame, item, index))) ?? null,
  findLastIndex: (frame, items, test) =>
    indexOrNil(items.findLastIndex((item, index) => toBool(test(frame, item, index)))),
  groupBy: (frame, items, test) => {
    // Finding a group costs several times what a look at an element does.
    frame.budget.step(items.length * 3);
    const groups = new GoMap('map[interface {}][]interface {}');
    for (const [index, item] of items.entries()) {
      const key = hashable(test(frame, item, index));
      const group = groups.get(key) as unknown[] | undefined;
      if (group === undefined) groups.set(key, [item]);
      else group.push(item);
    }
    frame.budget.allocate(items.length);
    return groups;
  },
  sortBy: (frame, items, test, extra) => {
    const keyed = items.map((item, index) => ({ item, key: test(frame, item, index) }));
    const descending = extra !== undefined && isDescending(extra(frame));
    frame.budget.allocate(items.length);
    return sorted(keyed, ({ key }) => key, descending, frame.budget).map(({ item }) => item);
  },
};

function count(frame: Frame, items: readonly unknown[], test: Test): number {
  let total = 0;
  for (const [index, item] of items.entries()) if (toBool(test(frame, item, index))) total++;
  return total;
}

function indexOrNil(index: number): bigint | null {
  return index < 0 ? null : BigInt(index);
}

function reduce(
  slots: PredicateSlots,
  collection: Code,
  predicate: Code | undefined,
  initial: Code | undefined,
): Code {
  return (frame) => {
    const items = elementsOf(collection(frame));
    let from = 0;
    let accumulator: unknown;
    if (initial === undefined) {
      if (items.length === 0) throw new GoError('reduce of empty array with no initial value');
      accumulator = items[0] ?? null;
      from = 1;
    } else accumulator = initial(frame);
    for (let index = from; index < items.length; index++) {
      frame.budget.step();
      frame.slots[slots.element] = items[index] ?? null;
      frame.slots[slots.index] = BigInt(index);
      frame.slots[slots.accumulator] = accumulator;
      accumulator = predicate === undefined ? null : predicate(frame);
    }
    return accumulator;
  };
}

/** `sum(1..n)` and `reduce(1..n, # + #acc)` over literals are a formula, whatever n is, as in the reference. */
function sumOfRange(node: BuiltinNode): Code | undefined {
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

const CONSTANTS = new Set<Node['kind']>(['int', 'float', 'string', 'bool', 'nil']);

/** `sum([x, y, z])` adds from the right: x + (y + z), as the reference rewrites it; seen in the last bit of floats. */
function sumOfArray(compiler: CompileContext, node: BuiltinNode): Code | undefined {
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
