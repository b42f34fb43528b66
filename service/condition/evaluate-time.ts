import { compileProgram } from './program.js';
import { ConditionError } from './condition-error.js';
import { CONDITION_SIGNATURES } from './builtin-types.js';
import { GoTime, typeName } from './go/values.js';
import type { Type } from './types.js';

/** Of the functions of a condition, a range query's `start` and `end` know these two. */
const ENVIRONMENT: ReadonlyMap<string, Type> = new Map(
  Object.entries(CONDITION_SIGNATURES).filter(([name]) => name === 'isNaN' || name === 'isInf'),
);

/** Evaluates `start` or `end` of a range query at an instant (Argo Rollouts' EvalTime). Throws `ConditionError`. */
export function evaluateTime(expression: string, now: GoTime): GoTime {
  const program = compileProgram(expression, ENVIRONMENT);
  const value = program.run(null, now);
  if (value instanceof GoTime) return value;
  throw new ConditionError('run', `expected time.Time, but got ${typeName(value)}`, expression);
}
