import type { IntOrString, Metric } from '../../schemas/index.js';

/** The number of a field that may be text: `[+-]?digits` is read as Go's Atoi does, any other text counts as 0. */
export function intValue(field: IntOrString | undefined): number {
  if (field === undefined) return 0;
  if (typeof field === 'number') return field;
  return isNumber(field) ? Number(BigInt(field.replace(/^\+/, ''))) : 0;
}

/** Whether Go's Atoi reads the text; it reports a number that no int holds as an error, which the reference ignores. */
export function isNumber(text: string): boolean {
  if (!/^[+-]?[0-9]+$/.test(text)) return false;
  const value = BigInt(text.replace(/^\+/, ''));
  return value === BigInt.asIntN(64, value);
}

/** Go's conversion to int32, which the counters are compared with: it wraps. */
function int32(value: number): number {
  return value | 0;
}

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
    count: count === undefined ? undefined : int32(intValue(count)),
    failure: int32(intValue(metric.failureLimit)),
    inconclusive: int32(intValue(metric.inconclusiveLimit)),
    consecutiveError:
      metric.consecutiveErrorLimit === undefined
        ? DEFAULT_CONSECUTIVE_ERROR_LIMIT
        : int32(intValue(metric.consecutiveErrorLimit)),
    consecutiveSuccess: int32(intValue(metric.consecutiveSuccessLimit)),
  };
}
