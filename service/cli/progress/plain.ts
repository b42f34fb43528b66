import type { AnalysisRun, Measurement } from '../../../schemas/index.js';
import { printable } from '../printable.js';
import { isCompleted } from '../../analysis/index.js';
import { phaseWord, viewRun, type MetricView } from '../run-view.js';

/**
 * Follows a run for a log: each call of the returned function gives the lines of what is new since the last one.
 * A measurement has a line once it is finished, a metric once it is decided.
 */
export function plainProgress(): (run: AnalysisRun) => readonly string[] {
  const seen = new Map<string, MetricView>();
  return (run) =>
    viewRun(run).metrics.flatMap((metric) => {
      const before = seen.get(metric.name);
      seen.set(metric.name, metric);
      return [
        ...newMeasurements(metric, before?.taken ?? 0).map(({ number, measurement }) =>
          measurementLine(metric.name, number, measurement),
        ),
        ...(isCompleted(metric.phase) && before?.phase !== metric.phase ? [metricLine(metric)] : []),
      ];
    });
}

/** The finished measurements after the first `seen`, as far as they are retained; numbered from 1. */
function newMeasurements(
  { measurements, taken }: MetricView,
  seen: number,
): { readonly number: number; readonly measurement: Measurement }[] {
  const finished = measurements.filter(({ phase }) => isCompleted(phase));
  const first = taken - finished.length + 1;
  return finished
    .map((measurement, index) => ({ number: first + index, measurement }))
    .filter(({ number }) => number > seen);
}

function measurementLine(metric: string, number: number, measurement: Measurement): string {
  const { finishedAt, phase, value, message } = measurement;
  const what = [
    ...(finishedAt === undefined ? [] : [finishedAt]),
    `${printable(metric)} #${number}`,
    phaseWord(phase),
    ...(value === undefined || value === '' ? [] : [printable(value)]),
  ].join('  ');
  return message === undefined || message === '' ? what : `${what}  ${printable(message)}`;
}

function metricLine({ name, phase, message, dryRun, result }: MetricView): string {
  const at = result?.measurements?.at(-1)?.finishedAt;
  const what = `${printable(name)} is ${phaseWord(phase)}${dryRun ? ' (dry run)' : ''}`;
  return [
    ...(at === undefined ? [] : [at]),
    message === undefined ? what : `${what}: ${printable(message)}`,
  ].join('  ');
}
