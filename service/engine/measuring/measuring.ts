import type { ExplainedMeasurement, Measurement } from '../../../schemas/index.js';
import { ArgumentError, type SecretArgument, toMoment, withSecrets } from '../../analysis/index.js';
import type { Clock } from '../../platform/index.js';
import {
  adviceFor,
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
  async function taskOf(request: MeasureRequest, { noting, tell }: Failures): Promise<MeasurementTask> {
    const { op, metric: prepared, run, previous, onMetricMetadata } = request;
    // Whose secrets are not to be had is measured all the same, as long as none is asked for.
    const values =
      prepared.secretArgs.length === 0
        ? NO_SECRETS
        : await readSecrets(
            prepared.secretArgs,
            run.namespace,
            noting(secretsOfCluster(run.cluster) ?? secrets),
          );
    const metric = withSecrets(prepared, values);
    const context = contextOf(metric.name, request);
    return {
      metric,
      registry,
      context: { ...context, secrets: noting(context.secrets) },
      op,
      ...(previous === undefined ? {} : { previous }),
      secretValues: [...values.values()],
      ...(onMetricMetadata === undefined ? {} : { onMetricMetadata }),
      onFailure: tell,
    };
  }
  async function measured<Taken extends Measurement>(
    request: MeasureRequest,
    take: (task: MeasurementTask) => Promise<Taken>,
  ): Promise<Taken | Measurement> {
    const startedAtMs = clock.nowMs();
    const failures = failuresOf((failure) => onFailure?.(failure, request.run));
    try {
      return await take(await taskOf(request, failures));
    } catch (error) {
      if (!(error instanceof ProviderError || error instanceof ArgumentError)) throw error;
      const code = error instanceof ProviderError ? error.code : 'invalidSpec';
      const advice = adviceFor(code);
      const metric = request.metric.metric.name;
      failures.tell({ code, metric, ...(advice === undefined ? {} : { advice }) });
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

const NO_SECRETS: ReadonlyMap<string, string> = new Map();

/** Of one measurement. */
interface Failures {
  /** The reader, of which is known which secret it could not read last. */
  readonly noting: (reader: SecretReader) => SecretReader;
  /** Tells why it is an Error, with the secret if one is to blame. */
  readonly tell: (failure: MeasurementFailure) => void;
}

function failuresOf(onFailure: (failure: MeasurementFailure) => void): Failures {
  let unread: MeasurementFailure['secret'];
  return {
    noting: (reader) => ({
      async read(namespace, name, key) {
        try {
          return await reader.read(namespace, name, key);
        } catch (error) {
          unread = { namespace, name, key };
          throw error;
        }
      },
    }),
    tell(failure) {
      onFailure(failure.code === 'secret' && unread !== undefined ? { ...failure, secret: unread } : failure);
    },
  };
}

async function readSecrets(
  secretArgs: readonly SecretArgument[],
  namespace: string,
  reader: SecretReader,
): Promise<ReadonlyMap<string, string>> {
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
