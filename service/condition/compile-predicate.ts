import type { BuiltinNode, Node } from './ast.js';
import { isPredicateFunction } from './builtin-names.js';
import type { CompileContext, PredicateSlots } from './compile-context.js';
import { sumOfArray, sumOfRange } from './compile-sum.js';
import { GoError } from './go/go-error.js';
import { childrenOf } from './node-children.js';
import { type Elements, elementsOf, taken } from './run/elements.js';
import type { Code, Frame } from './run/frame.js';
import {
  countOf,
  firstOf,
  fitting,
  lastOf,
  PREDICATE_FUNCTIONS,
  type Test,
} from './run/predicate-functions.js';

/** Code of a function with a predicate. */
export function compilePredicate(compiler: CompileContext, node: BuiltinNode): Code {
  const [first, second, third] = node.args;
  if (first === undefined) throw new Error(`${node.name} without an argument, which the parser let pass`);
  const shortcut = sumOfRange(node) ?? sumOfArray(compiler, node);
  if (shortcut !== undefined) return shortcut;
  const slots: PredicateSlots = newSlots(compiler);
  const collection = compiler.compile(first);
  const predicate = second === undefined ? undefined : compiler.within(slots, second);
  const price = priceOf(second);
  const extra = third === undefined ? undefined : compiler.compile(third);
  if (node.name === 'reduce') return reduce(slots, collection, predicate, price, extra);
  const test = testOf(slots, predicate, price);
  const run = PREDICATE_FUNCTIONS[node.name];
  if (run === undefined) throw new Error(`no function ${node.name}, which the parser let pass`);
  return (frame) => run(frame, elements(frame, collection), test, extra);
}

function elements(frame: Frame, collection: Code): Elements {
  return elementsOf(collection(frame), () => frame.budget);
}

/** Nodes of a predicate that are evaluated in the time of one step. */
const NODES_A_STEP = 2;

/** The steps that one evaluation of a predicate costs. Predicates within it count their own. */
function priceOf(predicate: Node | undefined): number {
  if (predicate === undefined) return 1;
  let nodes = 0;
  const waiting: Node[] = [predicate];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    nodes++;
    const children = childrenOf(node);
    waiting.push(
      ...(node.kind === 'builtin' && isPredicateFunction(node.name) ? children.slice(0, 1) : children),
    );
  }
  return Math.ceil(nodes / NODES_A_STEP);
}

function newSlots(compiler: CompileContext): PredicateSlots {
  return { element: compiler.slot(), index: compiler.slot(), accumulator: compiler.slot() };
}

function testOf(slots: PredicateSlots, predicate: Code | undefined, price: number): Test {
  return (frame, element, index) => {
    frame.budget.step(price);
    if (predicate === undefined) return element;
    frame.slots[slots.element] = element;
    frame.slots[slots.index] = index;
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
  const test = testOf(slots, compiler.within(slots, second), priceOf(second));
  return (frame) => BigInt(countOf(frame, elements(frame, collection), test, limit));
}

/** `filter(xs, p)[0]` and `[-1]`: looks no further than the first (last) that fits. */
export function compileFilterEnd(compiler: CompileContext, node: BuiltinNode, last: boolean): Code {
  const [first, second] = node.args;
  if (first === undefined || second === undefined)
    throw new Error('filter without a predicate, which the parser let pass');
  const slots = newSlots(compiler);
  const collection = compiler.compile(first);
  const test = testOf(slots, compiler.within(slots, second), priceOf(second));
  return (frame) => {
    const items = elements(frame, collection);
    return fitting(items, last ? lastOf(frame, items, test) : firstOf(frame, items, test, true));
  };
}

function reduce(
  slots: PredicateSlots,
  collection: Code,
  predicate: Code | undefined,
  price: number,
  initial: Code | undefined,
): Code {
  return (frame) => {
    const items = elements(frame, collection);
    let from = 0;
    let accumulator: unknown;
    if (initial === undefined) {
      if (items.length === 0) throw new GoError('reduce of empty array with no initial value');
      accumulator = taken(items, 0);
      from = 1;
    } else accumulator = initial(frame);
    for (let index = from; index < items.length; index++) {
      frame.budget.step(price);
      frame.slots[slots.element] = items.at(index) ?? null;
      frame.slots[slots.index] = index;
      frame.slots[slots.accumulator] = accumulator;
      accumulator = predicate === undefined ? null : predicate(frame);
    }
    return accumulator;
  };
}
