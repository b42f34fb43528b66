import {
  isCompleted,
  metricProviderKind,
  type PreparedMetric,
  recordMeasurement,
  settleSeries,
  type Task,
  toMoment,
} from '../analysis/index.js';
import { CLUSTER_LABEL, type Measurement, type MetricResult } from '../../schemas/index.js';
import type { EngineDeps, MeasureRequest } from './engine.js';
import type { StoredRun, StoredSeries } from './ports.js';
import { systemTimers, TRACE_ANNOTATION } from '../platform/index.js';

/** A task that asks a provider. */
export type MeasuringTask = Extract<Task, { readonly kind: MeasureRequest['op'] }>;

/** A series as one tick found it. */
export interface Look {
  readonly run: StoredRun;
  readonly metric: PreparedMetric;
  readonly series: StoredSeries;
  readonly signal: AbortSignal;
}

/** What taking a measurement needs. */
export type TakeOptions = Pick<EngineDeps, 'clock' | 'measure' | 'describe' | 'metrics' | 'timers'>;

/**
 * Longest time that a provider has for one answer, ms. Providers have limits of their own; one that breaks them must not
 * hold a place for ever.
 */
const CEILING_MS = 10 * 60_000;

/** The worker stops; whoever takes the tick next measures again. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';

  constructor() {
    super('the worker is stopping');
  }
}

/**
 * Asks the provider and gives the next state of the series. Nothing is stored.
 * @throws InterruptedError when the worker stopped meanwhile: half a measurement is none.
 */
export async function takeMeasurement(
  look: Look,
  task: MeasuringTask,
  options: TakeOptions,
): Promise<MetricResult> {
  const { run, metric, series, signal } = look;
  const { clock, metrics } = options;
  const beganMs = clock.nowMs();
  if (task.kind === 'measure') metrics.measurementBegan((beganMs - series.nextAtMs) / 1000);
  const request = measureRequest(look, task);
  let told: MetricResult['metadata'];
  const onMetricMetadata: MeasureRequest['onMetricMetadata'] = (metadata) => {
    told = { ...metadata };
  };
  const answer = await measured({ ...request, onMetricMetadata }, options, beganMs);
  const measurement = closed(answer, task, clock.nowMs());
  if (signal.aborted) throw new InterruptedError();
  const nowMs = clock.nowMs();
  if (isCompleted(measurement.phase)) {
    const provider = metricProviderKind(metric.metric) ?? 'none';
    metrics.measurementTaken(provider, measurement.phase, (nowMs - beganMs) / 1000);
  }
  const recorded = recordMeasurement(metric, series.result, measurement, nowMs, task.kind);
  const metadata = told ?? recorded.metadata ?? options.describe?.(request);
  const result = metadata === undefined ? recorded : { ...recorded, metadata };
  return settleSeries(metric.metric, result, run.ending !== undefined);
}

/**
 * The measurement, or one with the phase Error should `measure` break its promise to never reject, or never answer. It is
 * not waited for once the worker stops: a provider that ignores the signal must not hold that up.
 */
async function measured(
  request: MeasureRequest,
  { measure, clock, timers = systemTimers }: TakeOptions,
  beganMs: number,
): Promise<Measurement> {
  const own = new AbortController();
  let giveUp = (_reason: Error): void => undefined;
  const givenUp = new Promise<never>((_resolve, reject) => {
    giveUp = (reason) => {
      own.abort(reason);
      reject(reason);
    };
  });
  const onStop = (): void => {
    giveUp(new InterruptedError());
  };
  const cancel = timers.set(() => {
    giveUp(new Error(`the provider did not answer within ${CEILING_MS / 60_000} minutes`));
  }, CEILING_MS);
  request.signal.addEventListener('abort', onStop);
  try {
    const work = measure({ ...request, signal: own.signal });
    if (request.signal.aborted) onStop();
    return await Promise.race([work, givenUp]);
  } catch (error) {
    return {
      phase: 'Error',
      message: error instanceof Error ? error.message : String(error),
      startedAt: toMoment(beganMs),
      finishedAt: toMoment(clock.nowMs()),
    };
  } finally {
    cancel();
    request.signal.removeEventListener('abort', onStop);
  }
}

/**
 * A measurement that a provider could not end stays as it is, as in the reference, and is dated as ended: it is not asked
 * again, and the run can come to its end.
 */
function closed(measurement: Measurement, { kind }: MeasuringTask, nowMs: number): Measurement {
  const left =
    kind === 'terminate' && !isCompleted(measurement.phase) && measurement.finishedAt === undefined;
  return left ? { ...measurement, finishedAt: toMoment(nowMs) } : measurement;
}

function measureRequest({ run, metric, series, signal }: Look, task: MeasuringTask): MeasureRequest {
  const { count = 0, error = 0 } = series.result ?? {};
  return {
    op: task.kind,
    metric,
    args: run.document.spec.args ?? [],
    run: measuredRun(run),
    measurementNumber: count + error + 1,
    ...(task.kind === 'measure' ? { dueAtMs: series.nextAtMs } : { previous: task.measurement }),
    signal,
  };
}

/** What providers are told of a run. */
export function measuredRun({ id, document, createdAtMs }: StoredRun): MeasureRequest['run'] {
  const { name = '', namespace = '', resourceVersion, annotations, labels } = document.metadata ?? {};
  const cluster = labels?.[CLUSTER_LABEL];
  const traceParent = annotations?.[TRACE_ANNOTATION];
  return {
    ...{ id, name, namespace, startedAtMs: createdAtMs },
    // Only what an API server has stored has a version.
    isClusterObject: resourceVersion !== undefined,
    ...(cluster === undefined ? {} : { cluster }),
    ...(traceParent === undefined ? {} : { traceParent }),
  };
}
