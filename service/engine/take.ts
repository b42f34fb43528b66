import {
  isCompleted,
  metricProviderKind,
  type PreparedMetric,
  recordMeasurement,
  settleSeries,
  type Task,
  toMoment,
} from '../analysis/index.js';
import type { Measurement, MetricResult } from '../../schemas/index.js';
import type { EngineDeps, MeasureRequest } from './engine.js';
import type { StoredRun, StoredSeries } from './ports.js';

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
export type TakeOptions = Pick<EngineDeps, 'clock' | 'measure' | 'describe' | 'metrics'>;

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
  const measurement = closed(await measured(request, options, beganMs), task, clock.nowMs());
  if (signal.aborted) throw new InterruptedError();
  const nowMs = clock.nowMs();
  if (isCompleted(measurement.phase)) {
    const provider = metricProviderKind(metric.metric) ?? 'none';
    metrics.measurementTaken(provider, measurement.phase, (nowMs - beganMs) / 1000);
  }
  const recorded = recordMeasurement(metric, series.result, measurement, nowMs, task.kind);
  const metadata = recorded.metadata ?? options.describe?.(request);
  const result = metadata === undefined ? recorded : { ...recorded, metadata };
  return settleSeries(metric.metric, result, run.ending !== undefined);
}

/** The measurement, or one with the phase Error should `measure` break its promise to never reject. */
async function measured(
  request: MeasureRequest,
  { measure, clock }: TakeOptions,
  beganMs: number,
): Promise<Measurement> {
  try {
    return await untilAborted(measure(request), request.signal);
  } catch (error) {
    return {
      phase: 'Error',
      message: error instanceof Error ? error.message : String(error),
      startedAt: toMoment(beganMs),
      finishedAt: toMoment(clock.nowMs()),
    };
  }
}

/** The work, or a rejection as soon as `signal` is aborted: a provider that ignores it must not hold up a stop. */
async function untilAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  let onAbort = (): void => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => {
      reject(new InterruptedError());
    };
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort);
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
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
    ...(task.kind === 'measure' ? {} : { previous: task.measurement }),
    signal,
  };
}

/** What providers are told of a run. */
export function measuredRun({ id, document, createdAtMs }: StoredRun): MeasureRequest['run'] {
  const { name = '', namespace = '', resourceVersion } = document.metadata ?? {};
  // Only what an API server has stored has a version.
  return { id, name, namespace, startedAtMs: createdAtMs, isClusterObject: resourceVersion !== undefined };
}
