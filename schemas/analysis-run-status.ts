import type { Static } from 'typebox';
import {
  type Immutable,
  choice,
  flag,
  int32,
  list,
  moment,
  optional,
  shape,
  text,
  textMap,
} from './shape.js';

/** The phases of a run, a metric or a measurement; `''` is one that has not begun. */
export const ANALYSIS_PHASES = [
  '',
  'Pending',
  'Running',
  'Successful',
  'Failed',
  'Error',
  'Inconclusive',
] as const;
/** See {@link ANALYSIS_PHASES}. */
export const AnalysisPhaseSchema = choice(ANALYSIS_PHASES, 'Phase; empty: not begun.');
/** See {@link ANALYSIS_PHASES}. */
export type AnalysisPhase = Static<typeof AnalysisPhaseSchema>;

/** What to do with the release: `promote` (Successful), `rollback` (Failed, Error), `hold` (Inconclusive). */
export const VerdictSchema = choice(
  ['promote', 'rollback', 'hold'],
  'What to do with the release. Absent while the run goes on.',
);
/** See {@link VerdictSchema}. */
export type Verdict = Static<typeof VerdictSchema>;

/** One measurement. `value` is the text the reference would show. */
export const MeasurementSchema = shape('Measurement', 'One measurement.', {
  phase: AnalysisPhaseSchema,
  value: optional(text('What was measured.')),
  message: optional(text('Why it is in this phase.')),
  startedAt: optional(moment('When it began.')),
  finishedAt: optional(moment('When it ended.')),
  metadata: optional(textMap('What the provider adds.')),
  resumeAt: optional(moment('When to look again, for a measurement that goes on.')),
});
/** See {@link MeasurementSchema}. */
export type Measurement = Immutable<Static<typeof MeasurementSchema>>;

/** A metric's state. Counters that are zero are left out. */
export const MetricResultSchema = shape(
  'MetricResult',
  "A metric's state. Counters that are zero are left out.",
  {
    name: text('Name of the metric.'),
    phase: AnalysisPhaseSchema,
    message: optional(text('Why it is in this phase.')),
    measurements: optional(list(MeasurementSchema, 'The latest measurements, oldest first.')),
    count: optional(int32('Measurements without errors.')),
    successful: optional(int32('Successful measurements.')),
    failed: optional(int32('Failed measurements.')),
    inconclusive: optional(int32('Inconclusive measurements.')),
    error: optional(int32('Measurements that could not be taken.')),
    consecutiveError: optional(int32('Errors in a row, up to now.')),
    consecutiveSuccess: optional(int32('Successes in a row, up to now.')),
    dryRun: optional(flag('The metric does not decide.')),
    metadata: optional(textMap('What the provider says of the metric, e.g. the resolved query.')),
  },
);
/** See {@link MetricResultSchema}. */
export type MetricResult = Immutable<Static<typeof MetricResultSchema>>;

/** Numbers of metrics by outcome. */
export const RunSummarySchema = shape('RunSummary', 'Numbers of metrics by outcome.', {
  count: optional(int32('Metrics.')),
  successful: optional(int32('Successful metrics.')),
  failed: optional(int32('Failed metrics.')),
  inconclusive: optional(int32('Inconclusive metrics.')),
  error: optional(int32('Metrics that ended in errors.')),
});
/** See {@link RunSummarySchema}. */
export type RunSummary = Immutable<Static<typeof RunSummarySchema>>;

/** `status` of an AnalysisRun: Argo's, and `verdict`, which is ours. */
export const AnalysisRunStatusSchema = shape('AnalysisRunStatus', 'State of a run.', {
  phase: AnalysisPhaseSchema,
  message: optional(text('Why the run is in this phase.')),
  metricResults: optional(list(MetricResultSchema, 'State of each metric.')),
  startedAt: optional(moment('When the run began.')),
  completedAt: optional(moment('When the run ended.')),
  runSummary: optional(RunSummarySchema),
  dryRunSummary: optional(RunSummarySchema),
  verdict: optional(VerdictSchema),
});
/** See {@link AnalysisRunStatusSchema}. */
export type AnalysisRunStatus = Immutable<Static<typeof AnalysisRunStatusSchema>>;
