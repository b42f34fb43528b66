import { LRUCache } from 'lru-cache';
import type { Measurement, MetricResult } from '../../schemas/index.js';
import { goDurationMs } from '../condition/index.js';
import { limitsOf } from './metric-limits.js';
import { fromMoment } from './moment.js';
import { isCompleted } from './phase.js';
import type { PreparedMetric } from './prepared-run.js';

/** `fixed`: measurements keep to a grid in time, as in production. `afterFinish`: the interval counts from the end of the last one, as in the reference. */
export type Cadence = 'fixed' | 'afterFinish';

/** After an Error a measurement is tried again this long after it ended, whatever the interval. */
export const ERROR_RETRY_MS = 10_000;

/**
 * The shortest time between two measurements of a metric at a fixed cadence, ms. Shorter intervals, nothing and less than
 * nothing count as this: `1ns` must not keep a worker and a server busy with nothing else.
 */
export const MIN_INTERVAL_MS = 10;

/** What a series needs next. `none`: nothing, as far as its own state goes. */
export type Task =
  | { readonly kind: 'measure' }
  | { readonly kind: 'resume'; readonly measurement: Measurement }
  | { readonly kind: 'terminate'; readonly measurement: Measurement }
  | { readonly kind: 'wait'; readonly untilMs: number }
  | { readonly kind: 'none' };

/** What {@link nextTask} goes by besides the series itself. */
export interface TaskContext {
  /** Start of the run; undefined when it is only about to start. */
  readonly runStartedAtMs: number | undefined;
  readonly nowMs: number;
  /** The run is ending: by `spec.terminate`, or because a metric has decided it. */
  readonly terminating: boolean;
  readonly cadence: Cadence;
  /** There is news of the measurement in flight: it is resumed before its time. */
  readonly woken?: boolean;
}

const NOTHING: Task = { kind: 'none' };

/** What is to be done for a series now, or until when it waits. The caller records the outcome and asks again. */
export function nextTask(
  metric: PreparedMetric,
  result: MetricResult | undefined,
  context: TaskContext,
): Task {
  if (result !== undefined && isCompleted(result.phase)) return NOTHING;
  const last = result?.measurements?.at(-1);
  const { nowMs, cadence } = context;
  if (last !== undefined && last.finishedAt === undefined) {
    if (context.terminating) return { kind: 'terminate', measurement: last };
    const resumeAtMs = fromMoment(last.resumeAt);
    const early = resumeAtMs !== undefined && resumeAtMs > nowMs && context.woken !== true;
    if (early) return { kind: 'wait', untilMs: resumeAtMs };
    return { kind: 'resume', measurement: last };
  }
  if (context.terminating) return NOTHING;
  if (last === undefined && !hasInitialDelay(metric)) return { kind: 'measure' };
  const dueMs = dueAtMs(metric, result, context) ?? unplannedAtMs(metric, result);
  if (dueMs === undefined) return NOTHING;
  // The reference compares strictly after a measurement, but not after the initial delay.
  const early = last !== undefined && cadence === 'afterFinish' ? nowMs <= dueMs : nowMs < dueMs;
  const unstarted = last === undefined && context.runStartedAtMs === undefined;
  return early || unstarted ? { kind: 'wait', untilMs: dueMs } : { kind: 'measure' };
}

/**
 * When a series wants to be looked at again, in epoch milliseconds, possibly in the past; undefined: it waits for nothing
 * in time. A first measurement without a delay has no due time: it is taken at once.
 */
export function dueAtMs(
  { metric }: PreparedMetric,
  result: MetricResult | undefined,
  context: Pick<TaskContext, 'runStartedAtMs' | 'nowMs' | 'cadence'>,
): number | undefined {
  if (result !== undefined && isCompleted(result.phase)) return undefined;
  const startMs = (context.runStartedAtMs ?? context.nowMs) + durationMs(metric.initialDelay);
  const last = result?.measurements?.at(-1);
  if (last === undefined) return (metric.initialDelay ?? '') === '' ? undefined : startMs;
  const finishedAtMs = fromMoment(last.finishedAt);
  if (finishedAtMs === undefined) return fromMoment(last.resumeAt);
  const { count } = limitsOf(metric);
  if (count !== undefined && (result?.count ?? 0) >= count) return undefined;
  if (last.phase === 'Error') return finishedAtMs + ERROR_RETRY_MS;
  if ((metric.interval ?? '') === '') return undefined;
  const intervalMs = durationMs(metric.interval);
  if (context.cadence === 'afterFinish') return finishedAtMs + intervalMs;
  return nextTickMs(startMs, intervalMs, fromMoment(last.startedAt) ?? finishedAtMs, finishedAtMs);
}

/**
 * When a metric without an interval is measured again whose last measurement ended without an outcome: as soon as an
 * Error would be. Nobody waits for that in the reference, but whoever looks by then takes it.
 */
function unplannedAtMs({ metric }: PreparedMetric, result: MetricResult | undefined): number | undefined {
  const finishedAtMs = fromMoment(result?.measurements?.at(-1)?.finishedAt);
  const { count } = limitsOf(metric);
  const isTaken = count !== undefined && (result?.count ?? 0) >= count;
  return finishedAtMs === undefined || isTaken ? undefined : finishedAtMs + ERROR_RETRY_MS;
}

/** The first tick of the grid after the last measurement began and not before it ended: ticks that it overran are skipped. */
function nextTickMs(startMs: number, intervalMs: number, lastStartMs: number, lastEndMs: number): number {
  const stepMs = Math.max(MIN_INTERVAL_MS, intervalMs);
  const afterStart = Math.floor((lastStartMs - startMs) / stepMs) + 1;
  const notBeforeEnd = Math.ceil((lastEndMs - startMs) / stepMs);
  return startMs + Math.max(afterStart, notBeforeEnd) * stepMs;
}

function hasInitialDelay({ metric }: PreparedMetric): boolean {
  return (metric.initialDelay ?? '') !== '';
}

/** Durations that were read, as every look at a series asks for them again. */
const durations = new LRUCache<string, number>({ max: 1_000 });

/** A duration of a metric that was validated; empty or absent is none. */
function durationMs(text: string | undefined): number {
  if (text === undefined || text === '') return 0;
  const known = durations.get(text);
  if (known !== undefined) return known;
  const ms = goDurationMs(text);
  durations.set(text, ms);
  return ms;
}
