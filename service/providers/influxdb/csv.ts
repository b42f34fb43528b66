/** A text that Go's encoding/csv does not read. */
export class CsvError extends Error {
  override readonly name = 'CsvError';
}

/** A field of one row: its text, and where the text goes on. */
interface Field {
  readonly value: string;
  readonly next: number;
}

/**
 * The rows of a CSV text as Go's encoding/csv reads them: commas, lines that end in LF or CRLF, fields in quotes with
 * any text, rows of any length; empty lines are skipped.
 * @throws CsvError at the first row that is malformed; the rows before it have been given
 */
export function* csvRows(text: string): Generator<readonly string[], void> {
  let at = 0;
  while (at < text.length) {
    const empty = lineEnd(text, at);
    if (empty !== undefined) {
      at += empty;
      continue;
    }
    const row: string[] = [];
    for (;;) {
      const { value, next } = text[at] === '"' ? quotedField(text, at) : plainField(text, at);
      row.push(value);
      at = next;
      if (text[at] !== ',') break;
      at += 1;
    }
    at += lineEnd(text, at) ?? 0;
    yield row;
  }
}

/** Length of the end of a line at a place; undefined: the line goes on. */
function lineEnd(text: string, at: number): number | undefined {
  if (at >= text.length) return 0;
  if (text[at] === '\n') return 1;
  if (text[at] !== '\r') return undefined;
  if (text[at + 1] === '\n') return 2;
  return at + 1 === text.length ? 1 : undefined;
}

function plainField(text: string, at: number): Field {
  const untilEnd = /[^,\n]*/y;
  untilEnd.lastIndex = at;
  const raw = untilEnd.exec(text)?.[0] ?? '';
  const next = at + raw.length;
  const value = text[next] !== ',' && raw.endsWith('\r') ? raw.slice(0, -1) : raw;
  if (value.includes('"')) throw new CsvError('parse error: bare " in non-quoted field');
  return { value, next: at + value.length };
}

function quotedField(text: string, at: number): Field {
  let close = text.indexOf('"', at + 1);
  while (close !== -1 && text[close + 1] === '"') close = text.indexOf('"', close + 2);
  const next = close + 1;
  if (close === -1 || (text[next] !== ',' && lineEnd(text, next) === undefined))
    throw new CsvError('parse error: extraneous or missing " in quoted field');
  const value = text
    .slice(at + 1, close)
    .replaceAll('""', '"')
    .replaceAll('\r\n', '\n');
  return { value, next };
}
