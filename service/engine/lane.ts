import { metricProviderKind } from '../analysis/index.js';
import type { AnalysisRun, Metric } from '../../schemas/index.js';

/** The lane of metrics whose provider this process does not know. */
export const OTHER_LANE = 'other';

/**
 * The lane of a metric: its provider's kind. Ticks of one lane never wait for those of another, so that a provider that
 * hangs delays its own metrics only.
 */
export function laneOf({ spec }: AnalysisRun, metricName: string): string {
  const metric = spec.metrics.find(({ name }) => name === metricName);
  return (metric && metricProviderKind(metric)) ?? OTHER_LANE;
}

/** The server that a metric asks, as far as its spec tells: servers of one kind must not wait for each other either. */
export function serverOf(metric: Metric): string {
  const kind = metricProviderKind(metric);
  const spec: object = (kind && metric.provider[kind]) ?? {};
  const address = textOf(spec, 'address') ?? textOf(spec, 'url') ?? '';
  // Scheme, host and port, or the name of a configured server; no template can be told apart better.
  return `${kind ?? OTHER_LANE} ${/^[^/]*\/\/[^/?#]*/.exec(address)?.[0] ?? address}`;
}

function textOf(spec: object, field: string): string | undefined {
  const value: unknown = Object.getOwnPropertyDescriptor(spec, field)?.value;
  return typeof value === 'string' ? value : undefined;
}
