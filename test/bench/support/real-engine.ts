import type { AnalysisRun } from '../../../schemas/index.js';
import { createRedisEngine, type Engine, type EngineDeps } from '../../../service/engine/index.js';
import { createLog, Secret, systemClock } from '../../../service/platform/index.js';
import { createRealMeasuring } from '../../support/real-measuring.js';

/** An engine as `assay serve` makes it: Redis, the real providers, the default settings; only metrics are the caller's. */
export interface RealEngine {
  readonly engine: Engine;
  readonly close: () => Promise<void>;
}

/** Makes and starts one. `prefix` keeps benches on one Redis apart. */
export async function startRealEngine(
  redisUrl: string,
  prefix: string,
  metrics: EngineDeps['metrics'],
  settings: EngineDeps['settings'] = { retentionMs: 60_000, concurrency: 100 },
): Promise<RealEngine> {
  const { measuring, http } = createRealMeasuring();
  const engine = createRedisEngine(
    {
      ...measuring,
      clock: systemClock,
      log: createLog({ level: 'error' }),
      metrics,
      settings,
    },
    { url: new Secret(redisUrl), shards: 1, prefix },
  );
  await engine.start();
  return {
    engine,
    async close() {
      await engine.stop();
      http.close();
    },
  };
}

/**
 * A run of one Prometheus metric, as users write them. `fields` are added to the metric. Runs that are measured beside each
 * other need a service each: equal queries of the same moment would be sent once.
 */
export const prometheusRun = (
  address: string,
  fields: Readonly<Partial<AnalysisRun['spec']['metrics'][number]>>,
  service = 'checkout',
): AnalysisRun => ({
  metadata: { name: 'checkout-7f9c', namespace: 'shop' },
  spec: {
    args: [{ name: 'service', value: service }],
    metrics: [
      {
        name: 'success-rate',
        successCondition: 'result[0] >= 0.95 && !isNaN(result[0])',
        failureLimit: 3,
        provider: {
          prometheus: {
            address,
            query:
              'sum(rate(http_requests_total{service="{{args.service}}",code!~"5.."}[1m])) / sum(rate(http_requests_total{service="{{args.service}}"}[1m]))',
          },
        },
        ...fields,
      },
    ],
  },
});

/** Metrics that tell nobody. */
export const noMetrics: EngineDeps['metrics'] = {
  measurementBegan: () => undefined,
  measurementTaken: () => undefined,
  verdictReached: () => undefined,
  runArchived: () => undefined,
};
