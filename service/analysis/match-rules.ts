import type { DryRun, MeasurementRetention, Metric } from '../../schemas/index.js';
import { compileRegex } from '../condition/index.js';

/** Rules matched to metrics by name, or the reference's message about the first rule that matches none. */
export type Matches<Rule> =
  | { readonly ok: true; readonly byMetric: ReadonlyMap<string, Rule> }
  | { readonly ok: false; readonly message: string };

/** Which metrics only watch: those whose names match a rule of `dryRun`. */
export function matchDryRun(rules: readonly DryRun[], metrics: readonly Metric[]): Matches<DryRun> {
  return match('dryRun', rules, metrics);
}

/** The retention rule of each metric that has one; of several the last. */
export function matchRetention(
  rules: readonly MeasurementRetention[],
  metrics: readonly Metric[],
): Matches<MeasurementRetention> {
  return match('measurementRetention', rules, metrics);
}

/**
 * Matches each rule's regular expression (RE2, unanchored) against the metrics' names. An expression that is not valid
 * matches nothing, as in the reference, and a rule that matches nothing is a fault.
 */
function match<Rule extends { readonly metricName: string }>(
  field: string,
  rules: readonly Rule[],
  metrics: readonly Metric[],
): Matches<Rule> {
  const byMetric = new Map<string, Rule>();
  for (const [index, rule] of rules.entries()) {
    const matches = nameMatcher(rule.metricName);
    const names = metrics.map(({ name }) => name).filter(matches);
    if (names.length === 0)
      return { ok: false, message: `${field}[${index}]: Rule didn't match any metric name(s)` };
    for (const name of names) byMetric.set(name, rule);
  }
  return { ok: true, byMetric };
}

function nameMatcher(source: string): (name: string) => boolean {
  const regex = regexOf(source);
  return regex instanceof Error ? () => false : (name) => regex.test(name);
}

/** The compiled expression, or what is wrong with it. */
export function regexOf(source: string): ReturnType<typeof compileRegex> | Error {
  try {
    return compileRegex(source);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
