import type { DryRun, MeasurementRetention, Metric } from '../../schemas/index.js';
import { type NameTest, nameTests, type NamingRule, RuleBudgetError } from './rule-tests.js';

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
function match<Rule extends NamingRule>(
  field: string,
  rules: readonly Rule[],
  metrics: readonly Metric[],
): Matches<Rule> {
  const byMetric = new Map<string, Rule>();
  try {
    const tests = nameTests(rules);
    for (const [index, rule] of rules.entries()) {
      const names = matched(tests[index], metrics);
      if (names.length === 0)
        return { ok: false, message: `${field}[${index}]: Rule didn't match any metric name(s)` };
      for (const name of names) byMetric.set(name, rule);
    }
  } catch (error) {
    if (!(error instanceof RuleBudgetError)) throw error;
    return { ok: false, message: `${field}: ${error.message}` };
  }
  return { ok: true, byMetric };
}

function matched(test: NameTest | undefined, metrics: readonly Metric[]): readonly string[] {
  return typeof test === 'function' ? metrics.map(({ name }) => name).filter(test) : [];
}
