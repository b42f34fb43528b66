import type {
  AnalysisRunSpec,
  AnalysisRunStatus,
  Measurement,
  Metric,
  MetricResult,
} from '../../schemas/index.js';
import { assessRun, hasDecided } from './assess-run.js';
import { toMoment } from './moment.js';
import { type Cadence, dueAtMs, nextTask, type Task } from './next-task.js';
import { fromMoment } from './moment.js';
import { isCompleted } from './phase.js';
import { prepareRun } from './prepare-run.js';
import type { PreparedMetric, PreparedRun, SecretArgument } from './prepared-run.js';
import { Redactor } from './redact.js';
import { withSecrets } from './resolve-metric.js';
import { appendMeasurement, newSeries, trimMeasurements } from './series.js';

/** A task that asks the provider for something. */
export type MeasuringTask = Extract<Task, { kind: 'measure' | 'resume' | 'terminate' }>;

/** A measurement, and what the provider says of the metric when it is measured for the first time. */
export interface TakenMeasurement {
  readonly measurement: Measurement;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Secret values by argument name, or the message about the first that can not be read. */
export type SecretsRead =
  | { readonly ok: true; readonly values: ReadonlyMap<string, string> }
  | { readonly ok: false; readonly message: string };

/** What a whole-run step needs of the world. */
export interface ReconcilePorts {
  /** Epoch milliseconds; it may move while measurements are taken. */
  now(): number;
  readSecrets(args: readonly SecretArgument[]): SecretsRead;
  take(metric: Metric, task: MeasuringTask): TakenMeasurement;
  /** Removes what measurements beyond `limit` left behind; false: it failed and the history stays. */
  collectGarbage(metric: Metric, limit: number): boolean;
}

/** A run after a step. */
export interface Reconciled {
  readonly status: AnalysisRunStatus;
  /** When the next step is wanted, in epoch milliseconds, possibly in the past; absent: nothing is waited for in time. */
  readonly nextAtMs?: number;
}

/**
 * One step of a whole run, as the reference takes it: measure what is due, judge, cut the histories, say when to come
 * again. The engine uses the same functions a series at a time; this is their composition for one process and for the
 * recorded runs.
 */
export function reconcile(
  spec: AnalysisRunSpec,
  status: AnalysisRunStatus | undefined,
  ports: ReconcilePorts,
  cadence: Cadence = 'afterFinish',
): Reconciled {
  const before: AnalysisRunStatus = status ?? { phase: '' };
  if (isCompleted(before.phase)) return { status: before };
  const prepared = prepareRun(spec);
  if (!prepared.ok) return { status: refused(before, prepared.message, ports.now()) };
  const secrets = ports.readSecrets(prepared.run.metrics[0]?.secretArgs ?? []);
  if (!secrets.ok) {
    return { status: refused(before, `Unable to resolve metric arguments: ${secrets.message}`, ports.now()) };
  }
  const measured = measureDue(prepared.run, spec, before, secrets.values, ports, cadence);
  const nowMs = ports.now();
  const startedAt = before.startedAt ?? toMoment(nowMs);
  const assessment = assessRun(prepared.run, measured, {
    terminating: spec.terminate === true,
    previous: before,
  });
  const results = cutHistories(prepared.run, assessment.results, secrets.values, ports);
  const after: AnalysisRunStatus = {
    phase: assessment.phase,
    ...(assessment.message === undefined ? {} : { message: assessment.message }),
    ...(results.length === 0 ? {} : { metricResults: results }),
    startedAt,
    ...completion(before, assessment.completed, nowMs),
    runSummary: assessment.runSummary,
    dryRunSummary: assessment.dryRunSummary,
  };
  const nextAtMs = earliestDue(prepared.run, results, fromMoment(startedAt), nowMs, cadence);
  return nextAtMs === undefined ? { status: after } : { status: after, nextAtMs };
}

/** The status of a run that can not be measured. It is complete, and says so: its time to live starts here. */
function refused(before: AnalysisRunStatus, message: string, nowMs: number): AnalysisRunStatus {
  return { ...before, phase: 'Error', message, ...completion(before, true, nowMs) };
}

function completion(
  before: AnalysisRunStatus,
  completed: boolean,
  nowMs: number,
): Pick<AnalysisRunStatus, 'completedAt'> {
  if (before.completedAt !== undefined) return { completedAt: before.completedAt };
  return completed ? { completedAt: toMoment(nowMs) } : {};
}

function measureDue(
  run: PreparedRun,
  spec: AnalysisRunSpec,
  before: AnalysisRunStatus,
  secrets: ReadonlyMap<string, string>,
  ports: ReconcilePorts,
  cadence: Cadence,
): ReadonlyMap<string, MetricResult> {
  const results = new Map((before.metricResults ?? []).map((result) => [result.name, result]));
  const context = {
    runStartedAtMs: fromMoment(before.startedAt),
    nowMs: ports.now(),
    terminating: spec.terminate === true || hasDecided(results.values()),
    cadence,
  };
  const due = run.metrics.map((metric) => ({
    metric,
    task: nextTask(metric, results.get(metric.metric.name), context),
  }));
  const redactor = new Redactor(secrets.values());
  for (const { metric, task } of due) {
    if (task.kind === 'wait' || task.kind === 'none') continue;
    const { name } = metric.metric;
    const taken = ports.take(withSecrets(metric, secrets), task);
    const measurement = redactor.measurement(taken.measurement);
    const series = results.get(name) ?? seriesWith(metric, taken);
    results.set(name, appendMeasurement(metric, series, measurement, ports.now(), task.kind));
  }
  return results;
}

function seriesWith(metric: PreparedMetric, { metadata }: TakenMeasurement): MetricResult {
  const series = newSeries(metric);
  return metadata === undefined ? series : { ...series, metadata: { ...metadata } };
}

function cutHistories(
  run: PreparedRun,
  results: ReadonlyMap<string, MetricResult>,
  secrets: ReadonlyMap<string, string>,
  ports: ReconcilePorts,
): MetricResult[] {
  const kept: MetricResult[] = [];
  for (const metric of run.metrics) {
    const result = results.get(metric.metric.name);
    if (result === undefined) continue;
    const cut = trimMeasurements(result, metric.retention);
    const isCut = cut === result || ports.collectGarbage(withSecrets(metric, secrets), metric.retention);
    kept.push(isCut ? cut : result);
  }
  return kept;
}

function earliestDue(
  run: PreparedRun,
  results: readonly MetricResult[],
  runStartedAtMs: number | undefined,
  nowMs: number,
  cadence: Cadence,
): number | undefined {
  const byName = new Map(results.map((result) => [result.name, result]));
  let earliest: number | undefined;
  for (const metric of run.metrics) {
    const dueMs = dueAtMs(metric, byName.get(metric.metric.name), { runStartedAtMs, nowMs, cadence });
    if (dueMs !== undefined && (earliest === undefined || dueMs < earliest)) earliest = dueMs;
  }
  return earliest;
}
