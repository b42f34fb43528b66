import { type Static, Type } from 'typebox';
import { AnalysisRunStatusSchema } from './analysis-run-status.js';
import { ArgumentSchema } from './argument.js';
import { API_VERSION, kubernetesObject } from './kubernetes.js';
import { DryRunSchema, MeasurementRetentionSchema, MetricSchema } from './metric.js';
import { type Immutable, flag, int32, int64, list, optional, shape, text } from './shape.js';

/** When a completed run is deleted. Whole seconds; Error and Inconclusive use `secondsAfterCompletion` only. */
export const TTLStrategySchema = shape('TTLStrategy', 'When a completed run is deleted.', {
  secondsAfterCompletion: optional(int32('Seconds after the end, whatever it was.')),
  secondsAfterFailure: optional(int32('Seconds after a Failed end; goes before secondsAfterCompletion.')),
  secondsAfterSuccess: optional(int32('Seconds after a Successful end; goes before secondsAfterCompletion.')),
});
/** See {@link TTLStrategySchema}. */
export type TTLStrategy = Immutable<Static<typeof TTLStrategySchema>>;

/** What to measure in one run: templates merged, secrets not filled in. */
export const AnalysisRunSpecSchema = shape('AnalysisRunSpec', 'What to measure in one run.', {
  metrics: list(MetricSchema, 'Metrics to measure.'),
  args: optional(list(ArgumentSchema, 'Arguments of the metrics.')),
  terminate: optional(flag('End the run early.')),
  dryRun: optional(list(DryRunSchema, 'Metrics that do not decide.')),
  measurementRetention: optional(list(MeasurementRetentionSchema, 'How many measurements are kept.')),
  ttlStrategy: optional(TTLStrategySchema),
});
/** See {@link AnalysisRunSpecSchema}. */
export type AnalysisRunSpec = Immutable<Static<typeof AnalysisRunSpecSchema>>;

/** Argo Rollouts' AnalysisRun; `metadata.uid` is the run's id. */
export const AnalysisRunSchema = kubernetesObject('AnalysisRun', 'One analysis, and how it stands.', {
  spec: AnalysisRunSpecSchema,
  status: optional(AnalysisRunStatusSchema),
});
/** See {@link AnalysisRunSchema}. */
export type AnalysisRun = Immutable<Static<typeof AnalysisRunSchema>>;

/** A page of runs, newest first. `metadata.continue` asks for the next page. */
export const AnalysisRunListSchema = shape('AnalysisRunList', 'A page of runs, newest first.', {
  apiVersion: Type.Literal(API_VERSION, { description: 'API version.' }),
  kind: Type.Literal('AnalysisRunList', { description: 'Kind.' }),
  metadata: shape('ListMeta', 'Where the list goes on.', {
    continue: optional(text('Token for the next page. Absent: this is the last.')),
    covers: optional(text('Which runs are looked through, in words: those of before may be in the archive.')),
    remainingItemCount: optional(int64('Number of runs on the following pages.')),
    resourceVersion: optional(text('Version of the list, when it comes from Kubernetes.')),
  }),
  items: list(AnalysisRunSchema, 'Runs.'),
});
/** See {@link AnalysisRunListSchema}. */
export type AnalysisRunList = Immutable<Static<typeof AnalysisRunListSchema>>;
