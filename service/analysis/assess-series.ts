import type { AnalysisPhase, Metric, MetricResult } from '../../schemas/index.js';
import { type MetricLimits, limitsOf } from './metric-limits.js';
import { isCompleted } from './phase.js';

/** How a series stands. */
export interface SeriesAssessment {
  readonly phase: AnalysisPhase;
  /** The limit that was passed, e.g. `failed (1) > failureLimit (0)`; absent when none was. */
  readonly message?: string;
}

/** A limit that a series has passed, and the phase it stands for. */
export interface PassedLimit {
  readonly phase: 'Failed' | 'Inconclusive' | 'Error';
  readonly message: string;
}

/**
 * How a series stands by its measurements. A phase that was completed once stays. With several limits passed, Error goes
 * before Inconclusive before Failed.
 * @param terminating the run is ending: a series without a measurement in flight is complete.
 */
export function assessSeries(metric: Metric, result: MetricResult, terminating: boolean): SeriesAssessment {
  const limits = limitsOf(metric);
  const passed = passedLimit(limits, result);
  const phase = phaseOf(limits, result, passed, terminating);
  return isCompleted(phase) && passed !== undefined ? { phase, message: passed.message } : { phase };
}

function phaseOf(
  limits: MetricLimits,
  result: MetricResult,
  passed: PassedLimit | undefined,
  terminating: boolean,
): AnalysisPhase {
  if (isCompleted(result.phase)) return result.phase;
  const last = result.measurements?.at(-1);
  if (last === undefined) return terminating ? 'Successful' : 'Pending';
  if (!isCompleted(last.phase)) return 'Running';
  if (passed !== undefined) return passed.phase;
  if (limits.consecutiveSuccess > 0 && (result.consecutiveSuccess ?? 0) >= limits.consecutiveSuccess) {
    return 'Successful';
  }
  if (limits.count !== undefined && (result.count ?? 0) >= limits.count) return phaseAtCount(limits);
  return terminating ? 'Successful' : 'Running';
}

/** All measurements are taken and no limit is passed. A wanted row of successes did not come. */
function phaseAtCount({ failure, consecutiveSuccess }: MetricLimits): AnalysisPhase {
  if (consecutiveSuccess <= 0) return 'Successful';
  return failure >= 0 ? 'Inconclusive' : 'Failed';
}

/** The limit that a series has passed, the most serious of several. */
export function passedLimit(limits: MetricLimits, result: MetricResult): PassedLimit | undefined {
  const { failed = 0, inconclusive = 0, consecutiveError = 0 } = result;
  if (consecutiveError > limits.consecutiveError) {
    const message = `consecutiveErrors (${consecutiveError}) > consecutiveErrorLimit (${limits.consecutiveError})`;
    return { phase: 'Error', message };
  }
  if (inconclusive > limits.inconclusive) {
    const message = `inconclusive (${inconclusive}) > inconclusiveLimit (${limits.inconclusive})`;
    return { phase: 'Inconclusive', message };
  }
  if (failed > limits.failure && limits.failure !== -1) {
    return { phase: 'Failed', message: `failed (${failed}) > failureLimit (${limits.failure})` };
  }
  return undefined;
}

/**
 * The series with its phase brought up to date. Its message changes only when its phase does: to that of the last
 * measurement, and for a completed dry-run metric to the limit that was passed.
 */
export function settleSeries(metric: Metric, result: MetricResult, terminating: boolean): MetricResult {
  const { phase, message: passed } = assessSeries(metric, result, terminating);
  let settled = result;
  if (phase !== result.phase) {
    const { message: before, ...rest } = result;
    const last = result.measurements?.at(-1);
    const message = last === undefined ? before : last.message;
    settled = { ...rest, phase, ...(message === undefined ? {} : { message }) };
  }
  if (settled.dryRun === true && passed !== undefined) {
    settled = { ...settled, message: `Metric assessed ${phase} due to ${passed}` };
  }
  return settled;
}
