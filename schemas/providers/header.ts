import type { Static } from 'typebox';
import { type Immutable, shape, text } from '../shape.js';

/** An HTTP header of a request to a metric store. */
export const WebMetricHeaderSchema = shape('WebMetricHeader', 'An HTTP header.', {
  key: text('Name of the header.'),
  value: text('Value of the header.'),
});
/** See {@link WebMetricHeaderSchema}. */
export type WebMetricHeader = Immutable<Static<typeof WebMetricHeaderSchema>>;
