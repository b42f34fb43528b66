import type { Static } from 'typebox';
import { type Immutable, duration, flag, intOrString, list, optional, shape, text } from '../shape.js';

/** A CloudWatch dimension. */
export const CloudWatchDimensionSchema = shape('CloudWatchDimension', 'A CloudWatch dimension.', {
  name: optional(text('Name of the dimension.')),
  value: optional(text('Value of the dimension.')),
});
/** See {@link CloudWatchDimensionSchema}. */
export type CloudWatchDimension = Immutable<Static<typeof CloudWatchDimensionSchema>>;

/** A CloudWatch metric. */
export const CloudWatchMetricIdentitySchema = shape('CloudWatchMetricIdentity', 'A CloudWatch metric.', {
  namespace: optional(text('Namespace of the metric.')),
  metricName: optional(text('Name of the metric.')),
  dimensions: optional(list(CloudWatchDimensionSchema, 'Dimensions of the metric.')),
});
/** See {@link CloudWatchMetricIdentitySchema}. */
export type CloudWatchMetricIdentity = Immutable<Static<typeof CloudWatchMetricIdentitySchema>>;

/** A metric and the statistic to take of it. */
export const CloudWatchMetricStatSchema = shape(
  'CloudWatchMetricStat',
  'A metric and the statistic to take of it.',
  {
    metric: optional(CloudWatchMetricIdentitySchema),
    period: optional(intOrString('Seconds that one point covers.')),
    stat: optional(text('Statistic, e.g. Sum, Average, p99.')),
    unit: optional(text('Unit of the metric.')),
  },
);
/** See {@link CloudWatchMetricStatSchema}. */
export type CloudWatchMetricStat = Immutable<Static<typeof CloudWatchMetricStatSchema>>;

/** A query of GetMetricData: a metric with a statistic, or an expression over other queries. */
export const CloudWatchMetricDataQuerySchema = shape(
  'CloudWatchMetricDataQuery',
  'A query of GetMetricData.',
  {
    id: optional(text('Name of the query, for expressions.')),
    expression: optional(text('Expression over other queries.')),
    label: optional(text('Label of the result.')),
    metricStat: optional(CloudWatchMetricStatSchema),
    period: optional(intOrString('Seconds that one point covers.')),
    returnData: optional(flag('The result of this query is returned.')),
  },
);
/** See {@link CloudWatchMetricDataQuerySchema}. */
export type CloudWatchMetricDataQuery = Immutable<Static<typeof CloudWatchMetricDataQuerySchema>>;

/** `provider.cloudWatch`: Amazon CloudWatch's GetMetricData. */
export const CloudWatchMetricSchema = shape('CloudWatchMetric', "Amazon CloudWatch's GetMetricData.", {
  interval: optional(duration('Window of time to query.')),
  metricDataQueries: list(CloudWatchMetricDataQuerySchema, 'Queries.'),
});
/** See {@link CloudWatchMetricSchema}. */
export type CloudWatchMetric = Immutable<Static<typeof CloudWatchMetricSchema>>;
