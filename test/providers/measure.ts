import type { Metric } from '../../schemas/index.js';
import {
  builtInProviders,
  createEgressPolicy,
  createHttpClient,
  createRegistry,
  type HttpClient,
  type MeasureContext,
  noSecrets,
  takeMeasurement,
} from '../../service/providers/index.js';

/** 2024-05-01T12:00:00.250Z. */
export const NOW_MS = Date.UTC(2024, 4, 1, 12, 0, 0, 250);

/** A client that may reach loopback. */
export const openClient = (): HttpClient =>
  createHttpClient({ egress: createEgressPolicy({ loopback: true }) });

/** A context with a standing clock and no secrets. */
export function contextWith(http: HttpClient, more: Partial<MeasureContext> = {}): MeasureContext {
  return {
    metricName: 'm',
    run: { id: 'id', name: 'run', namespace: 'app' },
    http,
    signal: new AbortController().signal,
    clock: { nowMs: () => NOW_MS },
    defaults: {},
    secrets: noSecrets,
    ...more,
  };
}

/** Takes one measurement with the built-in providers. */
export function measureOnce(
  metric: Omit<Metric, 'name'>,
  http: HttpClient,
  more: Partial<MeasureContext> = {},
) {
  return takeMeasurement({
    metric: { name: 'm', ...metric },
    registry: createRegistry(builtInProviders()),
    context: contextWith(http, more),
    op: 'measure',
  });
}
