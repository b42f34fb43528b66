import type { OutputStream } from '../io.js';
import type { Colors } from '../phase-style.js';
import { shorten } from '../printable.js';
import { createPainter } from '../progress/repaint.js';
import { seconds } from './story.js';

/** Tells the story line by line. */
export interface Teller {
  /** Lines as they are. */
  say(...lines: readonly string[]): void;
  /** A line with the time since the beginning before it. */
  note(line: string): void;
  /** Goes on showing this line under all others, where a person looks at a terminal, until another one or nothing is. */
  watch(line: (() => string) | undefined): void;
}

const REDRAW_MS = 200;
const TIME_WIDTH = '00.0 s'.length;

/** A teller on a stream. Its clock begins now. */
export function createTeller(stream: OutputStream, { dim }: Colors): Teller {
  const startedAt = performance.now();
  const painter = createPainter(stream);
  let watched: (() => string) | undefined;
  let timer: NodeJS.Timeout | undefined;

  const paint = (): void => {
    if (watched !== undefined) painter.paint([dim(shorten(watched(), stream.columns - 1))]);
  };
  const say = (...lines: readonly string[]): void => {
    painter.clear();
    stream.write(lines.map((line) => `${line}\n`).join(''));
    paint();
  };
  return {
    say,
    note(line) {
      say(`${dim(seconds(performance.now() - startedAt).padStart(TIME_WIDTH))}  ${line}`);
    },
    watch(line) {
      if (!stream.isTty) return;
      clearInterval(timer);
      painter.clear();
      watched = line;
      if (line === undefined) return;
      paint();
      timer = setInterval(paint, REDRAW_MS);
    },
  };
}
