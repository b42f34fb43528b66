import type { BuiltinNode, Node } from './ast.js';
import { isPredicateFunction } from './builtin-names.js';
import { bytesSlice, GoPointer } from './go/values.js';
import { compileCall } from './compile-call.js';
import { compileChain, compileMember } from './compile-member.js';
import { environment, functionValue } from './condition-values.js';
import { compileBinary } from './compile-binary.js';
import type { PredicateSlots } from './compile-context.js';
import { compileCount, compilePredicate } from './compile-predicate.js';
import { compileTall, type TallContext } from './compile-tall.js';
import { ConditionError } from './condition-error.js';
import { slice, sliceLength } from './run/collections.js';
import { UNREADABLE, unreadable } from './run/elements.js';
import { FUNCTIONS } from './run/functions.js';
import type { Code } from './run/frame.js';
import { assertType, toBool, toText } from './run/numbers.js';
import { negate } from './run/operators.js';
import {
  ALLOCATION_PRICE,
  callWeight,
  ENVIRONMENT_PRICE,
  MAP_ALLOCATION_PRICE,
  sliceWeight,
} from './run/weight.js';
import { tallNodes } from './tall.js';
import { FLOAT, type Type } from './types.js';

/** Called for each node once its code exists; `explain` wraps the code to see the values. */
export type Instrument = (node: Node, code: Code) => Code;

/** Predicates within predicates: each level calls the next one. */
const MAX_PREDICATES = 300;
/**
 * Nodes that are compiled, all in all: the middle of `a < b < c` is compiled twice, and so are those in it, which would
 * be many times over.
 */
const MAX_COMPILED = 30_000;

/** Compiles a checked and folded tree. Throws `ConditionError` (budget) for predicates nested too deeply. */
export function compileTree(
  source: string,
  root: Node,
  types: ReadonlyMap<Node, Type>,
  instrument: Instrument = (_, code) => code,
): Code {
  return new Compiler(source, types, instrument, tallNodes(root)).compile(root);
}

class Compiler implements TallContext {
  readonly types: ReadonlyMap<Node, Type>;
  readonly instrument: Instrument;
  private readonly source: string;
  private readonly tall: ReadonlySet<Node>;
  /** The slots of what `let` binds around the node: no name twice. */
  private readonly variables = new Map<string, number>();
  private readonly predicates: PredicateSlots[] = [];
  /** Parts of the node that is being compiled whose values are in slots by then. */
  private inSlots: ReadonlyMap<Node, number> = new Map();
  private nextSlot = 0;
  private compiled = 0;

  constructor(
    source: string,
    types: ReadonlyMap<Node, Type>,
    instrument: Instrument,
    tall: ReadonlySet<Node>,
  ) {
    this.source = source;
    this.types = types;
    this.instrument = instrument;
    this.tall = tall;
  }

  compile(node: Node): Code {
    const slot = this.inSlots.get(node);
    if (slot !== undefined) return (frame) => frame.slots[slot];
    if (this.tall.has(node)) return compileTall(this, node);
    return this.codeWith(node, this.inSlots);
  }

  codeWith(node: Node, values: ReadonlyMap<Node, number>): Code {
    this.compiled++;
    if (this.compiled > MAX_COMPILED)
      this.refuse('the condition is too large once its comparisons are written out', node);
    const outer = this.inSlots;
    this.inSlots = values;
    const code = this.instrument(node, this.codeOf(node));
    this.inSlots = outer;
    return code;
  }

  isTall(node: Node): boolean {
    return this.tall.has(node);
  }

  bind(name: string, slot: number): void {
    this.variables.set(name, slot);
  }

  unbind(name: string): void {
    this.variables.delete(name);
  }

  private refuse(message: string, node: Node): never {
    throw new ConditionError('budget', message, this.source, node.at);
  }

  isVariable(name: string): boolean {
    return this.variables.has(name);
  }

  slot(): number {
    return this.nextSlot++;
  }

  /** Compiles a predicate with `#`, `#index` and `#acc` in these slots. */
  within(slots: PredicateSlots, predicate: Node): Code {
    if (this.predicates.length >= MAX_PREDICATES)
      this.refuse(`predicates are nested more than ${MAX_PREDICATES} levels deep`, predicate);
    this.predicates.push(slots);
    const code = this.compile(predicate);
    this.predicates.pop();
    return code;
  }

  private codeOf(node: Node): Code {
    switch (node.kind) {
      case 'nil':
        return () => null;
      case 'bool':
      case 'float':
      case 'string': {
        const { value } = node;
        return () => value;
      }
      case 'int': {
        // An integer literal in the place of a float is a float.
        const value = this.types.get(node) === FLOAT ? Number(node.value) : node.value;
        return () => value;
      }
      case 'bytes': {
        const value = bytesSlice(node.value);
        return () => value;
      }
      case 'identifier':
        return this.identifier(node.name);
      case 'pointer':
        return this.pointer(node.name);
      case 'unary':
        return this.unary(node.operator, this.compile(node.operand));
      case 'binary':
        return compileBinary(this, node);
      case 'conditional': {
        const test = this.compile(node.test);
        if (node.then === node.test) {
          const fallback = this.compile(node.otherwise);
          return (frame) => {
            const value = test(frame);
            return toBool(value) ? value : fallback(frame);
          };
        }
        const then = this.compile(node.then);
        const otherwise = this.compile(node.otherwise);
        return (frame) => (toBool(test(frame)) ? then(frame) : otherwise(frame));
      }
      case 'member':
        return compileMember(this, node);
      case 'chain':
        return compileChain(this.compile(node.inner));
      case 'slice': {
        const object = this.compile(node.object);
        const from = node.from === undefined ? undefined : this.compile(node.from);
        const to = node.to === undefined ? undefined : this.compile(node.to);
        return (frame) => {
          const value = object(frame);
          const end = to === undefined ? sliceLength(value) : to(frame);
          const start = from === undefined ? 0n : from(frame);
          frame.budget.step(sliceWeight(value));
          return slice(value, start, end);
        };
      }
      case 'call':
        return compileCall(this, node);
      case 'builtin':
        return this.builtin(node);
      case 'array': {
        const items = node.items.map((item) => this.compile(item));
        return (frame) => {
          const values = items.map((item) => item(frame));
          frame.budget.allocate(values.length);
          frame.budget.step(ALLOCATION_PRICE + values.length);
          return values;
        };
      }
      case 'map':
        return this.map(node.pairs);
      case 'sequence': {
        const codes = node.nodes.map((inner) => this.compile(inner));
        return (frame) => {
          let last: unknown = null;
          for (const code of codes) last = code(frame);
          return last;
        };
      }
      case 'let': {
        const value = this.compile(node.value);
        const slot = this.slot();
        this.bind(node.name, slot);
        const body = this.compile(node.body);
        this.unbind(node.name);
        return (frame) => {
          frame.slots[slot] = value(frame);
          return body(frame);
        };
      }
    }
  }

  private identifier(name: string): Code {
    const slot = this.variables.get(name);
    if (slot !== undefined) return (frame) => frame.slots[slot];
    if (name === 'result') return (frame) => frame.result;
    if (name === '$env')
      return (frame) => {
        frame.budget.step(ENVIRONMENT_PRICE);
        return environment(frame);
      };
    return functionValue(name);
  }

  private pointer(name: string): Code {
    const slots = this.predicates.at(-1);
    const slot = name === 'index' ? slots?.index : name === 'acc' ? slots?.accumulator : slots?.element;
    if (slot === undefined) throw new Error(`no slot for the pointer #${name}, which the checker let pass`);
    if (name === 'index') return (frame) => BigInt(frame.slots[slot] as number);
    return (frame) => {
      const value = frame.slots[slot];
      if (value === UNREADABLE) throw unreadable();
      return value;
    };
  }

  private unary(operator: string, operand: Code): Code {
    switch (operator) {
      case '-':
        return (frame) => negate(operand(frame));
      case '+':
        return operand;
      default:
        return (frame) => !toBool(operand(frame));
    }
  }

  private builtin(node: BuiltinNode): Code {
    const [argument] = node.args;
    // `len(filter(xs, p))` counts without making the list, and `sum(map(xs, f))` adds without making it.
    if (node.name === 'len' && argument?.kind === 'builtin' && argument.name === 'filter')
      return compileCount(this, argument);
    if (
      node.name === 'sum' &&
      node.args.length === 1 &&
      argument?.kind === 'builtin' &&
      argument.name === 'map'
    ) {
      return compilePredicate(this, { ...node, args: argument.args });
    }
    if (isPredicateFunction(node.name)) return compilePredicate(this, node);
    const run = FUNCTIONS[node.name];
    if (run === undefined) throw new Error(`no function ${node.name}, which the checker let pass`);
    const args = node.args.map((arg) => this.compile(arg));
    const { name } = node;
    return (frame) => {
      const values = args.map((arg) => read(arg(frame)));
      frame.budget.step(callWeight(name, values));
      return run(values, frame);
    };
  }

  private map(pairs: readonly { readonly key: Node; readonly value: Node }[]): Code {
    const codes = pairs.map((pair) => ({ key: this.compile(pair.key), value: this.compile(pair.value) }));
    return (frame) => {
      frame.budget.allocate(codes.length);
      frame.budget.step(ALLOCATION_PRICE + MAP_ALLOCATION_PRICE + 3 * codes.length);
      const map = Object.create(null) as Record<string, unknown>;
      const entries = codes.map(({ key, value }) => [key(frame), value(frame)] as const);
      // The last key that is no text is told; of equal keys the first one stays.
      const wrong = entries.findLast(([key]) => typeof key !== 'string');
      if (wrong !== undefined) throw assertType(wrong[0], 'string');
      for (const [key, item] of entries) {
        const name = toText(key);
        if (!Object.hasOwn(map, name)) map[name] = item;
      }
      return map;
    };
  }
}

/** A pointer given to a function is read through. */
function read(value: unknown): unknown {
  return value instanceof GoPointer ? value.value : value;
}
