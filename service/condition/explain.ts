import type { Node } from './ast.js';
import { ConditionError } from './condition-error.js';
import { GoError } from './go/go-error.js';
import { printValue } from './go/go-print.js';
import { typeName } from './go/values.js';
import { childrenOf } from './node-children.js';
import { instant } from './instant.js';
import { asConditionError, compileProgram, conditionEnvironment, guarded } from './program.js';
import { runtimeValue, staticType } from './result-value.js';
import type { TypedValue } from './typed-value.js';

/** A part of a condition and what it came to. */
export interface Explanation {
  readonly source: string;
  /** Offset of the part in the condition. */
  readonly at: number;
  /** The value as Go prints it; absent when the part was not evaluated or failed. */
  readonly value?: string;
  /** Why it has no value. */
  readonly error?: string;
  readonly evaluated: boolean;
  readonly children: readonly Explanation[];
}

const LITERALS = new Set<Node['kind']>(['nil', 'bool', 'int', 'float', 'string', 'bytes']);

/**
 * Every sub-expression of a condition with its value; of a predicate, that for the element it saw last. What was
 * skipped (the right of `false && …`) is marked so. `nowMs` is what `now()` gives. Values are given in full, as whoever
 * shortens them must mask secrets before; of one too long to be printed the type is given. Not all parts of a condition
 * of very many are told. Throws `ConditionError` when the condition does not compile.
 */
export function explain(source: string, result: TypedValue, nowMs?: number): Explanation {
  return guarded(source, 'run', () => explained(source, result, nowMs));
}

function explained(source: string, result: TypedValue, nowMs: number | undefined): Explanation {
  const seen = new Map<Node, Outcome>();
  let root: Node | undefined;
  const program = compileProgram(source, conditionEnvironment(staticType(result)), (node, code) => {
    root = node;
    return (frame) => {
      try {
        const value = code(frame);
        seen.set(node, { value });
        return value;
      } catch (error) {
        const told = asConditionError(source, 'run', error);
        seen.set(node, { error: told instanceof Error ? told.message : String(told) });
        throw error;
      }
    };
  });
  try {
    program.run(runtimeValue(result), instant(nowMs));
  } catch (error) {
    // What failed is part of the explanation.
    if (!(error instanceof ConditionError)) throw error;
  }
  if (root === undefined) throw new Error('a condition without nodes was compiled');
  return new Teller(source, seen).tell(root, 0);
}

/** Parts deeper than this are not told: a chain of operators may be of any length. */
const MAX_TOLD = 100;
/** Parts that are told at all. */
const MAX_PARTS = 1_000;
/** Characters of one value, and of all together: most parts of a condition have the whole result among their values. */
const MAX_VALUE = 1024 * 1024;
const MAX_VALUES = 4 * MAX_VALUE;

type Outcome = { readonly value: unknown } | { readonly error: string };

class Teller {
  private readonly source: string;
  private readonly seen: ReadonlyMap<Node, Outcome>;
  /** What was printed, by value: the same list is not printed again for every part that gives it. */
  private readonly printed = new Map<unknown, string>();
  private parts = 0;
  private characters = 0;

  constructor(source: string, seen: ReadonlyMap<Node, Outcome>) {
    this.source = source;
    this.seen = seen;
  }

  tell(node: Node, depth: number): Explanation {
    this.parts++;
    const outcome = this.seen.get(node);
    const told =
      outcome === undefined ? {} : 'error' in outcome ? outcome : { value: this.print(outcome.value) };
    const children: Explanation[] = [];
    if (depth < MAX_TOLD)
      for (const child of partsIn(node))
        if (this.parts < MAX_PARTS) children.push(this.tell(child, depth + 1));
    return {
      source: this.source.slice(node.at, node.end),
      at: node.at,
      evaluated: outcome !== undefined,
      ...told,
      children,
    };
  }

  private print(value: unknown): string {
    const known = this.printed.get(value);
    if (known !== undefined) return known;
    const text = this.textOf(value);
    this.characters += text.length;
    this.printed.set(value, text);
    return text;
  }

  private textOf(value: unknown): string {
    const limit = Math.min(MAX_VALUE, MAX_VALUES - this.characters);
    if (typeof value === 'string') return value.length <= limit ? value : typeName(value);
    try {
      return printValue(value, limit);
    } catch (error) {
      if (error instanceof GoError) return typeName(value);
      throw error;
    }
  }
}

/** The nodes below that say something: no literal, no function (but what a method is called on), no node twice. */
function partsIn(node: Node): readonly Node[] {
  return childrenOf(node).flatMap((child) => {
    const isCallee = node.kind === 'call' && child === node.callee;
    // `a?.b` is a chain around a member of the same extent.
    if (isCallee || child.kind === 'chain') return partsIn(child);
    return LITERALS.has(child.kind) ? [] : [child];
  });
}
