import type { Fault, Metric } from '../../../schemas/index.js';
import { nameTests, type NamingRule, RuleBudgetError } from '../rule-tests.js';
import { memberPath } from './field-path.js';
import { isOpen } from './known-values.js';

/** Rules whose expression is not valid, or that match none of the metrics; or that they are too much to be matched. */
export function ruleFaults(
  field: 'dryRun' | 'measurementRetention',
  rules: readonly NamingRule[],
  metrics: readonly Metric[],
  /** Further metrics may come, from templates that are not known here. */
  incomplete: boolean,
): readonly Fault[] {
  const isComplete = !incomplete && metrics.every(({ name }) => !isOpen(name));
  try {
    return nameTests(rules).flatMap((test, index) => {
      const path = memberPath(memberPath(`spec.${field}`, index), 'metricName');
      if (test instanceof Error) return [{ path, message: test.message }];
      if (!isComplete || metrics.some(({ name }) => test(name))) return [];
      return [{ path, message: `${field}[${index}]: Rule didn't match any metric name(s)` }];
    });
  } catch (error) {
    if (!(error instanceof RuleBudgetError)) throw error;
    return [{ path: `spec.${field}`, message: `${field}: ${error.message}` }];
  }
}

/** Names of the metrics that a rule matches; an expression that is not valid matches none, and rules that are too much none. */
export function matchedNames(rules: readonly NamingRule[], metrics: readonly Metric[]): ReadonlySet<string> {
  try {
    const tests = nameTests(rules).filter((test) => typeof test === 'function');
    return new Set(metrics.map(({ name }) => name).filter((name) => tests.some((test) => test(name))));
  } catch (error) {
    if (!(error instanceof RuleBudgetError)) throw error;
    return new Set();
  }
}
