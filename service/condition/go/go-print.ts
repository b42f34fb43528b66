import { MONTHS, WEEKDAYS } from './go-layout.js';
import { GoError } from './go-error.js';
import { formatGoDuration } from './go-duration.js';
import { formatFloat } from './go-number.js';
import { timeString } from './go-time-format.js';
import { IntRange } from './int-range.js';
import { ENTRY_PRICE, FLOAT_PRICE, Printer, TIME_PRICE } from './printer.js';
import type { Spend } from './spend.js';
import { utf8Compare } from './utf8.js';
import {
  GoArray,
  GoDuration,
  GoFunction,
  GoInteger,
  GoLocation,
  GoMap,
  GoPointer,
  GoStruct,
  GoTime,
  NamedMap,
  NamedString,
  TypedSlice,
  typeName,
} from './values.js';

export { toJson } from './go-json.js';

/**
 * fmt's `%v` of a value: `<nil>`, `[1 2]`, `map[a:1]`, `1e+06`, `1h0m0s`. A pointer prints what it points at and a
 * function its type, where Go prints an address. Throws GoError when the text passes `limit` characters; `spend` is told
 * what it costs.
 */
export function printValue(value: unknown, limit = Number.POSITIVE_INFINITY, spend?: Spend): string {
  if (typeof value === 'string') return value;
  const printer = new Printer(limit, spend);
  print(value, printer);
  return printer.toString();
}

/** The longest value that a message shows in full: messages are recorded, and results may have many megabytes. */
const MAX_SHOWN = 4096;

/** The same for messages: a value of more than some thousand characters is cut. */
export function shownValue(value: unknown): string {
  if (typeof value === 'string') return value.length > MAX_SHOWN ? `${value.slice(0, MAX_SHOWN)}…` : value;
  const printer = new Printer(MAX_SHOWN);
  try {
    print(value, printer);
  } catch (error) {
    // Longer than that, or nested deeper than anything is printed.
    if (error instanceof GoError) return `${printer.toString()}…`;
    throw error;
  }
  return printer.toString();
}

/** The name of a month or weekday as String() gives it, `%!Month(13)` for one that is none. */
export function nameOfInteger({ kind, value }: GoInteger): string {
  const weekday = kind === 'time.Weekday';
  const name = weekday ? WEEKDAYS[Number(value)] : MONTHS[Number(value) - 1];
  return name ?? `%!${weekday ? 'Weekday' : 'Month'}(${BigInt.asUintN(64, value)})`;
}

function print(value: unknown, printer: Printer): void {
  if (typeof value === 'number') printer.cost(FLOAT_PRICE);
  else if (value instanceof GoTime || value instanceof GoDuration) printer.cost(TIME_PRICE);
  const scalar = scalarText(value);
  if (scalar !== undefined) printer.add(scalar);
  else if (Array.isArray(value)) list(value, printer);
  else if (value instanceof IntRange) list(value, printer);
  else if (value instanceof TypedSlice || value instanceof GoArray) list(value.items, printer);
  else if (value instanceof NamedMap) record(value.entries, printer);
  else if (value instanceof GoMap) map(value, printer);
  else if (value instanceof GoStruct) struct(value, printer);
  else if (value instanceof NamedString) printer.add(value.text);
  else if (value instanceof GoPointer)
    printer.nested(() => {
      print(value.value, printer);
    });
  else if (typeof value === 'object' && value !== null) record(value, printer);
  else printer.add(typeName(value));
}

function scalarText(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
      return formatFloat(value, 'v');
    case 'bigint':
    case 'boolean':
      return String(value);
    default:
  }
  if (value === null || value === undefined) return '<nil>';
  if (value instanceof GoInteger)
    return value.kind.startsWith('time.') ? nameOfInteger(value) : String(value.value);
  if (value instanceof GoDuration) return formatGoDuration(value.ns);
  if (value instanceof GoTime) return timeString(value);
  if (value instanceof GoLocation) return value.zone.name;
  return value instanceof GoFunction ? value.typeName : undefined;
}

function list(items: { readonly length: number; at(index: number): unknown }, printer: Printer): void {
  printer.add('[');
  printer.nested(() => {
    for (let index = 0; index < items.length; index++) {
      if (index > 0) printer.add(' ');
      print(items.at(index), printer);
    }
  });
  printer.add(']');
}

function entries(pairs: readonly (readonly [unknown, unknown])[], printer: Printer): void {
  printer.add('map[');
  printer.nested(() => {
    for (const [index, [key, value]] of pairs.entries()) {
      if (index > 0) printer.add(' ');
      print(key, printer);
      printer.add(':');
      print(value, printer);
    }
  });
  printer.add(']');
}

function record(value: object, printer: Printer): void {
  const pairs = Object.entries(value);
  printer.cost(pairs.length * ENTRY_PRICE);
  entries(
    pairs.sort(([a], [b]) => utf8Compare(a, b)),
    printer,
  );
}

/** fmt prints maps by key: nil first, then by type, then by value. */
function map(value: GoMap, printer: Printer): void {
  printer.cost(value.size * ENTRY_PRICE);
  const pairs = value.keys.map((key, index) => [key, value.values[index]] as const);
  entries(
    pairs.sort(([a], [b]) => compareKeys(a, b)),
    printer,
  );
}

function compareKeys(a: unknown, b: unknown): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? -1 : 1;
  if (typeof a === 'string' && typeof b === 'string') return utf8Compare(a, b);
  if (typeof a === 'number' && typeof b === 'number')
    return Number.isNaN(a) ? -1 : Number.isNaN(b) ? 1 : a - b;
  const [x, y] = [integerOf(a), integerOf(b)];
  if (typeName(a) !== typeName(b)) return utf8Compare(typeName(a), typeName(b));
  if (x !== undefined && y !== undefined) return x < y ? -1 : x > y ? 1 : 0;
  return utf8Compare(printValue(a), printValue(b));
}

function integerOf(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return value;
  if (value instanceof GoInteger) return value.value;
  return value instanceof GoDuration ? value.ns : undefined;
}

function struct(value: GoStruct, printer: Printer): void {
  printer.add('{');
  printer.nested(() => {
    for (const [index, field] of Object.values(value.fields).entries()) {
      if (index > 0) printer.add(' ');
      print(field.value, printer);
    }
  });
  printer.add('}');
}
