import type { ExplainedMeasurement, Measurement } from '../../../schemas/index.js';
import { ArgumentError, type SecretArgument, toMoment, withSecrets } from '../../analysis/index.js';
import type { Clock } from '../../platform/index.js';
import {
  collectGarbage,
  describeMetric,
  type HttpClient,
  type MeasureContext,
  type MeasurementFailure,
  type MeasurementTask,
  type ProviderDefaults,
  ProviderError,
  type ProviderRegistry,
  type SecretReader,
  takeExplainedMeasurement,
  takeMeasurement,
} from '../../providers/index.js';
import type { CollectGarbage, Describe, Measure, MeasureRequest } from '../engine.js';

/** What measurements are taken with. */
export interface MeasuringDeps {
  readonly registry: ProviderRegistry;
  readonly http: HttpClient;
  readonly clock: Clock;
  /** What `secretKeyRef` of metrics reads. */
  readonly secrets: SecretReader;
  /** What providers read by names of their own. Default: `secrets`. */
  readonly storeSecrets?: SecretReader;
  readonly defaults: ProviderDefaults;
  /** Secrets of the cluster that a run is of; undefined: of the service's own. Default: every run is of that. */
  readonly secretsOfCluster?: (cluster: string | undefined) => SecretReader | undefined;
  /** Told why a measurement is an Error, for the log: its message in the status has the reference's words only. */
  readonly onFailure?: (failure: MeasurementFailure, run: MeasureRequest['run']) => void;
}

/** How the engine measures: the providers behind the engine's port. */
export interface Measuring {
  readonly measure: Measure;
  readonly describe: Describe;
  readonly collectGarbage: CollectGarbage;
  /** Kinds of providers that are known. */
  readonly kinds: readonly string[];
  /** Measures, and tells what each part of the conditions came to. For trying a metric out: it works twice. */
  readonly explain: (request: MeasureRequest) => Promise<ExplainedMeasurement>;
}

/**
 * Joins engine and providers. Secrets are read anew for each measurement and live no longer than it; one that can not
 * be read is an Error of the measurement, which is tried again, as it may be on its way.
 */
export function createMeasuring(deps: MeasuringDeps): Measuring {
  const { registry, http, clock, secrets, storeSecrets = secrets, defaults, onFailure } = deps;
  const { secretsOfCluster = () => undefined } = deps;
  const { ownNamespace } = defaults;
  /** What authors of metrics name is of the cluster of the run; what is in the service's own namespace is its own. */
  const storeSecretsOf = ({ cluster }: MeasureRequest['run']): SecretReader => ({
    read: (namespace, name, key) =>
      (namespace === ownNamespace ? storeSecrets : (secretsOfCluster(cluster) ?? storeSecrets)).read(
        namespace,
        name,
        key,
      ),
  });
  const contextOf = (
    metricName: string,
    {
      run,
      measurementNumber = 1,
      dueAtMs,
      signal,
    }: Pick<MeasureRequest, 'run' | 'measurementNumber' | 'dueAtMs' | 'signal'>,
  ): MeasureContext => ({
    ...{ metricName, run, measurementNumber, signal, clock, defaults, secrets: storeSecretsOf(run) },
    http: http.within?.(run.namespace) ?? http,
    ...(dueAtMs === undefined ? {} : { dueAtMs }),
  });
  async function taskOf(request: MeasureRequest): Promise<MeasurementTask> {
    const { op, metric: prepared, run, previous, onMetricMetadata } = request;
    const values = await readSecrets(prepared.secretArgs, run, { secrets, secretsOfCluster });
    const metric = withSecrets(prepared, values);
    return {
      metric,
      registry,
      context: contextOf(metric.name, request),
      op,
      ...(previous === undefined ? {} : { previous }),
      secretValues: [...values.values()],
      ...(onMetricMetadata === undefined ? {} : { onMetricMetadata }),
      ...(onFailure === undefined
        ? {}
        : {
            onFailure: (failure) => {
              onFailure(failure, run);
            },
          }),
    };
  }
  async function measured<Taken extends Measurement>(
    request: MeasureRequest,
    take: (task: MeasurementTask) => Promise<Taken>,
  ): Promise<Taken | Measurement> {
    const startedAtMs = clock.nowMs();
    try {
      return await take(await taskOf(request));
    } catch (error) {
      if (!(error instanceof ProviderError || error instanceof ArgumentError)) throw error;
      return unresolved(error.message, request.previous?.startedAt ?? toMoment(startedAtMs), clock);
    }
  }
  return {
    measure: (request) => measured(request, takeMeasurement),
    explain: async (request) => ({ explain: {}, ...(await measured(request, takeExplainedMeasurement)) }),
    kinds: registry.kinds,
    collectGarbage: ({ metric: { metric }, limit, ...request }) =>
      collectGarbage(metric, registry, limit, contextOf(metric.name, request)),
    // Before secrets are filled in: their tags stay as they are written.
    describe: ({ metric }) => describeMetric(metric.metric, registry),
  };
}

async function readSecrets(
  secretArgs: readonly SecretArgument[],
  { namespace, cluster }: MeasureRequest['run'],
  { secrets, secretsOfCluster }: Required<Pick<MeasuringDeps, 'secrets' | 'secretsOfCluster'>>,
): Promise<ReadonlyMap<string, string>> {
  if (secretArgs.length === 0) return new Map();
  const reader = secretsOfCluster(cluster) ?? secrets;
  const entries = secretArgs.map(
    async ({ name, secretKeyRef }) =>
      [name, await reader.read(namespace, secretKeyRef.name, secretKeyRef.key)] as const,
  );
  return new Map(await Promise.all(entries));
}

const unresolved = (message: string, startedAt: string, clock: Clock): Measurement => ({
  phase: 'Error',
  message: `Unable to resolve metric arguments: ${message}`,
  startedAt,
  finishedAt: toMoment(clock.nowMs()),
});
