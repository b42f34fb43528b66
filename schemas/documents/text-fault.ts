/** A place in a text. Both count from 1, as editors do. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Why a text is no document. */
export type TextFaultCode =
  | 'syntax'
  | 'duplicateKey'
  | 'tag'
  | 'aliases'
  | 'tooDeep'
  | 'tooLarge'
  | 'number'
  | 'encoding'
  | 'empty';

/** One thing that is wrong with a text, with the line it is in and a caret below the place. */
export interface TextFault {
  readonly code: TextFaultCode;
  readonly message: string;
  readonly position?: Position;
  /** The line and a caret, ready to be printed. */
  readonly excerpt?: string;
}

/** A text that can not be read as documents. `message` has all faults, one a paragraph. */
export class DocumentTextError extends Error {
  override readonly name = 'DocumentTextError';
  readonly faults: readonly TextFault[];

  /** `source` names the text in messages, e.g. a file name. */
  constructor(faults: readonly TextFault[], source?: string) {
    super(faults.map((fault) => describe(fault, source)).join('\n'));
    this.faults = faults;
  }
}

function describe({ message, position, excerpt }: TextFault, source: string | undefined): string {
  const place = position === undefined ? [] : [position.line, position.column];
  const where = [...(source === undefined ? [] : [source]), ...place].join(':');
  return `${where === '' ? '' : `${where}: `}${message}${excerpt === undefined ? '' : `\n${excerpt}`}`;
}

/** Characters of a line that an excerpt shows. */
const EXCERPT_WIDTH = 80;

/**
 * The line of a position, cut to a window around it, and a caret below:
 *
 *     3 |   interval: 5m: 10m
 *       |               ^
 */
export function excerptAt(text: string, { line, column }: Position): string {
  const whole = lineOf(text, line);
  const from = Math.max(0, Math.min(column - 1 - EXCERPT_WIDTH / 2, whole.length - EXCERPT_WIDTH));
  const window = whole.slice(from, from + EXCERPT_WIDTH).replaceAll('\t', ' ');
  const margin = `${line} | `;
  return `${margin}${window}\n${' '.repeat(margin.length - 2)}| ${' '.repeat(Math.max(0, column - 1 - from))}^`;
}

function lineOf(text: string, line: number): string {
  let start = 0;
  for (let passed = 1; passed < line; passed++) {
    const end = text.indexOf('\n', start);
    if (end === -1) return '';
    start = end + 1;
  }
  const end = text.indexOf('\n', start);
  return text.slice(start, end === -1 ? undefined : end).replace(/\r$/, '');
}
