import type { AnalysisPhase, AnalysisRunStatus, MetricResult, RunSummary } from '../../schemas/index.js';
import { passedLimit, settleSeries } from './assess-series.js';
import { limitsOf } from './metric-limits.js';
import { isCompleted, isWorse } from './phase.js';
import type { PreparedMetric, PreparedRun } from './prepared-run.js';

/** What {@link assessRun} goes by besides the series. */
export interface RunContext {
  /** `spec.terminate`: the run was asked to end. */
  readonly terminating: boolean;
  /** The run as it stood; its message stays while its phase does. */
  readonly previous?: Pick<AnalysisRunStatus, 'phase' | 'message'>;
}

/** How a run stands. */
export interface RunAssessment {
  readonly phase: AnalysisPhase;
  /** Why; absent when there is nothing to say. */
  readonly message?: string;
  readonly runSummary: RunSummary;
  readonly dryRunSummary: RunSummary;
  /** The phase is final. */
  readonly completed: boolean;
  /** A decisive metric has ended the run: the other series take no further measurement, and those in flight are terminated. */
  readonly terminateOthers: boolean;
  /** Metrics with a measurement in flight that is to be terminated before the verdict is set, in the order of the spec. */
  readonly toTerminate: readonly string[];
  /** The series with their phases and messages brought up to date, in the order of the spec. */
  readonly results: ReadonlyMap<string, MetricResult>;
}

/** Whether a decisive metric has ended the run before its time. */
export function hasDecided(results: Iterable<MetricResult>): boolean {
  for (const { dryRun, phase } of results) {
    if (dryRun !== true && isCompleted(phase) && phase !== 'Successful') return true;
  }
  return false;
}

/**
 * How a run stands by its series: the worst decisive metric, once all metrics are complete or the run is ending. On a tie
 * the first metric in the spec gives the message.
 */
export function assessRun(
  run: PreparedRun,
  results: ReadonlyMap<string, MetricResult>,
  context: RunContext,
): RunAssessment {
  const terminating = context.terminating || hasDecided(results.values());
  const settled = new Map<string, MetricResult>();
  const decisive = new Tally();
  const dryRun = new Tally();
  let allCompleted = true;
  let worst: AnalysisPhase = '';
  let message = context.terminating ? 'Run Terminated' : '';
  for (const prepared of run.metrics) {
    const { name } = prepared.metric;
    const tally = prepared.dryRun ? dryRun : decisive;
    tally.metrics += 1;
    const result = results.get(name);
    if (result === undefined) {
      allCompleted = false;
      continue;
    }
    const now = settleSeries(prepared.metric, result, terminating);
    settled.set(name, now);
    if (!isCompleted(now.phase)) {
      allCompleted = false;
      continue;
    }
    const passed = passedLimit(limitsOf(prepared.metric), now);
    tally.add(passed?.phase ?? 'Successful');
    if (prepared.dryRun || !(worst === '' || isWorse(worst, now.phase))) continue;
    worst = now.phase;
    if (passed !== undefined) message = runMessage(now, passed.message);
  }
  const phase = terminating || allCompleted ? worst || 'Successful' : 'Running';
  const judged = {
    phase,
    runSummary: decisive.summary(),
    dryRunSummary: dryRun.summary(),
    completed: isCompleted(phase),
    terminateOthers: hasDecided(settled.values()),
    results: settled,
  };
  const why =
    phase === context.previous?.phase
      ? (context.previous.message ?? '')
      : isCompleted(phase)
        ? message.trim()
        : '';
  return {
    ...judged,
    toTerminate: context.terminating || judged.terminateOthers ? inFlight(run.metrics, settled) : [],
    ...(why === '' ? {} : { message: why }),
  };
}

function runMessage({ name, phase, message }: MetricResult, passed: string): string {
  const detail = message === undefined || message === '' ? '' : `: "Error Message: ${message}"`;
  return `Metric "${name}" assessed ${phase} due to ${passed}${detail}`;
}

function inFlight(
  metrics: readonly PreparedMetric[],
  results: ReadonlyMap<string, MetricResult>,
): readonly string[] {
  return metrics
    .map(({ metric }) => metric.name)
    .filter((name) => {
      const result = results.get(name);
      const last = result?.measurements?.at(-1);
      return (
        result !== undefined &&
        !isCompleted(result.phase) &&
        last !== undefined &&
        last.finishedAt === undefined
      );
    });
}

/** Numbers of metrics by the limit they passed; one that passed none counts as successful, as in the reference. */
class Tally {
  metrics = 0;
  readonly #byPhase = new Map<AnalysisPhase, number>();

  add(phase: AnalysisPhase): void {
    this.#byPhase.set(phase, (this.#byPhase.get(phase) ?? 0) + 1);
  }

  /** Numbers of zero are left out. */
  summary(): RunSummary {
    const numbers = {
      count: this.metrics,
      successful: this.#byPhase.get('Successful') ?? 0,
      failed: this.#byPhase.get('Failed') ?? 0,
      inconclusive: this.#byPhase.get('Inconclusive') ?? 0,
      error: this.#byPhase.get('Error') ?? 0,
    };
    return Object.fromEntries(Object.entries(numbers).filter(([, value]) => value !== 0));
  }
}
