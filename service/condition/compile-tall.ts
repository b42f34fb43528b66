import type { ConditionalNode, LetNode, MemberNode, Node } from './ast.js';
import type { CompileContext } from './compile-context.js';
import { CHAIN } from './compile-member.js';
import { type Descent, descend } from './descend.js';
import type { Code, Frame } from './run/frame.js';
import { toBool } from './run/numbers.js';
import { isNilValue } from './run/operators.js';
import { operandsOf } from './tall.js';

/** What the code of a tall tree needs of the compiler. */
export interface TallContext extends CompileContext {
  isTall(node: Node): boolean;
  /** Code of a node whose parts in `values` are not compiled: their values are in slots. */
  codeWith(node: Node, values: ReadonlyMap<Node, number>): Code;
  /** Compiles with the name bound to a slot. */
  bind(name: string, slot: number): void;
  unbind(name: string): void;
  /** Lets the value of a node be seen that has no code of its own. */
  instrument(node: Node, code: Code): Code;
}

/** Runs one step; gives the number of the next one, or NEXT. */
type Step = (frame: Frame) => number;
const NEXT = -1;

/** A place among the steps that is known once it is reached. */
interface Label {
  at: number;
}

/** The steps of a node, from the first to the one before `end`. */
interface Extent {
  readonly node: Node;
  readonly slot: number;
  readonly start: number;
  readonly end: number;
  readonly fail: (frame: Frame, error: unknown) => void;
}

/**
 * Code of a tree that is too tall for closures within closures: steps that run one after another, each of which leaves
 * its value in a slot. It does what the closures would, in the same order.
 */
export function compileTall(compiler: TallContext, root: Node): Code {
  const steps = new Steps(compiler);
  const slot = descend(root, (node) => steps.add(node));
  return (frame) => {
    steps.run(frame);
    return frame.slots[slot];
  };
}

class Steps {
  private readonly compiler: TallContext;
  private readonly steps: Step[] = [];
  /** Of the tall nodes, the inner ones first. */
  private readonly extents: Extent[] = [];

  constructor(compiler: TallContext) {
    this.compiler = compiler;
  }

  run(frame: Frame): void {
    const { steps } = this;
    let at = 0;
    while (at < steps.length) {
      try {
        while (at < steps.length) {
          const next = steps[at]?.(frame) ?? NEXT;
          at = next === NEXT ? at + 1 : next;
        }
      } catch (error) {
        at = this.afterError(frame, at, error);
      }
    }
  }

  /** What is nil in a chain ends the chain; any other error ends all. */
  private afterError(frame: Frame, at: number, error: unknown): number {
    for (const { node, slot, start, end, fail } of this.extents) {
      if (at < start || at >= end) continue;
      if (error === CHAIN && node.kind === 'chain') {
        frame.slots[slot] = null;
        return end;
      }
      fail(frame, error);
    }
    throw error;
  }

  /** Adds the steps of a node, asking for those of its parts; gives the slot of its value. */
  *add(node: Node): Descent<Node, number> {
    if (!this.compiler.isTall(node)) return this.leaf(this.compiler.compile(node));
    const start = this.steps.length;
    const slot = yield* this.tall(node);
    const end = this.steps.length;
    this.extents.push({ node, slot, start, end, fail: this.failing(node) });
    return slot;
  }

  private *tall(node: Node): Descent<Node, number> {
    switch (node.kind) {
      case 'conditional':
        return this.seen(node, yield* this.conditional(node));
      case 'chain': {
        const inner = yield node.inner;
        return this.leaf(this.compiler.instrument(node, (frame) => frame.slots[inner]));
      }
      case 'let':
        return this.seen(node, yield* this.declaration(node));
      case 'sequence': {
        let last = 0;
        for (const part of node.nodes) last = yield part;
        return this.seen(node, last);
      }
      case 'binary': {
        const decides = SHORT[node.operator];
        if (decides === undefined) break;
        const slot = yield node.left;
        const end: Label = { at: 0 };
        this.steps.push((frame) => (decides(frame.slots[slot]) ? end.at : NEXT));
        this.copy(yield node.right, slot);
        end.at = this.steps.length;
        // What is decided by the left side of a logical operation is a bool by then.
        return this.seen(node, slot);
      }
      default:
    }
    return yield* this.strict(node);
  }

  /** A node that needs the values of all its parts: those up to the last tall one are evaluated before it. */
  private *strict(node: Node): Descent<Node, number> {
    const operands = operandsOf(node);
    const count = operands.findLastIndex((part) => this.compiler.isTall(part)) + 1;
    const values = new Map<Node, number>();
    for (const operand of operands.slice(0, count)) {
      values.set(operand, yield operand);
      if (node.kind === 'member' && operand === node.object) this.endOfChain(node, values.get(operand) ?? 0);
    }
    return this.leaf(this.compiler.codeWith(node, values));
  }

  /** The property of what is nil is not evaluated behind `?.`. */
  private endOfChain({ optional }: MemberNode, slot: number): void {
    if (!optional) return;
    this.steps.push((frame) => {
      if (isNilValue(frame.slots[slot])) throw CHAIN;
      return NEXT;
    });
  }

  private *conditional(node: ConditionalNode): Descent<Node, number> {
    const test = yield node.test;
    const slot = this.compiler.slot();
    const otherwise: Label = { at: 0 };
    const end: Label = { at: 0 };
    this.steps.push((frame) => (toBool(frame.slots[test]) ? NEXT : otherwise.at));
    const then = node.then === node.test ? test : yield node.then;
    this.steps.push((frame) => {
      frame.slots[slot] = frame.slots[then];
      return end.at;
    });
    otherwise.at = this.steps.length;
    this.copy(yield node.otherwise, slot);
    end.at = this.steps.length;
    return slot;
  }

  private *declaration(node: LetNode): Descent<Node, number> {
    this.compiler.bind(node.name, yield node.value);
    const body = yield node.body;
    this.compiler.unbind(node.name);
    return body;
  }

  private leaf(code: Code): number {
    const slot = this.compiler.slot();
    this.steps.push((frame) => {
      frame.slots[slot] = code(frame);
      return NEXT;
    });
    return slot;
  }

  private copy(from: number, to: number): void {
    this.steps.push((frame) => {
      frame.slots[to] = frame.slots[from];
      return NEXT;
    });
  }

  private seen(node: Node, slot: number): number {
    const code: Code = (frame) => frame.slots[slot];
    const told = this.compiler.instrument(node, code);
    if (told !== code)
      this.steps.push((frame) => {
        told(frame);
        return NEXT;
      });
    return slot;
  }

  /** Lets an error of a part be seen at the node too, as it is where the code of the one calls that of the other. */
  private failing(node: Node): Extent['fail'] {
    let thrown: unknown;
    const code: Code = () => {
      throw thrown;
    };
    const told = this.compiler.instrument(node, code);
    if (told === code) return () => undefined;
    return (frame, error) => {
      thrown = error;
      try {
        told(frame);
      } catch (again) {
        if (again !== error) throw again;
      }
    };
  }
}

/** Whether the left side decides alone. */
const SHORT: Readonly<Record<string, ((left: unknown) => boolean) | undefined>> = {
  and: (left) => !toBool(left),
  '&&': (left) => !toBool(left),
  or: toBool,
  '||': toBool,
  '??': (left) => !isNilValue(left),
};
