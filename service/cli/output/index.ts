import { stringify } from 'yaml';
import type { AnalysisRun } from '../../../schemas/index.js';
import type { Colors } from '../phase-style.js';
import { viewRun } from '../run-view.js';
import type { OutputFormat } from './formats.js';
import { junitReport } from './junit.js';
import { markdownReport } from './markdown.js';
import { textReport } from './text.js';

/**
 * A run in the format, with a line break at its end. JSON and YAML are the AnalysisRun object, for programs.
 * @param endedEarly why the run is shown before it was decided. No format has a verdict then, and each one says why.
 */
export function renderRun(
  run: AnalysisRun,
  format: OutputFormat,
  colors: Colors,
  endedEarly?: string,
): string {
  const shown = endedEarly === undefined ? run : withoutVerdict(run, endedEarly);
  switch (format) {
    case 'text':
      return textReport(viewRun(shown, endedEarly), colors);
    case 'json':
    case 'yaml':
      return renderObject(shown, format);
    case 'junit':
      return junitReport(viewRun(shown, endedEarly));
    case 'markdown':
      return markdownReport(viewRun(shown, endedEarly));
  }
}

/** Says in the AnalysisRun object why it has no verdict. */
const NO_VERDICT_ANNOTATION = 'assay.dev/not-a-verdict';

/**
 * A run that was terminated may be Successful, as in the reference, though it was not decided: a program that reads the
 * object must not promote a release for it.
 */
function withoutVerdict(run: AnalysisRun, why: string): AnalysisRun {
  const annotations = { ...run.metadata?.annotations, [NO_VERDICT_ANNOTATION]: why };
  const metadata = { ...run.metadata, annotations };
  if (run.status === undefined) return { ...run, metadata };
  const { verdict: _verdict, ...status } = run.status;
  return { ...run, metadata, status };
}

/** Plain data as JSON or YAML. Anchors are never written: other readers of YAML may refuse them. */
export function renderObject(value: unknown, format: 'json' | 'yaml'): string {
  return format === 'json'
    ? `${JSON.stringify(value, undefined, 2)}\n`
    : stringify(value, { aliasDuplicateObjects: false, lineWidth: 0 });
}
