import type { Static } from 'typebox';
import { MetricProviderSpecSchema } from './providers/index.js';
import { type Immutable, duration, int32, intOrString, optional, shape, text } from './shape.js';

/** A metric: what to measure, when, and what to think of the value. Field names and meanings are Argo Rollouts'. */
export const MetricSchema = shape('Metric', 'What to measure, when, and what to think of the value.', {
  name: text('Name, unique in the run.'),
  interval: optional(duration('Time between measurements. Absent: one measurement.')),
  initialDelay: optional(duration('Time to wait before the first measurement.')),
  count: optional(intOrString('Number of measurements. Absent: 1 without an interval, endless with one.')),
  successCondition: optional(text('Expression over `result`; true: the measurement is Successful.')),
  failureCondition: optional(
    text(
      'Expression over `result`; true: the measurement is Failed. With both conditions and neither true: Inconclusive.',
    ),
  ),
  failureLimit: optional(intOrString('Failed measurements tolerated (default 0; -1: any number).')),
  inconclusiveLimit: optional(intOrString('Inconclusive measurements tolerated (default 0).')),
  consecutiveErrorLimit: optional(intOrString('Errors in a row tolerated (default 4).')),
  consecutiveSuccessLimit: optional(
    intOrString('Successes in a row that make the metric Successful (default 0: off).'),
  ),
  provider: MetricProviderSpecSchema,
});
/** See {@link MetricSchema}. */
export type Metric = Immutable<Static<typeof MetricSchema>>;

/** Metrics that are measured and reported but do not decide. */
export const DryRunSchema = shape('DryRun', 'Metrics that are measured but do not decide.', {
  metricName: text('Regular expression (RE2) over metric names.'),
});
/** See {@link DryRunSchema}. */
export type DryRun = Immutable<Static<typeof DryRunSchema>>;

/** How many measurements of a metric stay in the status. */
export const MeasurementRetentionSchema = shape(
  'MeasurementRetention',
  'How many measurements of a metric are kept.',
  {
    metricName: text('Regular expression (RE2) over metric names.'),
    limit: int32('Number of measurements kept (default 10).'),
  },
);
/** See {@link MeasurementRetentionSchema}. */
export type MeasurementRetention = Immutable<Static<typeof MeasurementRetentionSchema>>;
