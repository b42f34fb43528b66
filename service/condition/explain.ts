import type { Node } from './ast.js';
import { ConditionError } from './condition-error.js';
import { printValue } from './go/go-print.js';
import { mapChildren } from './fold.js';
import { compileProgram, conditionEnvironment } from './program.js';
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
const MAX_VALUE = 300;

/**
 * Every sub-expression of a condition with its value; of a predicate, that for the element it saw last. What was
 * skipped (the right of `false && …`) is marked so. Throws `ConditionError` when the condition does not compile.
 */
export function explain(source: string, result: TypedValue): Explanation {
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
        seen.set(node, { error: error instanceof Error ? error.message : String(error) });
        throw error;
      }
    };
  });
  try {
    program.run(runtimeValue(result));
  } catch (error) {
    // What failed is part of the explanation.
    if (!(error instanceof ConditionError)) throw error;
  }
  if (root === undefined) throw new Error('a condition without nodes was compiled');
  return tell(source, root, seen);
}

function tell(
  source: string,
  node: Node,
  seen: ReadonlyMap<Node, { value: unknown } | { error: string }>,
): Explanation {
  const children: Explanation[] = [];
  mapChildren(node, (child) => {
    if (!LITERALS.has(child.kind)) children.push(tell(source, child, seen));
    return child;
  });
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
    : { ...shared, value: cut(printValue(outcome.value)) };
}

function cut(text: string): string {
  return text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}…` : text;
}
