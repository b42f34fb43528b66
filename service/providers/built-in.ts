import { graphiteProvider } from './graphite/graphite.js';
import { cloudWatchProvider } from './cloud-watch/cloud-watch.js';
import { datadogProvider } from './datadog/datadog.js';
import { influxdbProvider } from './influxdb/influxdb.js';
import { createJobProvider, type JobProviderOptions } from './job/job.js';
import { newRelicProvider } from './new-relic/new-relic.js';
import { createPluginProvider } from './plugin/plugin-provider.js';
import type { Plugins } from './plugin/read-plugins.js';
import { kayentaProvider } from './kayenta/kayenta.js';
import { prometheusProvider } from './prometheus/prometheus.js';
import type { ProviderSet } from './registry.js';
import { skywalkingProvider } from './skywalking.js';
import { wavefrontProvider } from './wavefront/wavefront.js';
import { webProvider } from './web.js';

/** What providers are made with that need more than a measurement's context. */
export interface BuiltInOptions {
  /** Where Jobs are run. Absent: nowhere, which each of their measurements says. */
  readonly job?: JobProviderOptions;
  /** The plugins that metrics may name. Absent: none. */
  readonly plugins?: Plugins;
}

/** The providers that come with Assay: the one list to extend. */
export function builtInProviders({ job = {}, plugins = new Map() }: BuiltInOptions = {}): ProviderSet {
  return {
    prometheus: prometheusProvider,
    web: webProvider,
    job: createJobProvider(job),
    plugin: createPluginProvider(plugins),
    cloudWatch: cloudWatchProvider,
    datadog: datadogProvider,
    graphite: graphiteProvider,
    influxdb: influxdbProvider,
    skywalking: skywalkingProvider,
    kayenta: kayentaProvider,
    wavefront: wavefrontProvider,
    newRelic: newRelicProvider,
  };
}
