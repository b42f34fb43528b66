import { LRUCache } from 'lru-cache';
import type { Fault, Metric, MetricProviderKind } from '../../../schemas/index.js';
import { compile, ConditionError, parseCondition, type TypedValue } from '../../condition/index.js';
import { hintFor } from './condition-hints.js';
import { memberPath } from './field-path.js';
import { isOpen, withoutTags } from './known-values.js';
import { RESULT_SAMPLES } from './result-samples.js';
import { passesWithoutEvidence } from './without-evidence.js';

/** Faults that must be changed, and those that are probably not meant. */
export interface Faults {
  readonly errors: readonly Fault[];
  readonly warnings: readonly Fault[];
}

/**
 * Warnings of conditions without faults, by kind and source: every run of a template has the same, and finding out means to
 * parse and to evaluate them for several results.
 */
const sound = new LRUCache<string, readonly string[]>({ max: 1_000 });

/** What is wrong with the conditions of a metric, whose known arguments are filled in. */
export function conditionFaults(metric: Metric, kind: MetricProviderKind | undefined, path: string): Faults {
  const { successCondition = '', failureCondition = '' } = metric;
  const key = JSON.stringify([kind, successCondition, failureCondition]);
  const known = sound.get(key);
  if (known !== undefined) return { errors: [], warnings: known.map((message) => ({ path, message })) };
  const { errors, warnings, lacks } = faultsOf(metric, kind, path);
  // Those with tags have their faults at places of their own, and what `now` gives is never the same.
  const isTimeless = !/\bnow\b/.test(`${successCondition}\n${failureCondition}`);
  if (errors.length === 0 && warnings.length === 0 && isTimeless) sound.set(key, lacks);
  return { errors, warnings: [...warnings, ...lacks.map((message) => ({ path, message }))] };
}

function faultsOf(
  metric: Metric,
  kind: MetricProviderKind | undefined,
  path: string,
): Faults & { readonly lacks: readonly string[] } {
  const errors: Fault[] = [];
  const warnings: Fault[] = [];
  for (const field of ['successCondition', 'failureCondition'] as const) {
    const source = metric[field] ?? '';
    if (source === '') continue;
    const fault = { path: memberPath(path, field) };
    if (isOpen(source)) {
      const error = syntaxError(withoutTags(source));
      if (error !== undefined) warnings.push({ ...fault, message: shown(error, source) });
    } else {
      const error = syntaxError(source) ?? typeError(source, kind);
      if (error !== undefined) errors.push({ ...fault, message: shown(error, source) });
    }
  }
  const isJudged = errors.length === 0 && kind !== undefined && judgesByConditions(kind);
  return { errors, warnings, lacks: isJudged ? passesWithoutEvidence(metric, kind) : [] };
}

function judgesByConditions(kind: MetricProviderKind): boolean {
  return kind !== 'job' && kind !== 'kayenta';
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

/** The reference's message with its place, the line with a caret below it, and what to do. */
function shown(error: ConditionError, source: string): string {
  const { message, line, column, snippet } = error;
  const hint = hintFor(source, error);
  return `${message} (${line}:${column})\n${snippet}${hint === undefined ? '' : `\nhint: ${hint}`}`;
}
