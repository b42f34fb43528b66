import type { Static } from 'typebox';
import { type Immutable, optional, shape, text } from '../shape.js';

/** `provider.graphite`: a Graphite target. */
export const GraphiteMetricSchema = shape('GraphiteMetric', 'A Graphite query.', {
  address: optional(text('URL of the Graphite server.')),
  query: optional(text('Graphite query (a render target).')),
});
/** See {@link GraphiteMetricSchema}. */
export type GraphiteMetric = Immutable<Static<typeof GraphiteMetricSchema>>;
