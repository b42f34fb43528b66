/** Where a condition went wrong: while reading it, checking its types, running it, or against its budget. */
export type ConditionErrorCode = 'syntax' | 'type' | 'run' | 'budget';

/** A place in a condition's source: an offset in UTF-16 units. */
export type Offset = number;

/**
 * A condition that cannot be compiled or evaluated. `message` is the bare text that the reference gives;
 * `line` (from 1), `column` (from 1) and `snippet` (the line with a caret below) point into the source.
 */
export class ConditionError extends Error {
  override readonly name = 'ConditionError';
  readonly code: ConditionErrorCode;
  readonly line: number;
  readonly column: number;
  readonly snippet: string;

  constructor(
    code: ConditionErrorCode,
    message: string,
    source = '',
    offset: Offset = 0,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.code = code;
    const place = locate(source, offset);
    this.line = place.line;
    this.column = place.column;
    this.snippet = place.snippet;
  }

  /** Whether it is found before any value is known: `compile`, or only with a value: `run`. */
  get stage(): 'compile' | 'run' {
    return this.code === 'syntax' || this.code === 'type' ? 'compile' : 'run';
  }
}

const SNIPPET_WIDTH = 120;

function locate(source: string, offset: Offset): { line: number; column: number; snippet: string } {
  const at = Math.max(0, Math.min(offset, source.length));
  const start = at === 0 ? 0 : source.lastIndexOf('\n', at - 1) + 1;
  const newline = source.indexOf('\n', at);
  const end = newline === -1 ? source.length : newline;
  const line = source.slice(0, start).split('\n').length;
  const column = at - start + 1;
  // A very long line is shown around the place only.
  const from = Math.max(start, at - SNIPPET_WIDTH / 2);
  const text = source.slice(from, Math.min(end, from + SNIPPET_WIDTH)).replaceAll('\t', ' ');
  return { line, column, snippet: `${text}\n${' '.repeat(at - from)}^` };
}
