import type { AnalysisRun } from '../../../schemas/index.js';
import type { Clock } from '../../platform/index.js';
import type { OutputStream } from '../io.js';
import type { Colors } from '../phase-style.js';
import { viewRun } from '../run-view.js';
import { liveLines } from './live.js';
import { nextMoves } from './next-moves.js';
import { plainProgress } from './plain.js';
import { createPainter } from './repaint.js';

/** Shows how a run goes while it goes. */
export interface ProgressReporter {
  update(run: AnalysisRun): void;
  /** A line that is not about a metric. */
  note(line: string): void;
  /** The run is over, or nobody watches any more. */
  end(): void;
}

/** How often the countdowns of live lines are drawn, in ms. */
const REDRAW_MS = 250;

/** Lines that are drawn over, where a person looks on; else a line for each thing that happens. */
export function createReporter(stream: OutputStream, colors: Colors, clock: Clock): ProgressReporter {
  return stream.isTty ? liveReporter(stream, colors, clock) : plainReporter(stream);
}

function plainReporter(stream: OutputStream): ProgressReporter {
  const follow = plainProgress();
  return {
    update(run) {
      for (const line of follow(run)) stream.write(`${line}\n`);
    },
    note(line) {
      stream.write(`${line}\n`);
    },
    end() {
      // Every line was written when it was due.
    },
  };
}

function liveReporter(stream: OutputStream, colors: Colors, clock: Clock): ProgressReporter {
  const painter = createPainter(stream);
  let current: AnalysisRun | undefined;
  const draw = (): void => {
    if (current === undefined) return;
    const nowMs = clock.nowMs();
    const frame = { run: viewRun(current), next: nextMoves(current, nowMs), nowMs, columns: stream.columns };
    painter.paint(liveLines(frame, colors));
  };
  const timer = setInterval(draw, REDRAW_MS);
  return {
    update(run) {
      current = run;
      draw();
    },
    note(line) {
      // Above the lines that are drawn over, where it stays.
      painter.clear();
      stream.write(`${line}\n`);
      draw();
    },
    end() {
      clearInterval(timer);
      painter.clear();
    },
  };
}
