import type { Static } from 'typebox';
import { type Immutable, flag, int64, list, optional, shape, text } from '../shape.js';

/** What one side of the comparison is. `step` is in seconds. */
export const KayentaScopeDetailSchema = shape('KayentaScopeDetail', 'One side of the comparison.', {
  scope: text('Name of the scope.'),
  region: text('Region.'),
  step: int64('Seconds between two points.'),
  start: optional(text('Start, RFC 3339. Absent: the start of the run.')),
  end: optional(text('End, RFC 3339.')),
});
/** See {@link KayentaScopeDetailSchema}. */
export type KayentaScopeDetail = Immutable<Static<typeof KayentaScopeDetailSchema>>;

/** A pair of scopes to compare. */
export const KayentaScopeSchema = shape('KayentaScope', 'A pair of scopes to compare.', {
  name: text('Name of the pair.'),
  controlScope: KayentaScopeDetailSchema,
  experimentScope: KayentaScopeDetailSchema,
});
/** See {@link KayentaScopeSchema}. */
export type KayentaScope = Immutable<Static<typeof KayentaScopeSchema>>;

/** Scores, 0 to 100, from which an analysis passes, or is marginal. */
export const KayentaThresholdSchema = shape('KayentaThreshold', 'Scores, 0 to 100, that decide.', {
  pass: int64('Score from which it is Successful.'),
  marginal: int64('Score from which it is Inconclusive.'),
});
/** See {@link KayentaThresholdSchema}. */
export type KayentaThreshold = Immutable<Static<typeof KayentaThresholdSchema>>;

/** `provider.kayenta`: a canary analysis by Spinnaker's Kayenta. */
export const KayentaMetricSchema = shape('KayentaMetric', 'A canary analysis by Kayenta.', {
  address: text('URL of the Kayenta server.'),
  application: text('Application name.'),
  canaryConfigName: text('Name of the canary configuration.'),
  metricsAccountName: text('Metrics account.'),
  configurationAccountName: text('Configuration account.'),
  storageAccountName: text('Storage account.'),
  threshold: KayentaThresholdSchema,
  scopes: list(KayentaScopeSchema, 'Pairs of scopes to compare.'),
  lookback: optional(flag('Look at the whole time since the start on each measurement.')),
});
/** See {@link KayentaMetricSchema}. */
export type KayentaMetric = Immutable<Static<typeof KayentaMetricSchema>>;
