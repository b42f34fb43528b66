import type { Metric, MetricProviderKind } from '../../schemas/index.js';
import { metricProviderKind } from '../analysis/index.js';
import type { Log, MetricsSource } from '../platform/index.js';
import type { Engine } from './engine.js';

/** The reference's names of the providers, which its dashboards filter by. */
const TYPES: Readonly<Record<Exclude<MetricProviderKind, 'plugin'>, string>> = {
  prometheus: 'Prometheus',
  kayenta: 'Kayenta',
  web: 'Web',
  datadog: 'Datadog',
  wavefront: 'Wavefront',
  newRelic: 'NewRelic',
  job: 'Job',
  cloudWatch: 'CloudWatch',
  graphite: 'Graphite',
  influxdb: 'Influxdb',
  skywalking: 'skywalking',
};

/** What the metrics ask of the engine at each scrape: its newest runs, at most `limit`, and its counts. */
export function observeEngine(
  engine: Pick<
    Engine,
    'list' | 'runsByPhase' | 'queueDepth' | 'archiveBacklog' | 'pendingDeliveries' | 'health'
  >,
  limit: number,
  log: Log,
): MetricsSource {
  return {
    async runs() {
      const { items } = await engine.list({ limit });
      return items.map(({ metadata, spec, status }) => ({
        namespace: metadata?.namespace ?? '',
        name: metadata?.name ?? '',
        phase: status?.phase ?? '',
        metrics: (status?.metricResults ?? []).map(({ name, phase, dryRun }) => ({
          name,
          type: typeOf(spec.metrics.find((metric) => metric.name === name)),
          phase,
          dryRun: dryRun ?? false,
        })),
      }));
    },
    runsByPhase: () => engine.runsByPhase(),
    queueDepth: () => engine.queueDepth(),
    pendingWebhooks: () => engine.pendingDeliveries(),
    archiveBacklog: () => engine.archiveBacklog(),
    async isWell() {
      const { storeReasons, refusals } = await engine.health();
      return storeReasons.length === 0 && refusals.length === 0;
    },
    failed(error) {
      log.warn({ err: error }, 'a scrape has no metrics of runs and queue');
    },
  };
}

function typeOf(metric: Metric | undefined): string {
  const kind = metric === undefined ? undefined : metricProviderKind(metric);
  if (metric === undefined || kind === undefined) return '';
  return kind === 'plugin' ? (Object.keys(metric.provider.plugin ?? {})[0] ?? '') : TYPES[kind];
}
