import pc from 'picocolors';
import type { AnalysisPhase } from '../../schemas/index.js';

/** The colours of a stream: all of them do nothing where none are wanted. */
export type Colors = ReturnType<typeof pc.createColors>;

/** Colours, or none. */
export const colorsWhen = (colorful: boolean): Colors => pc.createColors(colorful);

/** A sign a phase, so that colour is never the only difference. */
export const PHASE_SIGN: Readonly<Record<AnalysisPhase, string>> = {
  '': '·',
  Pending: '·',
  Running: '●',
  Successful: '✔',
  Failed: '✖',
  Error: '!',
  Inconclusive: '?',
};

/** A text in the colour of a phase. */
export function inPhaseColor(phase: AnalysisPhase, text: string, colors: Colors): string {
  switch (phase) {
    case 'Successful':
      return colors.green(text);
    case 'Failed':
      return colors.red(text);
    case 'Error':
      return colors.magenta(text);
    case 'Inconclusive':
      return colors.yellow(text);
    case 'Running':
      return colors.cyan(text);
    case 'Pending':
    case '':
      return colors.dim(text);
  }
}
