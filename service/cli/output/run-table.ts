import type { AnalysisRun } from '../../../schemas/index.js';
import { type Colors, inPhaseColor, PHASE_SIGN } from '../phase-style.js';
import { padded, printable, shorten, textWidth } from '../printable.js';
import { phaseWord, viewRun } from '../run-view.js';
import { spanText } from '../time-text.js';

/** Where a table is shown. `columns` may be Infinity; `nowMs` is epoch ms. */
export interface TablePlace {
  readonly columns: number;
  readonly nowMs: number;
}

const HEADS = ['ID', 'NAME', 'PHASE', 'VERDICT', 'STARTED', 'MESSAGE'] as const;
const GAP = '  ';
/** Columns that may be cut, and how much of them stays: an id that is cut could not be copied. */
const NAME = 1;
const MESSAGE = 5;
const LEAST_NAME = 12;

/** A line a run. It is cut to the width: first the message, then the name; the other columns stay whole. */
export function runTable(
  runs: readonly AnalysisRun[],
  { columns, nowMs }: TablePlace,
  colors: Colors,
): string {
  const rows = runs.map((run) => ({ phase: run.status?.phase ?? '', cells: cellsOf(run, nowMs) }));
  const natural = HEADS.map((head, column) =>
    Math.max(textWidth(head), ...rows.map(({ cells }) => textWidth(cells[column] ?? ''))),
  );
  const widths = fitted(natural, columns);
  const line = (cells: readonly string[], paint: (text: string, column: number) => string): string =>
    cells
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return paint(padded(shorten(cell, width), width), column);
      })
      .filter((_cell, column) => (widths[column] ?? 0) > 0)
      .join(GAP)
      .trimEnd();
  return [
    line(HEADS, (text) => colors.dim(text)),
    ...rows.map(({ phase, cells }) =>
      line(cells, (text, column) => (column === 2 ? inPhaseColor(phase, text, colors) : text)),
    ),
    '',
  ].join('\n');
}

function cellsOf(run: AnalysisRun, nowMs: number): readonly string[] {
  const { title, phase, verdict = '', message = '', startedAt } = viewRun(run);
  const started =
    startedAt === undefined ? '' : `${spanText(Math.max(0, nowMs - Date.parse(startedAt)))} ago`;
  const cells = [
    run.metadata?.uid ?? '',
    title,
    `${PHASE_SIGN[phase]} ${phaseWord(phase)}`,
    verdict,
    started,
    message,
  ];
  return cells.map(printable);
}

/** Leaves the last column free: some terminals wrap as soon as it is written to. */
function fitted(natural: readonly number[], columns: number): readonly number[] {
  const widths = [...natural];
  const tooWide = (): number =>
    widths.reduce((sum, width) => sum + width + (width > 0 ? GAP.length : 0), 0) - GAP.length - (columns - 1);
  const cut = (column: number, least: number): void => {
    const width = widths[column] ?? 0;
    widths[column] = Math.max(Math.min(width, least), width - Math.max(0, tooWide()));
  };
  cut(MESSAGE, 0);
  cut(NAME, LEAST_NAME);
  return widths;
}
