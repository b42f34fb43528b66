import type { Static } from 'typebox';
import { type Immutable, optional, shape } from '../shape.js';
import { CloudWatchMetricSchema } from './cloud-watch.js';
import { DatadogMetricSchema } from './datadog.js';
import { GraphiteMetricSchema } from './graphite.js';
import { InfluxdbMetricSchema } from './influxdb.js';
import { JobMetricSchema } from './job.js';
import { KayentaMetricSchema } from './kayenta.js';
import { NewRelicMetricSchema } from './new-relic.js';
import { PluginMetricSchema } from './plugin.js';
import { PrometheusMetricSchema } from './prometheus.js';
import { SkywalkingMetricSchema } from './skywalking.js';
import { WavefrontMetricSchema } from './wavefront.js';
import { WebMetricSchema } from './web.js';

export * from './cloud-watch.js';
export * from './datadog.js';
export * from './graphite.js';
export * from './header.js';
export * from './influxdb.js';
export * from './job.js';
export * from './kayenta.js';
export * from './new-relic.js';
export * from './plugin.js';
export * from './prometheus.js';
export * from './skywalking.js';
export * from './wavefront.js';
export * from './web.js';

/**
 * `metric.provider`: the metric store to ask. Exactly one key must be set; that is checked by the analysis rules,
 * which have the reference's message for it, and not by this schema.
 */
export const MetricProviderSpecSchema = shape(
  'MetricProvider',
  'The metric store to ask: exactly one of these.',
  {
    prometheus: optional(PrometheusMetricSchema),
    kayenta: optional(KayentaMetricSchema),
    web: optional(WebMetricSchema),
    datadog: optional(DatadogMetricSchema),
    wavefront: optional(WavefrontMetricSchema),
    newRelic: optional(NewRelicMetricSchema),
    job: optional(JobMetricSchema),
    cloudWatch: optional(CloudWatchMetricSchema),
    graphite: optional(GraphiteMetricSchema),
    influxdb: optional(InfluxdbMetricSchema),
    skywalking: optional(SkywalkingMetricSchema),
    plugin: optional(PluginMetricSchema),
  },
);
/** See {@link MetricProviderSpecSchema}. */
export type MetricProviderSpec = Immutable<Static<typeof MetricProviderSpecSchema>>;
/** The keys of `provider:`. */
export type MetricProviderKind = keyof MetricProviderSpec;
