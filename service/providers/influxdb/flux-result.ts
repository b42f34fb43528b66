import { GoError, quote } from '../../condition/index.js';
import { CsvError, csvRows } from './csv.js';
import { fluxValue } from './flux-value.js';

/** What a Flux query gave. */
export interface FluxResult {
  /** `_value` of each row of all tables in order; null where a row has none. */
  readonly values: readonly unknown[];
  /** Why what comes after these rows could not be read, or was not given; undefined: they are all. */
  readonly fault?: string;
}

/** The columns of a table, as its annotations tell them. */
interface Table {
  readonly types: string[];
  readonly defaults: string[];
  readonly names: string[];
}

/** What the next row without annotation is: names of columns, an error of the server, or values. */
type Expected = 'names' | 'error' | 'values';

class FluxError extends Error {
  override readonly name = 'FluxError';
}

/** The values of an answer in annotated CSV, as the client library of the reference reads it. Never throws. */
export function readFluxResult(text: string): FluxResult {
  const values: unknown[] = [];
  try {
    for (const value of valuesOf(text)) values.push(value);
    return { values };
  } catch (error) {
    if (!(error instanceof FluxError || error instanceof CsvError || error instanceof GoError)) throw error;
    return { values, fault: error.message };
  }
}

function* valuesOf(text: string): Generator<unknown, void> {
  let table: Table | undefined;
  let expected: Expected = 'values';
  let hasTypes = false;
  for (const [first = '', ...cells] of csvRows(text)) {
    if (cells.length === 0) continue;
    if (first.startsWith('#') && expected === 'values') {
      table = { types: cells.map(() => ''), defaults: cells.map(() => ''), names: cells.map(() => '') };
      expected = 'names';
      hasTypes = false;
    }
    if (table === undefined) throw new FluxError('annotations not found');
    if (cells.length !== table.types.length)
      throw new FluxError(`a row has ${cells.length} columns where its table has ${table.types.length}`);
    if (first !== '') {
      if (first === '#datatype') hasTypes = true;
      annotate(table, first, cells);
    } else if (expected === 'error') throw new FluxError(serverError(cells));
    else if (expected === 'names') {
      if (!hasTypes) throw new FluxError('datatype annotation not found');
      table.names.splice(0, cells.length, ...cells);
      expected = cells[0] === 'error' ? 'error' : 'values';
    } else yield valueOf(cells, table);
  }
}

function annotate(table: Table, annotation: string, cells: readonly string[]): void {
  if (annotation === '#datatype') table.types.splice(0, cells.length, ...cells);
  else if (annotation === '#default') table.defaults.splice(0, cells.length, ...cells);
  else if (annotation !== '#group') {
    // The reference takes such a row for the one before it once more, and crashes when there is none.
    throw new FluxError(
      annotation.startsWith('#')
        ? `${quote(annotation)} is no annotation of InfluxDB`
        : 'a row does not begin with an empty cell',
    );
  }
}

/** All columns must be readable; of several with one name the last counts. */
function valueOf(cells: readonly string[], { types, defaults, names }: Table): unknown {
  let found: unknown = null;
  for (const [index, cell] of cells.entries()) {
    const name = names[index] ?? '';
    const value = fluxValue(cell === '' ? (defaults[index] ?? '') : cell, types[index] ?? '', name);
    if (name === '_value') found = value;
  }
  return found;
}

function serverError([message = '', reference = '']: readonly string[]): string {
  return `${message === '' ? 'unknown query error' : message}${reference === '' ? '' : `,${reference}`}`;
}
