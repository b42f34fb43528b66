import type { IntOrString, Metric } from '../../schemas/index.js';

const MAX_INT = 2n ** 63n - 1n;
const MIN_INT = -(2n ** 63n);
const WHOLE = /^[+-]?[0-9]+$/;
/** More digits than any int has; reading many more would take time with the square of their number. */
const MANY_DIGITS = 40;

/**
 * The number of a field that may be text, as the reference reads it: `[+-]?digits` by Go's Atoi, whose errors it ignores.
 * What no int holds is the nearest one that there is, and any other text counts as 0.
 */
export function intOf(field: IntOrString | undefined): bigint {
  if (field === undefined) return 0n;
  if (typeof field === 'number') return BigInt(field);
  if (!WHOLE.test(field)) return 0n;
  const digits = field.replace(/^[+-]?0*/, '');
  const size = digits === '' ? 0n : BigInt(digits.slice(0, MANY_DIGITS));
  if (field.startsWith('-')) return -size < MIN_INT ? MIN_INT : -size;
  return size > MAX_INT ? MAX_INT : size;
}

/** {@link intOf} as a number. */
export const intValue = (field: IntOrString | undefined): number => Number(intOf(field));

/** How a text is misread as a number; undefined: it is not. */
export function misreading(text: string): 'zero' | 'beyond' | undefined {
  if (!WHOLE.test(text)) return 'zero';
  return /^[+-]?0*[0-9]{1,9}$/.test(text) || int32(text) === intValue(text) ? undefined : 'beyond';
}

/** Go's conversion to int32, which the counters are compared with: it wraps. */
const int32 = (field: IntOrString | undefined): number => Number(BigInt.asIntN(32, intOf(field)));

/**
 * How many measurements a metric takes, as written in the spec: undefined means without end. A count that is absent or 0
 * means 1 without an interval and endless with one; a negative count is reached at once.
 */
export function effectiveCount(metric: Metric): IntOrString | undefined {
  if (metric.count !== undefined && intValue(metric.count) !== 0) return metric.count;
  return (metric.interval ?? '') === '' ? 1 : undefined;
}

/** The limits of a metric as numbers, defaults filled in. */
export interface MetricLimits {
  /** Measurements to take; undefined: without end. */
  readonly count: number | undefined;
  /** Failed measurements tolerated; -1: any number. */
  readonly failure: number;
  /** Inconclusive measurements tolerated. */
  readonly inconclusive: number;
  /** Errors in a row tolerated. */
  readonly consecutiveError: number;
  /** Successes in a row that make the metric Successful; 0: off. */
  readonly consecutiveSuccess: number;
}

/** Errors in a row that a metric tolerates when it does not say. */
export const DEFAULT_CONSECUTIVE_ERROR_LIMIT = 4;

/** The limits of a metric whose arguments are filled in. */
export function limitsOf(metric: Metric): MetricLimits {
  const count = effectiveCount(metric);
  return {
    count: count === undefined ? undefined : int32(count),
    failure: int32(metric.failureLimit),
    inconclusive: int32(metric.inconclusiveLimit),
    consecutiveError:
      metric.consecutiveErrorLimit === undefined
        ? DEFAULT_CONSECUTIVE_ERROR_LIMIT
        : int32(metric.consecutiveErrorLimit),
    consecutiveSuccess: int32(metric.consecutiveSuccessLimit),
  };
}
