import { inPhaseColor, PHASE_SIGN, type Colors } from '../phase-style.js';
import { padded, printable, shorten, textWidth } from '../printable.js';
import { latest, phaseWord, type MetricView, type RunView } from '../run-view.js';
import { numberOf, sparkline } from '../sparkline.js';
import { spanText } from '../time-text.js';

/** What a metric does next. */
export type NextMove =
  | { readonly kind: 'measuring' }
  | { readonly kind: 'waiting'; readonly untilMs: number }
  /** It is decided, or nothing is known of it. */
  | { readonly kind: 'nothing' };

/** What {@link liveLines} draws. Times are epoch ms. */
export interface LiveFrame {
  readonly run: RunView;
  readonly next: ReadonlyMap<string, NextMove>;
  readonly nowMs: number;
  readonly columns: number;
}

const NAME_WIDTH = 32;
const VALUE_WIDTH = 16;
const PHASE_WIDTH = 'Inconclusive'.length;

/**
 * The state of a run now: a line a metric with its last value, phase, history and next measurement, and one for the
 * run. No line is wider than the terminal: a wrapped one could not be drawn over.
 */
export function liveLines({ run, next, nowMs, columns }: LiveFrame, colors: Colors): readonly string[] {
  const nameWidth = Math.min(
    NAME_WIDTH,
    Math.max(0, ...run.metrics.map(({ name }) => textWidth(printable(name)))),
  );
  return [
    ...run.metrics.map((metric) =>
      metricLine(metric, next.get(metric.name), nameWidth, { nowMs, columns }, colors),
    ),
    runLine(run, { nowMs, columns }, colors),
  ];
}

/** A piece of a line: its text, and how it looks once it is known to fit. */
interface Piece {
  readonly text: string;
  readonly paint?: (text: string) => string;
}

function metricLine(
  metric: MetricView,
  next: NextMove | undefined,
  nameWidth: number,
  { nowMs, columns }: Pick<LiveFrame, 'nowMs' | 'columns'>,
  colors: Colors,
): string {
  const paint = (text: string): string => inPhaseColor(metric.phase, text, colors);
  const value = padded(shorten(printable(latest(metric)?.value ?? '-'), VALUE_WIDTH), VALUE_WIDTH);
  const history = sparkline(metric.measurements.map((each) => numberOf(each.value)));
  return fit(
    [
      { text: `${PHASE_SIGN[metric.phase]} `, paint },
      { text: `${padded(shorten(printable(metric.name), nameWidth), nameWidth)}  ` },
      { text: `${value}  `, paint: colors.bold },
      { text: `${phaseWord(metric.phase).padEnd(PHASE_WIDTH)}  `, paint },
      { text: `${history.padEnd(10)}  `, paint: colors.cyan },
      { text: nextText(metric, next, nowMs), paint: colors.dim },
    ],
    columns,
  );
}

function nextText({ dryRun }: MetricView, next: NextMove | undefined, nowMs: number): string {
  const parts = [
    ...(next?.kind === 'measuring' ? ['measuring…'] : []),
    ...(next?.kind === 'waiting' ? [`next in ${spanText(wholeSeconds(next.untilMs - nowMs))}`] : []),
    ...(dryRun ? ['dry run'] : []),
  ];
  return parts.join(', ');
}

function runLine(
  run: RunView,
  { nowMs, columns }: Pick<LiveFrame, 'nowMs' | 'columns'>,
  colors: Colors,
): string {
  const since =
    run.startedAt === undefined ? '' : `, ${spanText(wholeSeconds(nowMs - Date.parse(run.startedAt)))}`;
  return fit(
    [
      { text: printable(run.title), paint: colors.bold },
      { text: ` ${phaseWord(run.phase)}`, paint: (text) => inPhaseColor(run.phase, text, colors) },
      { text: since, paint: colors.dim },
    ],
    columns,
  );
}

/** Tenths would flicker. */
const wholeSeconds = (ms: number): number => Math.ceil(Math.max(0, ms) / 1_000) * 1_000;

/** Leaves the last column free: some terminals wrap as soon as it is written to. */
function fit(pieces: readonly Piece[], columns: number): string {
  let left = Math.max(1, columns - 1);
  let line = '';
  for (const { text, paint } of pieces) {
    const shown = shorten(text, left);
    left -= textWidth(shown);
    if (shown !== '') line += paint === undefined ? shown : paint(shown);
  }
  return line;
}
