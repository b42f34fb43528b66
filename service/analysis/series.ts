import type { Measurement, MetricResult } from '../../schemas/index.js';
import { toMoment } from './moment.js';
import { isCompleted } from './phase.js';
import type { PreparedMetric } from './prepared-run.js';
import type { Task } from './next-task.js';

/** What a measurement was asked of the provider for. */
export type MeasurementOperation = Extract<Task['kind'], 'measure' | 'resume' | 'terminate'>;

/** The counters of a series, all present. */
type Counters = Required<
  Pick<
    MetricResult,
    'count' | 'successful' | 'failed' | 'inconclusive' | 'error' | 'consecutiveError' | 'consecutiveSuccess'
  >
>;

const COUNTERS = [
  'count',
  'successful',
  'failed',
  'inconclusive',
  'error',
  'consecutiveError',
  'consecutiveSuccess',
] as const satisfies readonly (keyof Counters)[];

/**
 * The series with one more measurement, or with the one in flight replaced: counters moved when it is completed, and the
 * history cut to the metric's retention. The phase of the series is not touched: {@link settleSeries} does that.
 * @param nowMs end of the measurement, used when it is completed and does not say.
 * @param operation `terminate` marks a measurement that ended without a fault as terminated.
 */
export function recordMeasurement(
  metric: PreparedMetric,
  result: MetricResult | undefined,
  measurement: Measurement,
  nowMs: number,
  operation: MeasurementOperation = 'measure',
): MetricResult {
  return trimMeasurements(appendMeasurement(metric, result, measurement, nowMs, operation), metric.retention);
}

/** {@link recordMeasurement} without cutting the history. */
export function appendMeasurement(
  metric: PreparedMetric,
  result: MetricResult | undefined,
  measurement: Measurement,
  nowMs: number,
  operation: MeasurementOperation = 'measure',
): MetricResult {
  const before: MetricResult = result ?? newSeries(metric);
  const history = before.measurements ?? [];
  const last = history.at(-1);
  const inFlight = last !== undefined && last.finishedAt === undefined;
  const ended = finish(measurement, nowMs, operation);
  const counters = counted(countersOf(before), ended);
  return {
    ...withCounters(before, counters),
    measurements: [...(inFlight ? history.slice(0, -1) : history), ended],
  };
}

/** The series with its `limit` latest measurements. */
export function trimMeasurements(result: MetricResult, limit: number): MetricResult {
  const measurements = result.measurements ?? [];
  return measurements.length > limit ? { ...result, measurements: measurements.slice(-limit) } : result;
}

/** A series that was not measured yet. */
export function newSeries({ metric, dryRun }: PreparedMetric): MetricResult {
  return { name: metric.name, phase: 'Running', ...(dryRun ? { dryRun } : {}) };
}

function finish(measurement: Measurement, nowMs: number, operation: MeasurementOperation): Measurement {
  const { phase } = measurement;
  if (!isCompleted(phase)) return measurement;
  const terminated = operation === 'terminate' && (phase === 'Successful' || phase === 'Inconclusive');
  return {
    ...measurement,
    finishedAt: measurement.finishedAt ?? toMoment(nowMs),
    ...(terminated ? { message: 'Metric Terminated' } : {}),
  };
}

function counted(before: Counters, { phase }: Measurement): Counters {
  switch (phase) {
    case 'Successful':
      return {
        ...before,
        successful: before.successful + 1,
        count: before.count + 1,
        consecutiveError: 0,
        consecutiveSuccess: before.consecutiveSuccess + 1,
      };
    case 'Failed':
      return {
        ...before,
        failed: before.failed + 1,
        count: before.count + 1,
        consecutiveError: 0,
        consecutiveSuccess: 0,
      };
    case 'Inconclusive':
      return {
        ...before,
        inconclusive: before.inconclusive + 1,
        count: before.count + 1,
        consecutiveError: 0,
        consecutiveSuccess: 0,
      };
    case 'Error':
      // An error is no evidence: it does not count as one of the measurements to take.
      return {
        ...before,
        error: before.error + 1,
        consecutiveError: before.consecutiveError + 1,
        consecutiveSuccess: 0,
      };
    case '':
    case 'Pending':
    case 'Running':
      return before;
  }
  // A phase that is none of these, from a plugin say, is one that goes on.
  return before;
}

function countersOf(result: MetricResult): Counters {
  return {
    count: result.count ?? 0,
    successful: result.successful ?? 0,
    failed: result.failed ?? 0,
    inconclusive: result.inconclusive ?? 0,
    error: result.error ?? 0,
    consecutiveError: result.consecutiveError ?? 0,
    consecutiveSuccess: result.consecutiveSuccess ?? 0,
  };
}

/** Counters of zero are left out of a status, as the reference leaves them out. */
function withCounters(result: MetricResult, counters: Counters): MetricResult {
  const {
    count: _count,
    successful: _successful,
    failed: _failed,
    inconclusive: _inconclusive,
    error: _error,
    consecutiveError: _consecutiveError,
    consecutiveSuccess: _consecutiveSuccess,
    ...rest
  } = result;
  const present: Partial<Record<keyof Counters, number>> = {};
  for (const name of COUNTERS) if (counters[name] !== 0) present[name] = counters[name];
  return { ...rest, ...present };
}
