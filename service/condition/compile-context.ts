import type { Node } from './ast.js';
import type { Code } from './run/frame.js';
import type { Type } from './types.js';

/** Where a predicate finds what it is about: numbers of slots of the frame. */
export interface PredicateSlots {
  readonly element: number;
  readonly index: number;
  readonly accumulator: number;
}

/** What the compilers of single nodes need of the whole. */
export interface CompileContext {
  /** The static type of every node. */
  readonly types: ReadonlyMap<Node, Type>;
  compile(node: Node): Code;
  /** Whether a `let` around what is being compiled binds a name. */
  isVariable(name: string): boolean;
  /** A slot of the frame that nothing else uses. */
  slot(): number;
  /** Compiles a predicate whose `#`, `#index` and `#acc` are in these slots. */
  within(slots: PredicateSlots, predicate: Node): Code;
}
