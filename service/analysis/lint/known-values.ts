import type { Argument, IntOrString, Metric } from '../../../schemas/index.js';
import { resolveArgs } from '../resolve-template.js';

const TAG = /\{\{[^{}]*\}\}/g;

/**
 * The text with those arguments filled in that have a value here. Secrets, values that the run will give, and tags of
 * nothing stay tags.
 */
export function withKnownValues(text: string, args: readonly Argument[]): string {
  const known = args.filter(({ value }) => value !== undefined);
  return text.replace(TAG, (tag) => {
    const resolution = resolveArgs(tag, known);
    return resolution.ok ? resolution.text : tag;
  });
}

/** Whether something in the text is only known when it is run. */
export function isOpen(text: string | undefined): boolean {
  return text?.includes('{{') ?? false;
}

/** The text with every open tag replaced by a number, which fits most places of a condition. */
export function withoutTags(text: string): string {
  return text.replace(TAG, '1');
}

/** The fields of a metric that the rules of a run look at. */
const RULED_FIELDS = [
  'name',
  'interval',
  'initialDelay',
  'count',
  'failureLimit',
  'inconclusiveLimit',
  'consecutiveErrorLimit',
  'consecutiveSuccessLimit',
  'successCondition',
  'failureCondition',
] as const;

/** The metric with known values in the fields that the rules of a run look at; its provider stays as it is. */
export function knownMetric(metric: Metric, args: readonly Argument[]): Metric {
  const known = RULED_FIELDS.flatMap((field) => {
    const value = metric[field];
    return typeof value === 'string' ? [[field, withKnownValues(value, args)] as const] : [];
  });
  return { ...metric, ...Object.fromEntries(known) };
}

/**
 * The metric with open fields set to what breaks no rule: what is left to complain of is wrong whatever the run fills in.
 */
export function withoutOpenFields(metric: Metric): Metric {
  const { count, failureLimit, inconclusiveLimit, consecutiveErrorLimit, consecutiveSuccessLimit, ...rest } =
    metric;
  // One of failureLimit and consecutiveSuccessLimit must be on; an open one is given the benefit of the doubt.
  const isSuccessNeeded = String(failureLimit) === '-1' && isOpen(String(consecutiveSuccessLimit ?? ''));
  return {
    ...rest,
    ...(isOpen(metric.interval) ? { interval: '1m' } : {}),
    ...(isOpen(metric.initialDelay) ? { initialDelay: '1m' } : {}),
    ...unlessOpen('count', count),
    ...unlessOpen('failureLimit', failureLimit),
    ...unlessOpen('inconclusiveLimit', inconclusiveLimit),
    ...unlessOpen('consecutiveErrorLimit', consecutiveErrorLimit),
    ...(isSuccessNeeded
      ? { consecutiveSuccessLimit: 1 }
      : unlessOpen('consecutiveSuccessLimit', consecutiveSuccessLimit)),
  };
}

function unlessOpen<Field extends keyof Metric>(
  field: Field,
  value: IntOrString | undefined,
): Partial<Record<Field, IntOrString>> {
  const limit: Partial<Record<Field, IntOrString>> = {};
  return value === undefined || isOpen(String(value)) ? limit : { ...limit, [field]: value };
}
