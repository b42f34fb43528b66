import { isDeepStrictEqual } from 'node:util';
import type { AnalysisRunSpec, AnalysisRunStatus } from '../../../schemas/index.js';
import { expiresAtMs, isCompleted } from '../../../service/analysis/index.js';
import { withoutNulls } from '../kubernetes-json.js';
import { asStored, fromRecorded, toRecorded } from './recorded-status.js';
import type { Driver, Scenario } from './scenario.js';
import { ScriptedWorld } from './scripted-provider.js';
import { type Step, step, type TraceEntry } from './trace.js';

/** A replayed run, in the form of the recording. */
export interface Replay {
  readonly trace: readonly TraceEntry[];
  readonly end: string;
  readonly final: Readonly<Record<string, unknown>>;
  readonly ttl?: readonly { readonly t: number; readonly deleted: boolean }[];
  readonly [field: string]: unknown;
}

/** A run as its driver sees it. */
class Run {
  readonly trace: TraceEntry[] = [];
  readonly world: ScriptedWorld;
  status: AnalysisRunStatus | undefined;
  #spec: AnalysisRunSpec;

  constructor(scenario: Scenario) {
    this.world = new ScriptedWorld(scenario);
    this.#spec = withoutNulls(scenario.spec) as AnalysisRunSpec;
    this.status = scenario.initialStatus === undefined ? undefined : fromRecorded(scenario.initialStatus);
  }

  get spec(): AnalysisRunSpec {
    return this.#spec;
  }

  /** Looks at the run at `atMs`; from `terminateAtMs` on it is to be terminated. */
  look(atMs: number, terminateAtMs: number | undefined): Step {
    this.world.nowMs = atMs;
    const marked = terminateAtMs !== undefined && atMs >= terminateAtMs && this.#spec.terminate !== true;
    if (marked) this.#spec = { ...this.#spec, terminate: true };
    return step(this.world, this.#spec, this.status, marked);
  }

  get isCompleted(): boolean {
    return isCompleted(this.status?.phase ?? '');
  }
}

/** Runs a recorded scenario again. */
export function replay(scenario: Scenario): Replay {
  const run = new Run(scenario);
  const end = DRIVERS[scenario.driver.mode](run, scenario.driver);
  const status: AnalysisRunStatus = run.status ?? { phase: '' };
  const checks = scenario.driver.ttlCheckAfterCompletionMs;
  return {
    trace: run.trace,
    end,
    final: toRecorded(status),
    ...(checks === undefined ? {} : { ttl: checks.map((t) => ({ t, deleted: isExpired(run, status, t) })) }),
  };
}

function isExpired(run: Run, status: AnalysisRunStatus, afterMs: number): boolean {
  const expiry = expiresAtMs(run.spec.ttlStrategy, status);
  return expiry !== undefined && expiry <= run.world.nowMs + afterMs;
}

const DRIVERS: Readonly<Record<Driver['mode'], (run: Run, driver: Driver) => string>> = {
  memory: driveInMemory,
  explicit: driveAtTimes,
  persisted: drivePersisted,
};

/** The status stays in memory; each look is when the one before asked for it. */
function driveInMemory(run: Run, { startAtMs = 0, pastMs, maxSteps, terminateAtMs }: Driver): string {
  let atMs = startAtMs;
  for (let count = 0; count < maxSteps; count += 1) {
    const { entry, status, nextInMs } = run.look(atMs, terminateAtMs);
    run.trace.push(entry);
    run.status = status;
    if (run.isCompleted) return 'completed';
    const next = nextInMs === null ? undefined : run.world.nowMs + nextInMs + pastMs;
    const following = earliest(next, pendingTermination(run, terminateAtMs));
    if (following === undefined) return 'stalled';
    atMs = Math.max(following, run.world.nowMs);
  }
  return 'maxSteps';
}

/** The run is looked at at given times, completed or not. */
function driveAtTimes(run: Run, { reconcileAtMs = [], terminateAtMs }: Driver): string {
  for (const atMs of reconcileAtMs) {
    const { entry, status } = run.look(atMs, terminateAtMs);
    run.trace.push(entry);
    run.status = status;
  }
  return 'explicit';
}

/** As in a cluster: the status is stored in whole seconds, a change is seen at once, and one wake-up is pending. */
function drivePersisted(run: Run, driver: Driver): string {
  const { startAtMs = 0, pastMs, maxSteps, terminateAtMs, watchLatencyMs = 0 } = driver;
  let atMs = startAtMs;
  let wakeAtMs: number | undefined;
  for (let count = 0; count < maxSteps; count += 1) {
    const { entry, status, nextInMs } = run.look(atMs, terminateAtMs);
    const stored = asStored(status);
    const patched = !isDeepStrictEqual(stored, run.status ?? {});
    run.trace.push({ ...entry, patched });
    run.status = stored;
    if (run.isCompleted) return 'completed';
    const endMs = run.world.nowMs;
    if (nextInMs !== null) wakeAtMs = earliest(wakeAtMs, endMs + nextInMs + pastMs);
    const seenAtMs = patched ? endMs + watchLatencyMs : undefined;
    const following = earliest(earliest(wakeAtMs, seenAtMs), pendingTermination(run, terminateAtMs));
    if (following === undefined) return 'stalled';
    atMs = Math.max(following, endMs);
    if (wakeAtMs !== undefined && wakeAtMs <= atMs) wakeAtMs = undefined;
  }
  return 'maxSteps';
}

function pendingTermination(run: Run, terminateAtMs: number | undefined): number | undefined {
  return run.spec.terminate === true ? undefined : terminateAtMs;
}

function earliest(left: number | undefined, right: number | undefined): number | undefined {
  if (left === undefined) return right;
  return right === undefined ? left : Math.min(left, right);
}
