import { metricProviderKind } from '../analysis/index.js';
import type { AnalysisRun } from '../../schemas/index.js';

/** The lane of metrics whose provider this process does not know. */
export const OTHER_LANE = 'other';

/**
 * The lane of a metric: its provider's kind. Ticks of one lane never wait for those of another, so that a provider that
 * hangs delays its own metrics only.
 */
export function laneOf({ spec }: AnalysisRun, metricName: string): string {
  const metric = spec.metrics.find(({ name }) => name === metricName);
  return (metric && metricProviderKind(metric)) ?? OTHER_LANE;
}
