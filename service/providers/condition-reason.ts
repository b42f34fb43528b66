import type { Metric } from '../../schemas/index.js';
import type { Redactor } from '../analysis/index.js';
import type { ConditionOutcome } from '../condition/index.js';

/** What stands in place of a reason that may hold parts of a secret. */
export const HIDDEN_REASON =
  'the reason is not told, as it may hold parts of the secret in the condition: try the condition with another value in its place';

/**
 * Whether a condition has a secret in it. A secret can be found and masked as long as it is whole: `unknown name hunter2`
 * of an unquoted `hunter2-abc`, or what a slice of it came to, would give away a part.
 */
export const holdsSecret = (condition: string, redactor: Redactor): boolean =>
  redactor.text(condition) !== condition;

/** The message of an Error of a condition, without the reason when it may hold a part of a secret. */
export function conditionMessage(
  { error, condition, stage, cause }: ConditionOutcome,
  metric: Metric,
  redactor: Redactor,
): string | undefined {
  if (error === undefined || condition === undefined) return error;
  // The type of a value that is no bool tells nothing of the value; nor does it tell anything that there is no data.
  if (stage === 'type' || cause === undefined || !error.endsWith(cause.message)) return error;
  if (!holdsSecret(metric[condition] ?? '', redactor)) return error;
  return `${error.slice(0, error.length - cause.message.length)}${HIDDEN_REASON}`;
}
