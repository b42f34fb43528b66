import type { Static } from 'typebox';
import { type Immutable, optional, shape, text } from '../shape.js';

/** `provider.wavefront`: a Wavefront query. */
export const WavefrontMetricSchema = shape('WavefrontMetric', 'A Wavefront query.', {
  address: optional(text('Address of the Wavefront server.')),
  query: optional(text('Wavefront query.')),
});
/** See {@link WavefrontMetricSchema}. */
export type WavefrontMetric = Immutable<Static<typeof WavefrontMetricSchema>>;
