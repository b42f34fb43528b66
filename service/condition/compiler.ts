import type { BuiltinNode, Node } from './ast.js';
import { leftSpine } from './left-spine.js';
import { bytesSlice, GoPointer } from './go/values.js';
import { compileCall } from './compile-call.js';
import { compileChain, compileMember } from './compile-member.js';
import { environment, functionValue } from './condition-values.js';
import { compileBinary } from './compile-binary.js';
import type { CompileContext, PredicateSlots } from './compile-context.js';
import { compileCount, compilePredicate, isPredicateFunction } from './compile-predicate.js';
import { slice, sliceLength } from './run/collections.js';
import { UNREADABLE, unreadable } from './run/elements.js';
import { FUNCTIONS } from './run/functions.js';
import type { Code } from './run/frame.js';
import { assertType, toBool, toText } from './run/numbers.js';
import { negate } from './run/operators.js';
import { ALLOCATION_PRICE, callWeight, weight } from './run/weight.js';
import { FLOAT, type Type } from './types.js';

/** Called for each node once its code exists; `explain` wraps the code to see the values. */
export type Instrument = (node: Node, code: Code) => Code;

/** Compiles a checked and folded tree into closures. */
export function compileTree(
  root: Node,
  types: ReadonlyMap<Node, Type>,
  instrument: Instrument = (_, code) => code,
): Code {
  return new Compiler(types, instrument).compile(root);
}

class Compiler implements CompileContext {
  readonly types: ReadonlyMap<Node, Type>;
  private readonly instrument: Instrument;
  private readonly variables: { readonly name: string; readonly slot: number }[] = [];
  private readonly predicates: PredicateSlots[] = [];
  /** Parts of a chain that is being compiled, whose values are in slots by then. */
  private readonly inSlots = new Map<Node, Code>();
  private nextSlot = 0;

  constructor(types: ReadonlyMap<Node, Type>, instrument: Instrument) {
    this.types = types;
    this.instrument = instrument;
  }

  compile(node: Node): Code {
    const inSlot = this.inSlots.get(node);
    if (inSlot !== undefined) return inSlot;
    const parts = leftSpine(node, (part) => this.inSlots.has(part), isSeparable);
    if (parts.length === 0) return this.instrument(node, this.codeOf(node));
    // The parts of a long chain run one after another, each finding the value of the one before in a slot.
    const steps = parts.map((part) => {
      const code = this.compile(part);
      const slot = this.slot();
      this.inSlots.set(part, (frame) => frame.slots[slot]);
      return { slot, code };
    });
    const last = this.instrument(node, this.codeOf(node));
    for (const part of parts) this.inSlots.delete(part);
    return (frame) => {
      for (const { slot, code } of steps) frame.slots[slot] = code(frame);
      return last(frame);
    };
  }

  isVariable(name: string): boolean {
    return this.variables.some((variable) => variable.name === name);
  }

  slot(): number {
    return this.nextSlot++;
  }

  /** Compiles a predicate with `#`, `#index` and `#acc` in these slots. */
  within(slots: PredicateSlots, predicate: Node): Code {
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
          frame.budget.step(weight(value));
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
        this.variables.push({ name: node.name, slot });
        const body = this.compile(node.body);
        this.variables.pop();
        return (frame) => {
          frame.slots[slot] = value(frame);
          return body(frame);
        };
      }
    }
  }

  private identifier(name: string): Code {
    const variable = this.variables.findLast((candidate) => candidate.name === name);
    if (variable !== undefined) {
      const { slot } = variable;
      return (frame) => frame.slots[slot];
    }
    if (name === 'result') return (frame) => frame.result;
    if (name === '$env') return environment;
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
      frame.budget.step(ALLOCATION_PRICE + 2 * codes.length);
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

/** Ranges and the functions that make lists may be compiled together with what they are an argument of. */
const isSeparable = (node: Node): boolean =>
  !(node.kind === 'builtin' && FUSED.has(node.name)) && !(node.kind === 'binary' && node.operator === '..');
const FUSED = new Set(['filter', 'map', 'count', 'len']);

/** A pointer given to a function is read through. */
function read(value: unknown): unknown {
  return value instanceof GoPointer ? value.value : value;
}
