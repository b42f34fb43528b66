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

/**
 * What to do with the release: `promote` (Successful), `rollback` (Failed, Error), `hold` (Inconclusive, or Successful only
 * because it was ended early).
 */
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

/** A part of a condition and what it came to. Without value and error it was not needed: the right of `false && …`. */
export const ExplanationSchema = shape('Explanation', 'A part of a condition and what it came to.', {
  expression: text('The part, as it is written.'),
  depth: int32('Levels inside the condition; 0: the condition itself.'),
  line: int32('Line of the condition in which it begins, from 1.'),
  column: int32('Column in which it begins, from 1.'),
  value: optional(
    text('What it came to, as Go prints it; in a predicate, for the last element. Long ones are cut.'),
  ),
  error: optional(text('Why it came to nothing.')),
});
/** See {@link ExplanationSchema}. */
export type Explanation = Immutable<Static<typeof ExplanationSchema>>;

/** The parts of each condition that was asked, the whole condition first, then each part before the parts in it. */
export const ConditionsExplainedSchema = shape(
  'ConditionsExplained',
  'How the conditions came to their answer.',
  {
    successCondition: optional(list(ExplanationSchema, 'The parts of the success condition.')),
    failureCondition: optional(list(ExplanationSchema, 'The parts of the failure condition.')),
  },
);
/** See {@link ConditionsExplainedSchema}. */
export type ConditionsExplained = Immutable<Static<typeof ConditionsExplainedSchema>>;

/** What is known of an Error beside its message, which has the words of Argo Rollouts. */
export const FailureSchema = shape('Failure', 'What is known of an Error beside its message.', {
  code: text('Kind of the cause, e.g. nameNotResolved, unauthorized, emptyResult, timeout, invalidSpec.'),
  metric: text('Name of the metric.'),
  provider: optional(text('The key under provider: of the metric.')),
  asked: optional(text('Method and URL of the last request, without credentials and query string.')),
  answered: optional(text('Status and first 300 characters of the last answer.')),
  advice: optional(text('What to do about it.')),
});

/** A measurement that was taken to try a metric out. */
export const ExplainedMeasurementSchema = shape(
  'ExplainedMeasurement',
  'A measurement, and how the conditions came to their answer.',
  { ...MeasurementSchema.properties, failure: optional(FailureSchema), explain: ConditionsExplainedSchema },
);
/** See {@link ExplainedMeasurementSchema}. */
export type ExplainedMeasurement = Immutable<Static<typeof ExplainedMeasurementSchema>>;

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
