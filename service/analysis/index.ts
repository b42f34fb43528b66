/**
 * The door of `analysis/`: what a run means. Pure: time is an argument, nothing is read or written.
 *
 * A run's way: {@link buildRun} (templates merged) → {@link prepareRun} (arguments filled in, checked) → for each series
 * {@link nextTask} → a measurement, with {@link withSecrets} → {@link recordMeasurement} → {@link settleSeries} →
 * {@link assessRun} over all series → {@link verdictOf}.
 */
export {
  assessRun,
  hasDecided,
  type RunAssessment,
  type RunContext,
} from './assess-run.js';
export { assessSeries, type SeriesAssessment, settleSeries } from './assess-series.js';
export { type BuiltRun, buildRun, type RunIngredients } from './build-run.js';
export {
  type Collected,
  type Collection,
  collectTemplates,
  type TemplateSource,
  uniqueTemplates,
} from './collect-templates.js';
export { isOfConnection } from './connection-headers.js';
export { type EndlessMetric, endlessMetrics } from './endless-metrics.js';
export { expiresAtMs } from './expires-at.js';
export { type FlatTemplate, flattenTemplates, TemplateError } from './flatten-templates.js';
export { lintAmong, type LintAmongOptions } from './lint/lint-among.js';
export { lint, type Lintable, type LintOptions } from './lint/lint.js';
export { type Matches, matchDryRun, matchRetention } from './match-rules.js';
export { mergeArgs } from './merge-args.js';
export { metadataFaults } from './metadata-faults.js';
export { effectiveCount, intValue, limitsOf, type MetricLimits } from './metric-limits.js';
export { fromMoment, toMoment } from './moment.js';
export {
  type Cadence,
  dueAtMs,
  ERROR_RETRY_MS,
  MIN_INTERVAL_MS,
  nextTask,
  type Task,
  type TaskContext,
} from './next-task.js';
export { isCompleted, isWorse, verdictOf, worstOf } from './phase.js';
export { lintRequest, type PlannedRequest, planRequest, sourceOfRequest } from './plan-request.js';
export { DEFAULT_RETENTION, prepareRun, secretArguments } from './prepare-run.js';
export type { Preparation, PreparedMetric, PreparedRun, SecretArgument } from './prepared-run.js';
export {
  type MeasuringTask,
  type Reconciled,
  type ReconcilePorts,
  reconcile,
  type SecretsRead,
  type TakenMeasurement,
} from './reconcile.js';
export { REDACTED, Redactor } from './redact.js';
export { ArgumentError, resolveMetric, withSecrets } from './resolve-metric.js';
export { includesNamespace, mayUse, ownAddressFault, pluginFault, serverFault } from './named-use.js';
export { fillTags, type Resolution, resolveArgs, resolveQuotedArgs } from './resolve-template.js';
export { type MeasurementOperation, newSeries, recordMeasurement } from './series.js';
export { templateSourceOf } from './template-source.js';
export { metricProviderKind, validateMetrics } from './validate-metrics.js';
