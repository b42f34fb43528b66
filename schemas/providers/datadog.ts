import type { Static } from 'typebox';
import { type Immutable, choice, duration, flag, optional, shape, text, textMap } from '../shape.js';

/** The secret with Datadog's address and keys. */
export const DatadogSecretRefSchema = shape(
  'DatadogSecretRef',
  "The secret with Datadog's address and keys.",
  {
    name: optional(text('Name of the secret.')),
    namespaced: optional(flag("Read it in the run's namespace (default: in the service's own).")),
  },
);
/** See {@link DatadogSecretRefSchema}. */
export type DatadogSecretRef = Immutable<Static<typeof DatadogSecretRefSchema>>;

/** `provider.datadog`: one query, or queries joined by a formula (API v2). */
export const DatadogMetricSchema = shape('DatadogMetric', 'A Datadog query.', {
  interval: optional(duration('Window of time to query.', { default: '5m' })),
  query: optional(text('Datadog query.')),
  queries: optional(textMap('Queries by the names that `formula` uses (API v2).')),
  formula: optional(text('Formula over `queries` (API v2).')),
  apiVersion: optional(choice(['v1', 'v2'], 'Version of the Datadog API.', { default: 'v1' })),
  aggregator: optional(
    choice(
      ['avg', 'min', 'max', 'sum', 'last', 'percentile', 'mean', 'l2norm', 'area'],
      'How points become one value (API v2).',
    ),
  ),
  secretRef: optional(DatadogSecretRefSchema),
  requestTimeout: optional(duration('Time until a request is given up.', { default: '10s' })),
});
/** See {@link DatadogMetricSchema}. */
export type DatadogMetric = Immutable<Static<typeof DatadogMetricSchema>>;
