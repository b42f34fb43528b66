/** The door of `condition/`: the language in which metrics are judged. Pure: no I/O, no clock. */
export { CONDITION_NAMES } from './names.js';
export { ConditionError, type ConditionErrorCode } from './condition-error.js';
export {
  compile,
  type ConditionOutcome,
  type ConditionPair,
  evaluateConditions,
  evaluateExpression,
} from './evaluate.js';
export { evaluateTime } from './evaluate-time.js';
export { explain, type Explanation } from './explain.js';
export { formatGoDuration, goDurationMs, GoDurationError, parseGoDuration } from './go/go-duration.js';
export { GoError, quote } from './go/go-error.js';
export {
  formatFloat as formatGoFloat,
  parseFloat as parseGoFloat,
  parseInt as parseGoInt,
  toInt64,
} from './go/go-number.js';
export { printValue } from './go/go-print.js';
export { parseTime, RFC3339_NANO } from './go/go-time.js';
export { compileRegex } from './go/regex.js';
export { patternPrice } from './go/regex-price.js';
export * from './go/values.js';
export { Zone } from './go/zone.js';
export { parse as parseCondition } from './parser.js';
export type { Program } from './program.js';
export type { ResultType, TypedValue } from './typed-value.js';
