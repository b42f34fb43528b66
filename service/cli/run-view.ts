import type { AnalysisPhase, AnalysisRun, Measurement, MetricResult, Verdict } from '../../schemas/index.js';

/** What the outputs show of one metric. */
export interface MetricView {
  readonly name: string;
  readonly phase: AnalysisPhase;
  /** It does not decide. */
  readonly dryRun: boolean;
  readonly message?: string;
  /** The retained measurements, oldest first. */
  readonly measurements: readonly Measurement[];
  /** Of all measurements, retained or not. */
  readonly counts: {
    readonly successful: number;
    readonly failed: number;
    readonly inconclusive: number;
    readonly error: number;
  };
  /** Finished measurements, errors included. */
  readonly taken: number;
  /** Present: the run has begun to measure it. */
  readonly result?: MetricResult;
}

/** What the outputs show of a run. */
export interface RunView {
  /** `namespace/name`, or the id of a run without a name. */
  readonly title: string;
  readonly phase: AnalysisPhase;
  readonly verdict?: Verdict;
  readonly message?: string;
  readonly startedAt?: string;
  readonly completedAt?: string;
  /** Present: the command ended the run before it was decided, and why. Its phase then proves nothing. */
  readonly endedEarly?: string;
  /** In the order of the spec. */
  readonly metrics: readonly MetricView[];
}

/** The run as the outputs show it. */
export function viewRun(run: AnalysisRun, endedEarly?: string): RunView {
  const status = run.status;
  const results = new Map(status?.metricResults?.map((result) => [result.name, result]));
  return {
    title: titleOf(run),
    phase: status?.phase ?? '',
    ...(status?.verdict === undefined ? {} : { verdict: status.verdict }),
    ...(status?.message === undefined || status.message === '' ? {} : { message: status.message }),
    ...(status?.startedAt === undefined ? {} : { startedAt: status.startedAt }),
    ...(status?.completedAt === undefined ? {} : { completedAt: status.completedAt }),
    ...(endedEarly === undefined ? {} : { endedEarly }),
    metrics: metricNames(run).map((name) => viewMetric(name, results.get(name))),
  };
}

/** A phase as a word also when it has not begun. */
export const phaseWord = (phase: AnalysisPhase): string => (phase === '' ? 'Pending' : phase);

/** The latest finished measurement that has a value, else the latest one. */
export function latest({ measurements }: MetricView): Measurement | undefined {
  return measurements.findLast(({ value }) => value !== undefined && value !== '') ?? measurements.at(-1);
}

/** Why the metric is in its phase, else the latest message of a measurement. */
export function whyOf({ message, measurements }: MetricView): string | undefined {
  return message ?? measurements.findLast((each) => (each.message ?? '') !== '')?.message;
}

/** Time between two moments of a status in ms; undefined while one is missing. */
export function elapsedMs(
  startedAt: string | undefined,
  completedAt: string | undefined,
): number | undefined {
  if (startedAt === undefined || completedAt === undefined) return undefined;
  return Math.max(0, Date.parse(completedAt) - Date.parse(startedAt));
}

/** Names in the order of the spec. One with an argument in it is known once the metric has a result. */
function metricNames({ spec, status }: AnalysisRun): readonly string[] {
  const plain = spec.metrics.map(({ name }) => name).filter((name) => !name.includes('{{'));
  return [...new Set([...plain, ...(status?.metricResults ?? []).map(({ name }) => name)])];
}

function titleOf({ metadata }: AnalysisRun): string {
  const name = metadata?.name ?? metadata?.uid ?? 'run';
  return metadata?.namespace === undefined ? name : `${metadata.namespace}/${name}`;
}

function viewMetric(name: string, result: MetricResult | undefined): MetricView {
  const { successful = 0, failed = 0, inconclusive = 0, error = 0 } = result ?? {};
  return {
    name,
    phase: result?.phase ?? '',
    dryRun: result?.dryRun ?? false,
    ...(result?.message === undefined || result.message === '' ? {} : { message: result.message }),
    measurements: result?.measurements ?? [],
    counts: { successful, failed, inconclusive, error },
    taken: successful + failed + inconclusive + error,
    ...(result === undefined ? {} : { result }),
  };
}
