import { isJsonArray, type JsonValue } from '../go-json.js';

/**
 * An integer that a path made itself: a literal (`{5}`, Go's int), or a byte of a text (`{.name.*}`, uint8). The
 * numbers of a document are float64 and never equal to one.
 */
export class GoInteger {
  readonly type: 'int' | 'uint8';
  readonly value: bigint;

  constructor(type: 'int' | 'uint8', value: bigint) {
    this.type = type;
    this.value = value;
  }
}

/** What Go calls the zero reflect.Value: a whole document (or an item of a `range`) that is null. */
export const NO_VALUE = Symbol('no value');

/** A value on its way through a path. */
export type PathValue = JsonValue | GoInteger | typeof NO_VALUE;

/** A JSON object. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** Whether a value is a JSON object: neither an array, nor a value that a path made. */
export function isJsonObject(value: PathValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !isJsonArray(value) && !(value instanceof GoInteger);
}

/** The name of a value's type as Go prints it. */
export function goTypeName(value: PathValue): string {
  if (value instanceof GoInteger) return value.type;
  if (isJsonArray(value)) return '[]interface {}';
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'boolean':
      return 'bool';
    case 'number':
      return 'float64';
    default:
      return 'map[string]interface {}';
  }
}

/** The UTF-8 bytes of a text, as Go's reflection indexes a string. */
export function bytesOf(text: string): GoInteger[] {
  return Array.from(new TextEncoder().encode(text), (byte) => new GoInteger('uint8', BigInt(byte)));
}
