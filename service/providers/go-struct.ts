import {
  isJsonArray,
  type JsonValue,
  MAX_JSON_DEPTH,
  parseFirstGoJson,
  type ParsedJson,
  parseGoJson,
} from './go-json.js';
import { ProviderError } from './provider-error.js';

/** An answer is not JSON, or not of the shape that is read. */
export class ShapeError extends ProviderError {}

/** A JSON object, as it is read into a Go struct. */
export type GoStruct = { readonly [name: string]: JsonValue };

/**
 * Reads the body of an answer as Go's encoding/json does into a struct: null, here and in the readers below, is the same
 * as absence.
 * @throws ShapeError
 */
export const readStruct = (text: string): GoStruct => structOf(valueOf(parseGoJson(text)), 'the answer');

/**
 * The first value of a body, as Go's json.Decoder reads one: what follows it is not looked at.
 * @throws ShapeError
 */
export const readFirst = (text: string): JsonValue => valueOf(parseFirstGoJson(text));

function valueOf(parsed: ParsedJson): JsonValue {
  if (parsed.kind === 'notJson') throw malformed('the answer is not JSON');
  if (parsed.kind === 'tooDeep')
    throw malformed(`the answer is nested more than ${MAX_JSON_DEPTH} levels deep`);
  return parsed.value;
}

/** The member of a name, written in any letter case; of several the last. */
export function member(struct: GoStruct, name: string): JsonValue | undefined {
  return Object.entries(struct).findLast(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
}

/**
 * A value as an object; nothing is an object without members. `what` is its name in errors.
 * @throws ShapeError, as all that follow
 */
export function structOf(value: JsonValue | undefined, what: string): GoStruct {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || isJsonArray(value)) throw wrongKind(value, what, 'an object');
  return value;
}

/** A value as a list; undefined: there is none. */
export function listOf(value: JsonValue | undefined, what: string): readonly JsonValue[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isJsonArray(value)) throw wrongKind(value, what, 'a list');
  return value;
}

/** A value as a number; undefined: there is none. */
export function numberOf(value: JsonValue | undefined, what: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number') throw wrongKind(value, what, 'a number');
  return value;
}

/** A value as a text; nothing is an empty one. */
export function textOf(value: JsonValue | undefined, what: string): string {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') throw wrongKind(value, what, 'a text');
  return value;
}

/** A value as a whole number that an int64 holds; undefined: there is none. */
export function wholeOf(value: JsonValue | undefined, what: string): number | undefined {
  const number = numberOf(value, what);
  if (number === undefined || (Number.isInteger(number) && Math.abs(number) < 2 ** 63)) return number;
  throw malformed(`json: cannot unmarshal number ${number}: ${what} must be a whole number`);
}

/** Reads a value as one kind, or throws a ShapeError that names it. */
export type Reader = (value: JsonValue | undefined, what: string) => unknown;

/** Reads a value as a list whose items `read` takes. */
export const listWith =
  (read: Reader): Reader =>
  (value, what) =>
    listOf(value, what)?.forEach((item) => read(item, `an item of ${what}`));

/** Reads a value as an object whose members `read` takes, whatever their names are. */
export const mapWith =
  (read: Reader): Reader =>
  (value, what) => {
    for (const [name, item] of Object.entries(structOf(value, what))) read(item, `${what}.${name}`);
  };

/**
 * Checks members that nobody looks at. Go reads an answer into a struct whole, so that in the reference a member of
 * another kind than the client library has is an Error, whatever it is.
 */
export function checkMembers(struct: GoStruct, readers: Readonly<Record<string, Reader>>): void {
  for (const [name, read] of Object.entries(readers)) read(member(struct, name), name);
}

/** The kind of a value in the words of encoding/json. */
export function goKind(value: JsonValue): 'array' | 'object' | 'string' | 'bool' | 'number' | 'null' {
  if (value === null) return 'null';
  if (isJsonArray(value)) return 'array';
  const kind = typeof value;
  if (kind === 'boolean') return 'bool';
  return kind === 'string' || kind === 'number' ? kind : 'object';
}

const wrongKind = (value: JsonValue, what: string, wanted: string): ShapeError =>
  malformed(`json: cannot unmarshal ${goKind(value)}: ${what} must be ${wanted}`);

const malformed = (message: string): ShapeError => new ShapeError('badResponse', message);
