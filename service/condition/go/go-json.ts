import { civilOf } from './go-civil.js';
import { GoError } from './go-error.js';
import { RFC3339_NANO } from './go-layout.js';
import { formatFloat } from './go-number.js';
import { formatTime } from './go-time-format.js';
import { ENTRY_PRICE, FLOAT_PRICE, Printer, TIME_PRICE } from './printer.js';
import type { Spend } from './spend.js';
import { utf8Compare } from './utf8.js';
import {
  bytesOf,
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

const INDENT = '  ';
/** Characters that are looked at, and escaped where that is due, in the time of one step. */
const ESCAPED_A_STEP = 1;

/**
 * json.MarshalIndent with two spaces: keys sorted, `<`, `>` and `&` escaped, bytes as base64. Throws GoError with
 * Go's text for what has no JSON (NaN, maps whose keys are no strings, functions), or when the text passes `limit`
 * characters; `spend` is told what it costs.
 */
export function toJson(value: unknown, limit = Number.POSITIVE_INFINITY, spend?: Spend): string {
  const printer = new Printer(limit, spend);
  write(value, printer);
  return printer.toString();
}

function write(value: unknown, printer: Printer): void {
  if (typeof value === 'number') printer.cost(FLOAT_PRICE);
  else if (typeof value === 'string') printer.cost(value.length / ESCAPED_A_STEP);
  else if (value instanceof GoTime) printer.cost(TIME_PRICE);
  const scalar = scalarJson(value);
  if (scalar !== undefined) printer.add(scalar);
  else if (Array.isArray(value)) list(value, printer);
  else if (value instanceof TypedSlice) slice(value, printer);
  else if (value instanceof GoArray) list(value.items, printer);
  else if (value instanceof NamedMap) object(sortedEntries(value.entries, printer), printer);
  else if (value instanceof GoStruct)
    object(
      Object.entries(value.fields).map(([name, field]) => [name, field.value]),
      printer,
    );
  else if (value instanceof NamedString) write(value.text, printer);
  else if (value instanceof GoPointer) write(value.value, printer);
  else if (value instanceof GoMap || value instanceof GoFunction)
    throw new GoError(`json: unsupported type: ${typeName(value)}`);
  else if (typeof value === 'object' && value !== null) object(sortedEntries(value, printer), printer);
  else throw new GoError(`json: unsupported type: ${typeName(value)}`);
}

function scalarJson(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return jsonString(value);
    case 'number':
      return jsonFloat(value);
    case 'bigint':
    case 'boolean':
      return String(value);
    default:
  }
  if (value === null || value === undefined) return 'null';
  if (value instanceof GoInteger) return String(value.value);
  if (value instanceof GoDuration) return String(value.ns);
  if (value instanceof GoTime) return jsonTime(value);
  // A location has no exported fields.
  return value instanceof GoLocation ? '{}' : undefined;
}

function jsonFloat(value: number): string {
  if (!Number.isFinite(value)) throw new GoError(`json: unsupported value: ${formatFloat(value, 'g')}`);
  const size = Math.abs(value);
  if (size === 0 || (size >= 1e-6 && size < 1e21)) return formatFloat(value, 'f');
  return formatFloat(value, 'e').replace(/e-0(\d)$/, 'e-$1');
}

function jsonTime(time: GoTime): string {
  const { year, offset } = civilOf(time);
  const fail = (reason: string): never => {
    throw new GoError(`json: error calling MarshalJSON for type time.Time: Time.MarshalJSON: ${reason}`);
  };
  if (year < 0 || year > 9999) fail('year outside of range [0,9999]');
  if (Math.abs(offset) >= 24 * 3600) fail('timezone hour outside of range [0,23]');
  return `"${formatTime(time, RFC3339_NANO)}"`;
}

const SHORT: Readonly<Record<string, string | undefined>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};
const ESCAPED = /["\\<>&\0-\x1f\u2028\u2029]|\p{Surrogate}/gu;

/** A string in JSON as encoding/json writes it, safe within HTML. What is no UTF-8 becomes `\ufffd`. */
function jsonString(text: string): string {
  const escaped = text.replace(ESCAPED, (char) => {
    const code = char.charCodeAt(0);
    if (code >= 0xd800 && code <= 0xdfff) return '\\ufffd';
    return SHORT[char] ?? `\\u${code.toString(16).padStart(4, '0')}`;
  });
  return `"${escaped}"`;
}

function slice(value: TypedSlice, printer: Printer): void {
  if (value.isNil) {
    printer.add('null');
    return;
  }
  const bytes = bytesOf(value);
  if (bytes === undefined) list(value.items, printer);
  else printer.add(`"${base64(bytes)}"`);
}

/** Standard base64 with padding. */
export function base64(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

function list(items: readonly unknown[], printer: Printer): void {
  block('[', ']', items, printer, (item) => {
    write(item, printer);
  });
}

function object(pairs: readonly (readonly [string, unknown])[], printer: Printer): void {
  block('{', '}', pairs, printer, ([key, value]) => {
    printer.add(`${jsonString(key)}: `);
    write(value, printer);
  });
}

function block<T>(
  open: string,
  close: string,
  items: readonly T[],
  printer: Printer,
  writeItem: (item: T) => void,
): void {
  if (items.length === 0) {
    printer.add(open + close);
    return;
  }
  printer.add(open);
  printer.nested(() => {
    const start = `\n${INDENT.repeat(printer.level)}`;
    for (const [index, item] of items.entries()) {
      printer.add(index > 0 ? `,${start}` : start);
      writeItem(item);
    }
  });
  printer.add(`\n${INDENT.repeat(printer.level)}${close}`);
}

function sortedEntries(value: object, printer: Printer): readonly (readonly [string, unknown])[] {
  const pairs = Object.entries(value);
  printer.cost(pairs.length * ENTRY_PRICE);
  return pairs.sort(([a], [b]) => utf8Compare(a, b));
}
