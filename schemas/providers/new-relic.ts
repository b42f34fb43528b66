import type { Static } from 'typebox';
import { type Immutable, int64, optional, shape, text } from '../shape.js';

/** `provider.newRelic`: an NRQL query. */
export const NewRelicMetricSchema = shape('NewRelicMetric', 'An NRQL query.', {
  query: text('NRQL query.'),
  profile: optional(text('Name of the secret with the account (default: newrelic).')),
  timeout: optional(int64('Seconds within which the query must complete.')),
});
/** See {@link NewRelicMetricSchema}. */
export type NewRelicMetric = Immutable<Static<typeof NewRelicMetricSchema>>;
