import type { Static } from 'typebox';
import { AuthenticationSchema } from '../authentication.js';
import { type Immutable, duration, flag, int64, list, optional, shape, text } from '../shape.js';
import { WebMetricHeaderSchema } from './header.js';

/** A range query: `start` and `end` are time expressions, `step` is a duration. */
export const PrometheusRangeQuerySchema = shape(
  'PrometheusRangeQuery',
  'Query a range of time in place of an instant.',
  {
    start: optional(text('Start, a time expression, e.g. now() - duration("1h").')),
    end: optional(text('End, a time expression, e.g. now().')),
    step: optional(duration('Time between two points.')),
  },
);
/** See {@link PrometheusRangeQuerySchema}. */
export type PrometheusRangeQuery = Immutable<Static<typeof PrometheusRangeQuerySchema>>;

/** `provider.prometheus`: a PromQL query. */
export const PrometheusMetricSchema = shape('PrometheusMetric', 'A PromQL query.', {
  address: optional(text('URL of the Prometheus server. Absent: ASSAY_PROMETHEUS_ADDRESS.')),
  query: optional(text('PromQL query.')),
  authentication: optional(AuthenticationSchema),
  timeout: optional(int64('Seconds within which the query must complete.')),
  insecure: optional(flag('Accept any TLS certificate.')),
  headers: optional(list(WebMetricHeaderSchema, 'Headers of the request.')),
  rangeQuery: optional(PrometheusRangeQuerySchema),
});
/** See {@link PrometheusMetricSchema}. */
export type PrometheusMetric = Immutable<Static<typeof PrometheusMetricSchema>>;
