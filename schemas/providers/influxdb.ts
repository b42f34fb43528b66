import type { Static } from 'typebox';
import { type Immutable, optional, shape, text } from '../shape.js';

/** `provider.influxdb`: a Flux query. */
export const InfluxdbMetricSchema = shape('InfluxdbMetric', 'An InfluxDB query.', {
  profile: optional(text('Name of the secret with address, token and organisation (default: influxdb).')),
  query: optional(text('Flux query.')),
});
/** See {@link InfluxdbMetricSchema}. */
export type InfluxdbMetric = Immutable<Static<typeof InfluxdbMetricSchema>>;
