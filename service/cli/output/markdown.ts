import { printable, shorten } from '../printable.js';
import { elapsedMs, latest, phaseWord, whyOf, type MetricView, type RunView } from '../run-view.js';
import { numberOf, sparkline } from '../sparkline.js';
import { spanText } from '../time-text.js';
import { countsText } from './text.js';

const VALUE_WIDTH = 60;
const MESSAGE_WIDTH = 300;

/** The run as GitHub-flavoured Markdown, for the comment on a pull request or a job's summary. */
export function markdownReport(run: RunView): string {
  const took = elapsedMs(run.startedAt, run.completedAt);
  const verdict = run.verdict === undefined ? '' : `: ${run.verdict}`;
  return [
    ...(run.endedEarly === undefined
      ? [
          `### ${escaped(run.title)}: ${phaseWord(run.phase)}${verdict}`,
          '',
          ...(run.message === undefined ? [] : [escaped(run.message), '']),
        ]
      : [
          `### ${escaped(run.title)}: no verdict: ${run.endedEarly}`,
          '',
          `Phase when it was ended: ${phaseWord(run.phase)}${run.message === undefined ? '' : `: ${escaped(run.message)}`}`,
          '',
        ]),
    '| Metric | Phase | Measurements | Last value | History | Message |',
    '| --- | --- | --- | --- | --- | --- |',
    ...run.metrics.map(row),
    '',
    ...(took === undefined ? [] : [`Took ${spanText(took)}.`, '']),
  ].join('\n');
}

function row(metric: MetricView): string {
  const value = latest(metric)?.value ?? '';
  const message = whyOf(metric) ?? '';
  const cells = [
    `${escaped(metric.name)}${metric.dryRun ? ' (dry run)' : ''}`,
    phaseWord(metric.phase),
    countsText(metric),
    escaped(shorten(value, VALUE_WIDTH)),
    metric.measurements.length > 1 ? sparkline(metric.measurements.map((each) => numberOf(each.value))) : '',
    escaped(shorten(message, MESSAGE_WIDTH)),
  ];
  return `| ${cells.join(' | ')} |`;
}

/** Nothing of a measured text becomes markup: neither a cell, a link or HTML, nor a mention of somebody. */
const escaped = (text: string): string =>
  printable(text)
    .replace(/[\\`*_{}[\]#|~!]/g, '\\$&')
    .replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`)
    // GitHub looks for mentions after all escapes are gone; a space of no width keeps it from finding one.
    .replaceAll('@', '@\u200b');
