import type { AnalysisRun, ExplainedMeasurement } from '../schemas/index.js';
import type { PreparedMetric } from './analysis/index.js';
import type { Measuring } from './measuring.js';
import type { Clock } from './platform/index.js';

/** Takes one measurement of a metric now, as if a run of it had begun. */
export const createMeasureOnce =
  ({ explain }: Pick<Measuring, 'explain'>, clock: Clock) =>
  (metric: PreparedMetric, run: AnalysisRun, signal: AbortSignal): Promise<ExplainedMeasurement> =>
    explain({
      op: 'measure',
      metric,
      args: run.spec.args ?? [],
      run: {
        id: run.metadata?.uid ?? '',
        name: run.metadata?.name ?? run.metadata?.generateName ?? '',
        namespace: run.metadata?.namespace ?? 'default',
        startedAtMs: clock.nowMs(),
      },
      signal,
    });
