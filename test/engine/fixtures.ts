import type { AnalysisRun, Measurement, Metric } from '../../schemas/index.js';
import type { EngineDeps, EngineSettings, MeasureRequest } from '../../service/engine/index.js';
import { createLog, systemClock } from '../../service/platform/index.js';

/** A metric of the web provider, which the scripted `measure` of the tests never really asks. */
export const metric = (name: string, fields: Partial<Metric> = {}): Metric => ({
  name,
  provider: { web: { url: `http://stub/${name}`, jsonPath: '{$.value}' } },
  successCondition: 'result == 1',
  ...fields,
});

/** A run of the given metrics. */
export const runOf = (metrics: readonly Metric[], fields: Partial<AnalysisRun> = {}): AnalysisRun => ({
  metadata: { name: 'checkout', namespace: 'shop' },
  ...fields,
  spec: { metrics, ...fields.spec },
});

/** A measurement that began at `nowMs` and ended at once, or that goes on and is to be looked at 20 ms later. */
export const measurement = (
  phase: Measurement['phase'],
  nowMs: number,
  fields: Partial<Measurement> = {},
): Measurement => ({
  phase,
  startedAt: new Date(nowMs).toISOString(),
  ...(phase === 'Running'
    ? { resumeAt: new Date(nowMs + 20).toISOString() }
    : { finishedAt: new Date(nowMs).toISOString() }),
  ...fields,
});

/** What was told to the metrics of an engine. */
export interface Observed {
  readonly lateness: number[];
  readonly taken: string[];
  readonly verdicts: string[];
  readonly archived: string[];
}

/** Metrics that note what they are told. */
export function observer(): { readonly observed: Observed; readonly metrics: EngineDeps['metrics'] } {
  const observed: Observed = { lateness: [], taken: [], verdicts: [], archived: [] };
  return {
    observed,
    metrics: {
      measurementBegan: (seconds) => observed.lateness.push(seconds),
      measurementTaken: (provider, phase) => observed.taken.push(`${provider} ${phase}`),
      verdictReached: (phase) => observed.verdicts.push(phase),
      runArchived: (outcome) => observed.archived.push(outcome),
    },
  };
}

/** Answers measurements by a script: a phase by metric name and number of the measurement, from 1. */
export function scripted(
  phaseOf: (
    metricName: string,
    nth: number,
    request: MeasureRequest,
  ) => Measurement['phase'] | Promise<Measurement['phase']>,
): { readonly measure: EngineDeps['measure']; readonly asked: MeasureRequest[] } {
  const asked: MeasureRequest[] = [];
  return {
    asked,
    async measure(request) {
      asked.push(request);
      const { name } = request.metric.metric;
      const nth = asked.filter(
        (each) => each.metric.metric.name === name && each.run.id === request.run.id,
      ).length;
      return measurement(await phaseOf(name, nth, request), Date.now());
    },
  };
}

/** Dependencies of an engine on the machine's clock, silent, with short times. */
export function realDeps(measure: EngineDeps['measure'], settings: Partial<EngineSettings> = {}) {
  const { observed, metrics } = observer();
  const deps: EngineDeps = {
    clock: systemClock,
    log: createLog({ level: 'silent' }),
    measure,
    kinds: ['prometheus', 'web'],
    metrics,
    settings: {
      retentionMs: 60_000,
      concurrency: 20,
      sweepIntervalMs: 50,
      overdueAfterMs: 200,
      stopGraceMs: 1_000,
      deliveryLeaseMs: 300,
      ...settings,
    },
  };
  return { deps, observed };
}

/** Something to wait for, and what ends the waiting. */
export function gated(): [Promise<void>, () => void] {
  let release = (): void => undefined;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  return [gate, release];
}
