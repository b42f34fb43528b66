import type { ConditionsExplained, Explanation } from '../../../schemas/index.js';
import { printable } from '../printable.js';

/**
 * What the parts of the conditions came to, a line a part, those inside another one indented below it:
 *
 *     successCondition:
 *       result[0] >= 0.95  -> false
 *         result[0]  -> 0.93
 */
export function explanationLines(explained: ConditionsExplained): readonly string[] {
  return (['successCondition', 'failureCondition'] as const).flatMap((condition) => {
    const parts = explained[condition];
    return parts === undefined ? [] : [`${condition}:`, ...told(parts).map(partLine)];
  });
}

const partLine = ({ expression, depth, value, error }: Explanation): string => {
  const outcome = value ?? (error === undefined ? '(not needed)' : `error: ${error}`);
  return `${'  '.repeat(depth + 1)}${printable(expression)}  -> ${printable(outcome)}`;
};

/** The parts that say something new: none twice, and nothing inside one that was not needed. */
function told(parts: readonly Explanation[]): readonly Explanation[] {
  const seen = new Set<string>();
  let skippedAt = Infinity;
  return parts.filter(({ expression, depth, value, error }) => {
    if (depth > skippedAt) return false;
    skippedAt = value === undefined && error === undefined ? depth : Infinity;
    const what = JSON.stringify([expression, value, error]);
    if (seen.has(what)) return false;
    seen.add(what);
    return true;
  });
}
