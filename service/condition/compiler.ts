import type { BuiltinNode, CallNode, MemberNode, Node } from './ast.js';
import { GoError } from './go/go-error.js';
import { IntRange } from './go/int-range.js';
import { leftSpine } from './left-spine.js';
import { assertedArgument, methodOf } from './method-types.js';
import { bytesSlice, GoFunction, GoInteger, GoPointer, TypedSlice, typeName } from './go/values.js';
import { compileBinary } from './compile-binary.js';
import type { CompileContext, PredicateSlots } from './compile-context.js';
import {
  compileCount,
  compileFilterEnd,
  compilePredicate,
  isPredicateFunction,
} from './compile-predicate.js';
import { fetch, slice, sliceLength } from './run/collections.js';
import { UNREADABLE, unreadable } from './run/elements.js';
import { FUNCTIONS } from './run/functions.js';
import type { Code, Frame } from './run/frame.js';
import { assertType, toBool, toText } from './run/numbers.js';
import { isNilValue, negate } from './run/operators.js';
import { STATISTIC_FUNCTIONS } from './run/statistics.js';
import { ALLOCATION_PRICE, callWeight, conditionWeight, methodWeight, weight } from './run/weight.js';
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
        return this.member(node);
      case 'chain':
        return this.chain(this.compile(node.inner));
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
        return this.call(node);
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
    if (name === 'isNaN' || name === 'isInf') {
      return (frame) =>
        new GoFunction('func(float64) bool', (args) => frame.functions[name]?.(floatArguments(args)) ?? null);
    }
    // The language's own functions are no values: by name alone they are nil, as in the reference.
    if (FUNCTIONS[name] !== undefined || isPredicateFunction(name)) return () => null;
    const statistic = STATISTIC_FUNCTIONS[name];
    if (statistic !== undefined)
      return (frame) => new GoFunction('func(interface {}) float64', (args) => statistic(args, frame.budget));
    const type = CONDITION_TYPES[name];
    // Names in what the checker does not look at may be unknown: they are looked up when it runs, and are nil.
    if (type === undefined) return () => null;
    return (frame) => new GoFunction(type, (args) => frame.functions[name]?.(args) ?? null);
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

  private member(node: MemberNode): Code {
    if (node.object.kind === 'identifier' && node.object.name === '$env' && node.property.kind === 'string') {
      const { value } = node.property;
      return (frame) => fetch(environment(frame), value);
    }
    if (
      node.object.kind === 'builtin' &&
      node.object.name === 'filter' &&
      node.property.kind === 'int' &&
      !node.optional
    ) {
      const { value } = node.property;
      if (value === 0n || value === -1n) return compileFilterEnd(this, node.object, value === -1n);
    }
    const object = this.compile(node.object);
    const fast = this.fastIndex(node, object);
    if (fast !== undefined) return fast;
    const property = this.compile(node.property);
    const { optional } = node;
    const name = node.property.kind === 'string' ? node.property.value : undefined;
    const isField = this.types.get(node.object)?.kind === 'struct';
    return (frame) => {
      const from = object(frame);
      if (optional && isNilValue(from)) throw CHAIN;
      // The byte at an index is found by way of all bytes.
      if (typeof from === 'string') frame.budget.step(weight(from));
      if (isField && from === null) throw new GoError(`cannot get ${name ?? ''} from <nil>`);
      if (name !== undefined) {
        const method = methodOf(from, name);
        if (method !== undefined) return method;
      }
      return fetch(from, property(frame));
    };
  }

  /** `result[0]` over a Go slice with a literal index: the way of nearly every condition. */
  private fastIndex(node: MemberNode, object: Code): Code | undefined {
    if (node.property.kind !== 'int' || node.optional || node.property.value < 0n) return undefined;
    if (this.types.get(node.object)?.kind !== 'array') return undefined;
    const literal = node.property.value;
    const index = Number(literal);
    return (frame) => {
      const from = object(frame);
      // Of a range only the one element is made.
      const items = from instanceof TypedSlice && !(from instanceof IntRange) ? from.items : from;
      if (Array.isArray(items) && index < items.length) return items[index] as unknown;
      return fetch(from, literal);
    };
  }

  private chain(inner: Code): Code {
    return (frame) => {
      try {
        const value = inner(frame);
        return isNilValue(value) ? null : value;
      } catch (error) {
        if (error === CHAIN) return null;
        throw error;
      }
    };
  }

  private call(node: CallNode): Code {
    const args = node.args.map((arg) => this.compile(arg));
    const direct = this.directCall(node, args);
    if (direct !== undefined) return direct;
    const callee = this.compile(node.callee);
    const asserted = assertedArgument(this.types.get(node.callee));
    return (frame) => {
      // The arguments come first, as in the reference.
      const values = args.map((arg) => arg(frame));
      const target = callee(frame);
      if (target === null) throw new GoError('invalid operation: cannot call nil');
      if (!(target instanceof GoFunction))
        throw new GoError(`invalid operation: cannot call non-function of type ${typeName(target)}`);
      frame.budget.step(methodWeight(values));
      const [only = null] = values;
      if (asserted !== undefined && typeName(only) !== asserted) throw assertType(only, asserted);
      return target.call(values);
    };
  }

  /** Calls of Argo's functions by name, without making a function value. */
  private directCall(node: CallNode, args: readonly Code[]): Code | undefined {
    const name = node.callee.kind === 'identifier' ? node.callee.name : undefined;
    if (name === undefined || this.variables.some((variable) => variable.name === name)) return undefined;
    const [first, second] = args;
    const statistic = STATISTIC_FUNCTIONS[name];
    if (statistic !== undefined)
      return (frame) =>
        statistic(
          args.map((arg) => arg(frame)),
          frame.budget,
        );
    if (first === undefined || CONDITION_TYPES[name] === undefined) return undefined;
    if (name === 'isNaN') {
      return (frame) => {
        const value = first(frame);
        return typeof value === 'number' ? value !== value : (frame.functions['isNaN']?.([value]) ?? null);
      };
    }
    return (frame) => {
      const values = second === undefined ? [first(frame)] : [first(frame), second(frame)];
      frame.budget.step(conditionWeight(values));
      return frame.functions[name]?.(values) ?? null;
    };
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

const CHAIN = new GoError('nil in a chain');

const CONDITION_TYPES: Readonly<Record<string, string>> = {
  asInt: 'func(interface {}) int64',
  asFloat: 'func(interface {}) float64',
  isNaN: 'func(float64) bool',
  isInf: 'func(float64) bool',
  isNil: 'func(interface {}) bool',
  default: 'func(interface {}, interface {}) interface {}',
};

function environment(frame: Frame): Record<string, unknown> {
  const names = Object.keys(CONDITION_TYPES).map((name) => [
    name,
    new GoFunction(CONDITION_TYPES[name] ?? '', (args) => frame.functions[name]?.(args) ?? null),
  ]);
  return Object.fromEntries([['result', frame.result], ...names]) as Record<string, unknown>;
}

/** Through a function value Go's reflection takes a float only. */
function floatArguments(args: readonly unknown[]): readonly unknown[] {
  const [value] = args;
  if (typeof value === 'bigint' || value instanceof GoInteger)
    throw new GoError(`reflect: Call using ${typeName(value)} as type float64`);
  return args;
}

/** A pointer given to a function is read through. */
function read(value: unknown): unknown {
  return value instanceof GoPointer ? value.value : value;
}
