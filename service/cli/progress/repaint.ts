import type { OutputStream } from '../io.js';

const CURSOR_UP = (lines: number): string => `\u001b[${lines}A`;
const CLEAR_TO_END = '\u001b[0J';

/** Draws a block of lines over the one drawn before. */
export interface Painter {
  paint(lines: readonly string[]): void;
  /** Takes the block away, so that a final report can stand in its place. */
  clear(): void;
}

/** A painter on a terminal. Lines must not be wider than it. */
export function createPainter(stream: OutputStream): Painter {
  let drawn: readonly string[] = [];
  const back = (): string => `${drawn.length === 0 ? '' : CURSOR_UP(drawn.length)}\r${CLEAR_TO_END}`;
  return {
    paint(lines) {
      if (lines.length === drawn.length && lines.every((line, index) => line === drawn[index])) return;
      stream.write(`${back()}${lines.map((line) => `${line}\n`).join('')}`);
      drawn = lines;
    },
    clear() {
      if (drawn.length > 0) stream.write(back());
      drawn = [];
    },
  };
}
