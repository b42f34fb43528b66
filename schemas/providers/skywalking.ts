import type { Static } from 'typebox';
import { type Immutable, duration, optional, shape, text } from '../shape.js';

/** `provider.skywalking`: a GraphQL query of Apache SkyWalking. */
export const SkywalkingMetricSchema = shape('SkywalkingMetric', 'A GraphQL query of Apache SkyWalking.', {
  address: optional(text('URL of the SkyWalking server.')),
  query: optional(text('GraphQL query.')),
  interval: optional(duration('Window of time to query.')),
});
/** See {@link SkywalkingMetricSchema}. */
export type SkywalkingMetric = Immutable<Static<typeof SkywalkingMetricSchema>>;
