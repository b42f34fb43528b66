import { Gauge, type Registry } from 'prom-client';

/** One metric of an observed run. `type` is the reference's name of the provider, such as `Prometheus`. */
export interface MetricObservation {
  readonly name: string;
  readonly type: string;
  readonly phase: string;
  readonly dryRun: boolean;
}

/** What the scrape says of one run. */
export interface RunObservation {
  readonly namespace: string;
  readonly name: string;
  readonly phase: string;
  readonly metrics: readonly MetricObservation[];
}

/** The phases that get a series each, with 1 for the current one, as the reference does it. */
const PHASES = ['Pending', 'Error', 'Failed', 'Successful', 'Running', 'Inconclusive'] as const;

const RUN_LABELS = ['namespace', 'name'] as const;

/**
 * Argo Rollouts' gauges of single runs (`analysis_run_info` and the like, same labels), so that its dashboards work.
 * They name runs, so they are rebuilt from a bounded list at each scrape and never grow.
 */
export function observeRuns(
  registry: Registry,
  limit: number,
): { refresh(runs: Iterable<RunObservation>): void } {
  const registers = [registry];
  const info = new Gauge({
    name: 'analysis_run_info',
    help: 'Information about an analysis run.',
    labelNames: [...RUN_LABELS, 'phase'],
    registers,
  });
  const phase = new Gauge({
    name: 'analysis_run_phase',
    help: 'Whether an analysis run is in the phase (kept for old dashboards; use analysis_run_info).',
    labelNames: [...RUN_LABELS, 'phase'],
    registers,
  });
  const metricType = new Gauge({
    name: 'analysis_run_metric_type',
    help: 'Provider of a metric of an analysis run.',
    labelNames: [...RUN_LABELS, 'metric', 'type'],
    registers,
  });
  const metricPhase = new Gauge({
    name: 'analysis_run_metric_phase',
    help: 'Whether a metric of an analysis run is in the phase.',
    labelNames: [...RUN_LABELS, 'metric', 'type', 'dry_run', 'phase'],
    registers,
  });

  const add = (run: RunObservation): void => {
    const { namespace, name } = run;
    info.set({ namespace, name, phase: run.phase }, 1);
    for (const each of PHASES) phase.set({ namespace, name, phase: each }, inPhase(run.phase, each));
    for (const metric of run.metrics) {
      const labels = { namespace, name, metric: metric.name, type: metric.type };
      metricType.set(labels, 1);
      for (const each of PHASES) {
        metricPhase.set(
          { ...labels, dry_run: String(metric.dryRun), phase: each },
          inPhase(metric.phase, each),
        );
      }
    }
  };

  return {
    refresh(runs) {
      for (const gauge of [info, phase, metricType, metricPhase]) gauge.reset();
      let left = limit;
      for (const run of runs) {
        if (left-- <= 0) break;
        add(run);
      }
    },
  };
}

/** A run or metric that has not begun counts as Pending. */
const inPhase = (current: string, phase: string): number =>
  Number((current === '' ? 'Pending' : current) === phase);
