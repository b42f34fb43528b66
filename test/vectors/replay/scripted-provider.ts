import type {
  MeasuringTask,
  ReconcilePorts,
  SecretArgument,
  SecretsRead,
  TakenMeasurement,
} from '../../../service/analysis/index.js';
import type { AnalysisPhase, Measurement, Metric } from '../../../schemas/index.js';
import type { Outcome, Scenario, Script } from './scenario.js';

/** A call as recorded. */
export interface Call {
  readonly m: string;
  readonly op: string;
  readonly out?: number;
  readonly limit?: number;
}

const AUTOMATIC: Outcome = { phase: 'Successful', value: '1' };

/** The world of a recorded run: its clock, its secrets, and the provider that answers by the script. */
export class ScriptedWorld implements ReconcilePorts {
  nowMs: number;
  readonly #scenario: Scenario;
  readonly #used = new Map<string, number>();
  #calls: Call[] = [];

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    this.nowMs = scenario.driver.startAtMs ?? 0;
  }

  /** The calls since the last time this was asked. */
  takeCalls(): readonly Call[] {
    const calls = this.#calls;
    this.#calls = [];
    return calls;
  }

  now(): number {
    return this.nowMs;
  }

  readSecrets(args: readonly SecretArgument[]): SecretsRead {
    const values = new Map<string, string>();
    for (const { name, secretKeyRef } of args) {
      const secret = this.#scenario.secrets?.[secretKeyRef.name];
      if (secret === undefined) return { ok: false, message: `secrets "${secretKeyRef.name}" not found` };
      const value = secret[secretKeyRef.key];
      if (value === undefined) {
        const message = `key '${secretKeyRef.key}' does not exist in secret '${secretKeyRef.name}'`;
        return { ok: false, message };
      }
      values.set(name, value);
    }
    return { ok: true, values };
  }

  take(metric: Metric, task: MeasuringTask): TakenMeasurement {
    const script = this.#scriptOf(metric);
    const { index, outcome } = this.#next(metric.name, script, task);
    const started: Measurement =
      task.kind === 'measure' ? { phase: '', startedAt: this.#time(0) } : { ...task.measurement };
    if (outcome.providerError !== undefined) {
      this.#calls.push({ m: metric.name, op: 'providerError', out: index });
      return { measurement: { ...started, phase: 'Error', message: outcome.providerError } };
    }
    if (task.kind === 'terminate') {
      this.#calls.push({ m: metric.name, op: 'terminate' });
    } else {
      this.#calls.push({ m: metric.name, op: task.kind === 'measure' ? 'run' : 'resume', out: index });
    }
    const measurement = this.#applied(started, outcome);
    return script.metadata === undefined ? { measurement } : { measurement, metadata: script.metadata };
  }

  collectGarbage(metric: Metric, limit: number): boolean {
    const { gcError, gcProviderError } = this.#scriptOf(metric);
    this.#calls.push(
      gcProviderError === undefined
        ? { m: metric.name, op: 'gc', limit }
        : { m: metric.name, op: 'gcProviderError' },
    );
    return gcError === undefined && gcProviderError === undefined;
  }

  #scriptOf({ name }: Metric): Script {
    return this.#scenario.script?.[name] ?? {};
  }

  /**
   * The next outcome of the list, the last one again when it is used up. Terminating takes none of them, but the provider
   * has to be built for it too, which the next outcome may forbid.
   */
  #next(name: string, script: Script, task: MeasuringTask): { index: number; outcome: Outcome } {
    const { outcomes = [], onTerminate = {} } = script;
    const used = this.#used.get(name) ?? 0;
    const index = Math.min(used, outcomes.length - 1);
    const outcome = outcomes[index] ?? AUTOMATIC;
    if (task.kind === 'terminate' && outcome.providerError === undefined)
      return { index, outcome: onTerminate };
    this.#used.set(name, used + 1);
    return { index, outcome };
  }

  #applied(measurement: Measurement, outcome: Outcome): Measurement {
    this.nowMs += outcome.takesMs ?? 0;
    const { phase, value, message, metadata, resumeInMs, finishedInMs } = outcome;
    return {
      ...measurement,
      ...(phase === undefined ? {} : { phase: phase as AnalysisPhase }),
      ...(value === undefined ? {} : { value }),
      ...(message === undefined ? {} : { message }),
      ...(metadata === undefined ? {} : { metadata }),
      ...(resumeInMs === undefined ? {} : { resumeAt: this.#time(resumeInMs) }),
      ...(finishedInMs === undefined ? {} : { finishedAt: this.#time(finishedInMs) }),
    };
  }

  #time(inMs: number): string {
    return new Date(this.nowMs + inMs).toISOString();
  }
}
