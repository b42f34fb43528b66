import type { AnalysisPhase, Measurement, Metric, MetricResult } from '../../schemas/index.js';
import { type PreparedMetric, type PreparedRun, prepareRun, toMoment } from '../../service/analysis/index.js';

/** A metric of a Prometheus, with the given fields. */
export function metricOf(fields: Partial<Metric> = {}): Metric {
  return { name: 'm', provider: { prometheus: { query: 'up' } }, ...fields };
}

/** A run of metrics that must be valid. */
export function runOf(metrics: readonly Metric[], dryRun: readonly string[] = []): PreparedRun {
  const preparation = prepareRun({ metrics, dryRun: dryRun.map((metricName) => ({ metricName })) });
  if (!preparation.ok) throw new Error(preparation.message);
  return preparation.run;
}

/** A metric of a run by itself, that must be valid. */
export function preparedOf(fields: Partial<Metric> = {}): PreparedMetric {
  const prepared = runOf([metricOf(fields)]).metrics[0];
  if (prepared === undefined) throw new Error('a run of one metric has one');
  return prepared;
}

/** A measurement that began and ended at the given milliseconds. */
export function measurementOf(phase: AnalysisPhase, startMs = 0, endMs = startMs): Measurement {
  return { phase, startedAt: toMoment(startMs), finishedAt: toMoment(endMs) };
}

/** A series by its last measurement alone. */
export function seriesOf(measurement: Measurement, fields: Partial<MetricResult> = {}): MetricResult {
  return { name: 'm', phase: 'Running', measurements: [measurement], ...fields };
}
