import type { Fault, Metric } from '../../../schemas/index.js';
import { regexOf } from '../match-rules.js';
import { memberPath } from './field-path.js';
import { isOpen } from './known-values.js';

/** A rule of `dryRun` or `measurementRetention`. */
interface Rule {
  readonly metricName: string;
}

/** Rules whose expression is not valid, or that match none of the metrics. */
export function ruleFaults(
  field: 'dryRun' | 'measurementRetention',
  rules: readonly Rule[],
  metrics: readonly Metric[],
  /** Further metrics may come, from templates that are not known here. */
  incomplete: boolean,
): readonly Fault[] {
  const isComplete = !incomplete && metrics.every(({ name }) => !isOpen(name));
  return rules.flatMap(({ metricName }, index) => {
    const path = memberPath(memberPath(`spec.${field}`, index), 'metricName');
    const regex = regexOf(metricName);
    if (regex instanceof Error) return [{ path, message: regex.message }];
    if (!isComplete || metrics.some(({ name }) => regex.test(name))) return [];
    return [{ path, message: `${field}[${index}]: Rule didn't match any metric name(s)` }];
  });
}

/** Whether a rule matches a name; an expression that is not valid matches none. */
export function isMatched(rules: readonly Rule[], name: string): boolean {
  return rules.some(({ metricName }) => {
    const regex = regexOf(metricName);
    return !(regex instanceof Error) && regex.test(name);
  });
}
