import type { AnalysisRunSpec, IntOrString } from '../../schemas/index.js';
import { isOpen, knownMetric } from './lint/known-values.js';
import { effectiveCount } from './metric-limits.js';

/** A metric that is measured until somebody, or a limit, ends it. */
export interface EndlessMetric {
  /** Its place among the metrics of the run. */
  readonly index: number;
  readonly name: string;
  /** What it has for a count, as it is read once arguments are filled in. */
  readonly count: IntOrString | undefined;
}

/**
 * The metrics of a run that never come to an end by themselves, dry-run ones included: a run ends with the last of its
 * metrics. A limit of failures or of successes in a row makes none of them end for certain. What depends on an argument
 * without a value here is not told.
 */
export function endlessMetrics({ metrics, args = [] }: AnalysisRunSpec): readonly EndlessMetric[] {
  return metrics.flatMap((metric, index) => {
    const known = knownMetric(metric, args);
    const { name, count, interval } = known;
    if (isOpen(String(count ?? '')) || isOpen(interval) || effectiveCount(known) !== undefined) return [];
    return [{ index, name, count }];
  });
}
