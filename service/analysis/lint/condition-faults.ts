import type { Fault, Metric, MetricProviderKind } from '../../../schemas/index.js';
import {
  compile,
  ConditionError,
  evaluateConditions,
  parseCondition,
  type TypedValue,
} from '../../condition/index.js';
import { memberPath } from './field-path.js';
import { isOpen, withoutTags } from './known-values.js';
import { RESULT_SAMPLES } from './result-samples.js';

/** Faults that must be changed, and those that are probably not meant. */
export interface Faults {
  readonly errors: readonly Fault[];
  readonly warnings: readonly Fault[];
}

/** These say of an empty result themselves what it means. */
const SPEAKS_OF_EMPTINESS = /\b(?:len|default|isNil|count)\s*\(|\?\?|\bnil\b/;

/** What is wrong with the conditions of a metric, whose known arguments are filled in. */
export function conditionFaults(metric: Metric, kind: MetricProviderKind | undefined, path: string): Faults {
  const errors: Fault[] = [];
  const warnings: Fault[] = [];
  for (const field of ['successCondition', 'failureCondition'] as const) {
    const source = metric[field] ?? '';
    if (source === '') continue;
    const fault = { path: memberPath(path, field) };
    if (isOpen(source)) {
      const error = syntaxError(withoutTags(source));
      if (error !== undefined) warnings.push({ ...fault, message: shown(error) });
    } else {
      const error = syntaxError(source) ?? typeError(source, kind);
      if (error !== undefined) errors.push({ ...fault, message: shown(error) });
    }
  }
  if (errors.length > 0) return { errors, warnings };
  const missing = kind !== undefined && judgesByConditions(kind) ? unguarded(metric, kind) : undefined;
  if (missing !== undefined) warnings.push({ path, message: missing });
  return { errors, warnings };
}

function judgesByConditions(kind: MetricProviderKind): boolean {
  return kind !== 'job' && kind !== 'kayenta';
}

/** How a metric passes without evidence, if it does. */
function unguarded(metric: Metric, kind: MetricProviderKind): string | undefined {
  const { successCondition = '', failureCondition = '' } = metric;
  if (successCondition === '' && failureCondition === '') {
    return 'no successCondition and no failureCondition: every measurement is Successful, whatever its value';
  }
  const { empty } = RESULT_SAMPLES[kind];
  const conditions = [successCondition, failureCondition];
  if (
    empty === undefined ||
    conditions.some((source) => isOpen(source) || SPEAKS_OF_EMPTINESS.test(source))
  ) {
    return undefined;
  }
  if (evaluateConditions(empty, { successCondition, failureCondition }).phase !== 'Successful')
    return undefined;
  return 'an empty result is Successful: no data would pass. Say what it means, e.g. with len(result) > 0 && …';
}

function syntaxError(source: string): ConditionError | undefined {
  return errorOf(() => parseCondition(source));
}

/** The fault of a condition that fits none of the types in which the provider delivers results. */
function typeError(source: string, kind: MetricProviderKind | undefined): ConditionError | undefined {
  const samples: readonly TypedValue[] = kind === undefined ? [] : RESULT_SAMPLES[kind].types;
  let first: ConditionError | undefined;
  for (const sample of samples) {
    const error = errorOf(() => compile(source, sample));
    if (error === undefined) return undefined;
    first ??= error;
  }
  return first;
}

function errorOf(attempt: () => unknown): ConditionError | undefined {
  try {
    attempt();
    return undefined;
  } catch (error) {
    if (error instanceof ConditionError) return error;
    throw error;
  }
}

/** The message with its place, and the line with a caret below it. */
function shown({ message, line, column, snippet }: ConditionError): string {
  return `${message} (${line}:${column})\n${snippet}`;
}
