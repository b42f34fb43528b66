import { inPhaseColor, PHASE_SIGN, type Colors } from '../phase-style.js';
import { padded, printable, shorten, textWidth } from '../printable.js';
import { elapsedMs, latest, phaseWord, whyOf, type MetricView, type RunView } from '../run-view.js';
import { numberOf, sparkline } from '../sparkline.js';
import { spanText } from '../time-text.js';

/** Characters of a value that are shown. */
const VALUE_WIDTH = 40;

/** The end of a run for people: a line a metric, then the verdict and why. */
export function textReport(run: RunView, colors: Colors): string {
  const nameWidth = Math.max(0, ...run.metrics.map(({ name }) => textWidth(printable(name))));
  return [
    ...run.metrics.flatMap((metric) => metricLines(metric, nameWidth, colors)),
    ...verdictLines(run, colors),
    '',
  ].join('\n');
}

function metricLines(metric: MetricView, nameWidth: number, colors: Colors): string[] {
  const { phase, dryRun } = metric;
  const value = latest(metric)?.value;
  const line = [
    inPhaseColor(phase, PHASE_SIGN[phase], colors),
    padded(printable(metric.name), nameWidth),
    inPhaseColor(phase, phaseWord(phase).padEnd('Inconclusive'.length), colors),
    countsText(metric),
    ...(value === undefined ? [] : [colors.bold(shorten(printable(value), VALUE_WIDTH))]),
    ...(metric.measurements.length > 1
      ? [sparkline(metric.measurements.map((each) => numberOf(each.value)))]
      : []),
    ...(dryRun ? [colors.dim('(dry run)')] : []),
  ].join('  ');
  const why = whyOf(metric);
  return why === undefined ? [line] : [line, `     ${colors.dim(printable(why))}`];
}

/** `4 of 5 successful, 1 failed`: only what there is. */
export function countsText({ counts, taken }: MetricView): string {
  if (taken === 0) return 'not measured';
  const others = [
    [counts.failed, 'failed'],
    [counts.inconclusive, 'inconclusive'],
    [counts.error, counts.error === 1 ? 'error' : 'errors'],
  ] as const;
  return [
    `${counts.successful} of ${taken} successful`,
    ...others.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`),
  ].join(', ');
}

function verdictLines(run: RunView, colors: Colors): string[] {
  const { title, phase, message, endedEarly } = run;
  const took = elapsedMs(run.startedAt, run.completedAt);
  const after = took === undefined ? '' : colors.dim(` after ${spanText(took)}`);
  const why = message === undefined ? '' : `: ${printable(message)}`;
  if (endedEarly !== undefined) {
    // A run that is ended has a phase, often Successful: in green it would be taken for the verdict.
    const head = `${PHASE_SIGN.Inconclusive} ${printable(title)} no verdict: ${endedEarly}`;
    return [
      `${inPhaseColor('Inconclusive', colors.bold(head), colors)}${after}`,
      `  phase when it was ended: ${phaseWord(phase)}${why}`,
    ];
  }
  const verdict = run.verdict === undefined ? '' : `: ${run.verdict}`;
  const head = `${PHASE_SIGN[phase]} ${printable(title)} ${phaseWord(phase)}${verdict}`;
  return [
    `${inPhaseColor(phase, colors.bold(head), colors)}${after}`,
    ...(message === undefined ? [] : [`  ${printable(message)}`]),
  ];
}
