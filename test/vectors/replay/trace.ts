import type { AnalysisRunSpec, AnalysisRunStatus, MetricResult } from '../../../schemas/index.js';
import { isCompleted, type Reconciled, reconcile } from '../../../service/analysis/index.js';
import type { Call, ScriptedWorld } from './scripted-provider.js';

/** One look at a run, in the form in which it was recorded. */
export interface TraceEntry {
  readonly t: number;
  readonly tEnd?: number;
  readonly terminate?: true;
  readonly calls: readonly Call[];
  readonly phase: string;
  readonly message?: string;
  readonly next: number | null;
  readonly events?: readonly string[];
  readonly results?: Readonly<Record<string, readonly (string | number)[]>>;
  readonly patched?: boolean;
}

/** A look at a run, and the status after it. */
export interface Step {
  readonly entry: TraceEntry;
  readonly status: AnalysisRunStatus;
  /** When the next look was asked for, from the end of this one. */
  readonly nextInMs: number | null;
}

/** Looks at the run once. `marked`: this is the look at which termination was asked for. */
export function step(
  world: ScriptedWorld,
  spec: AnalysisRunSpec,
  before: AnalysisRunStatus | undefined,
  marked: boolean,
): Step {
  const t = world.nowMs;
  const after = reconcile(spec, before, world, 'afterFinish');
  const nextInMs = askedFor(after, world.nowMs);
  const events = eventsBetween(before, after.status);
  const { phase, message, metricResults = [] } = after.status;
  const entry: TraceEntry = {
    t,
    ...(world.nowMs === t ? {} : { tEnd: world.nowMs }),
    ...(marked ? { terminate: true } : {}),
    calls: world.takeCalls(),
    phase,
    ...((message ?? '') === '' ? {} : { message: message ?? '' }),
    next: nextInMs,
    ...(events.length === 0 ? {} : { events }),
    ...(metricResults.length === 0
      ? {}
      : { results: Object.fromEntries(metricResults.map((result) => [result.name, shown(result)])) }),
  };
  return { entry, status: after.status, nextInMs };
}

function askedFor({ nextAtMs }: Reconciled, nowMs: number): number | null {
  return nextAtMs === undefined ? null : Math.max(0, nextAtMs - nowMs);
}

function shown(result: MetricResult): readonly (string | number)[] {
  const { phase, count = 0, successful = 0, failed = 0, inconclusive = 0, error = 0 } = result;
  const { consecutiveError = 0, consecutiveSuccess = 0, measurements = [] } = result;
  return [
    phase,
    count,
    successful,
    failed,
    inconclusive,
    error,
    consecutiveError,
    consecutiveSuccess,
    measurements.length,
  ];
}

/** The Kubernetes events for what was completed: metrics in the order of the spec, then the run. */
function eventsBetween(before: AnalysisRunStatus | undefined, after: AnalysisRunStatus): readonly string[] {
  const earlier = new Map((before?.metricResults ?? []).map(({ name, phase }) => [name, phase]));
  const events = (after.metricResults ?? [])
    .filter(({ name, phase }) => isCompleted(phase) && !isCompleted(earlier.get(name) ?? ''))
    .map(
      ({ name, phase }) => `${severity(phase)} Metric${phase} Metric '${name}' Completed. Result: ${phase}`,
    );
  if (isCompleted(after.phase) && !isCompleted(before?.phase ?? '')) {
    events.push(
      `${severity(after.phase)} AnalysisRun${after.phase} Analysis Completed. Result: ${after.phase}`,
    );
  }
  return events;
}

function severity(phase: string): string {
  return phase === 'Failed' || phase === 'Error' ? 'Warning' : 'Normal';
}
