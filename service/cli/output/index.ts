import { stringify } from 'yaml';
import type { AnalysisRun } from '../../../schemas/index.js';
import type { Colors } from '../phase-style.js';
import { viewRun } from '../run-view.js';
import { junitReport } from './junit.js';
import { markdownReport } from './markdown.js';
import { textReport } from './text.js';

/** What `--output` takes. */
export const OUTPUT_FORMATS = ['text', 'json', 'yaml', 'junit', 'markdown'] as const;
/** See {@link OUTPUT_FORMATS}. */
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

/**
 * A run in the format, with a line break at its end. JSON and YAML are the AnalysisRun object, for programs.
 * @param endedEarly why the command ended the run before it was decided; the reports say so.
 */
export function renderRun(
  run: AnalysisRun,
  format: OutputFormat,
  colors: Colors,
  endedEarly?: string,
): string {
  switch (format) {
    case 'text':
      return textReport(viewRun(run, endedEarly), colors);
    case 'json':
    case 'yaml':
      return renderObject(run, format);
    case 'junit':
      return junitReport(viewRun(run, endedEarly));
    case 'markdown':
      return markdownReport(viewRun(run, endedEarly));
  }
}

/** Plain data as JSON or YAML. Anchors are never written: other readers of YAML may refuse them. */
export function renderObject(value: unknown, format: 'json' | 'yaml'): string {
  return format === 'json'
    ? `${JSON.stringify(value, undefined, 2)}\n`
    : stringify(value, { aliasDuplicateObjects: false, lineWidth: 0 });
}
