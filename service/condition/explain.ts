import type { Node } from './ast.js';
import { ConditionError } from './condition-error.js';
import { printValue } from './go/go-print.js';
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
 * skipped (the right of `false && …`) is marked so. `nowMs` is what `now()` gives. Values are given in full: whoever
 * shortens them must mask secrets before. Throws `ConditionError` when the condition does not compile.
 */
export function explain(source: string, result: TypedValue, nowMs?: number): Explanation {
  return guarded(source, 'run', () => explained(source, result, nowMs));
}

function explained(source: string, result: TypedValue, nowMs: number | undefined): Explanation {
  const seen = new Map<Node, { value: unknown } | { error: string }>();
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
  return tell(source, root, seen);
}

/** Parts deeper than this are not told: a chain of operators may be of any length. */
const MAX_TOLD = 100;

function tell(
  source: string,
  node: Node,
  seen: ReadonlyMap<Node, { value: unknown } | { error: string }>,
  depth = 0,
): Explanation {
  const children = depth < MAX_TOLD ? partsIn(node).map((child) => tell(source, child, seen, depth + 1)) : [];
  const outcome = seen.get(node);
  const shared = {
    source: source.slice(node.at, node.end),
    at: node.at,
    evaluated: outcome !== undefined,
    children,
  };
  if (outcome === undefined) return shared;
  return 'error' in outcome
    ? { ...shared, error: outcome.error }
    : { ...shared, value: printValue(outcome.value) };
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
