import { GoError } from '../go/go-error.js';
import { shownValue } from '../go/go-print.js';
import { IntRange } from '../go/int-range.js';
import { utf8Decode, utf8Encode, utf8Length } from '../go/utf8.js';
import {
  GoArray,
  GoMap,
  GoPointer,
  GoStruct,
  GoTime,
  goByte,
  NamedMap,
  TypedSlice,
  typeName,
} from '../go/values.js';
import { assertType, toIndex, toWhole } from './numbers.js';
import { lengthOf, listOf, plainMap } from './shapes.js';

/** `len` of a value: characters of a string, elements of a list or map; undefined for what has none. */
export function sizeOf(value: unknown): number | undefined {
  if (typeof value === 'string') return runeCount(value);
  const length = lengthOf(value);
  if (length !== undefined) return length;
  if (value instanceof NamedMap) return Object.keys(value.entries).length;
  if (value instanceof GoMap) return value.size;
  const map = plainMap(value);
  return map === undefined ? undefined : Object.keys(map).length;
}

function runeCount(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** `object.property` and `object[property]`. Throws GoError where the reference panics. */
export function fetch(object: unknown, property: unknown): unknown {
  if (typeof property === 'string') {
    const entries = object instanceof NamedMap ? object.entries : plainMap(object);
    if (entries !== undefined) return Object.hasOwn(entries, property) ? (entries[property] ?? null) : null;
  }
  if (object === null || (object instanceof GoPointer && object.value === null)) {
    throw new GoError(`cannot fetch ${shownValue(property)} from ${typeName(object)}`);
  }
  if (object instanceof IntRange) return object.at(position(object.length, property));
  const list = listOf(object);
  if (list !== undefined) return element(list, property);
  if (typeof object === 'string') return goByte(element(Array.from(utf8Encode(object)), property) as number);
  if (object instanceof GoMap) return object.get(property) ?? zeroOf(object);
  if (object instanceof NamedMap || plainMap(object) !== undefined) {
    if (property === null) return null;
    throw new GoError(
      `reflect.Value.MapIndex: value of type ${typeName(property)} is not assignable to type string`,
    );
  }
  if (object instanceof GoStruct && typeof property === 'string' && Object.hasOwn(object.fields, property)) {
    return dereferenced(object.fields[property]?.value ?? null);
  }
  if (object instanceof GoPointer) return fetch(object.value, property);
  if ((object instanceof GoStruct || object instanceof GoTime) && typeof property !== 'string')
    throw assertType(property, 'string');
  throw new GoError(`cannot fetch ${shownValue(property)} from ${typeName(object)}`);
}

/** What Go gives for a missing key: nil, of the map's element type. */
function zeroOf(map: GoMap): unknown {
  return map.typeName.endsWith('[]interface {}') ? new TypedSlice('interface {}', [], true) : null;
}

/** A pointer field is read through, as the reference does. */
function dereferenced(value: unknown): unknown {
  return value instanceof GoPointer && value.value !== null ? value.value : value;
}

function element(list: readonly unknown[], property: unknown): unknown {
  return list[position(list.length, property)] ?? null;
}

/** Where an index points to in a list of a length. Throws GoError when that is beside it. */
function position(length: number, property: unknown): number {
  const index = toWhole(property);
  const at = index < 0n ? BigInt(length) + index : index;
  if (at < 0n || at >= BigInt(length))
    throw new GoError(`index out of range: ${at} (array length is ${length})`);
  return Number(at);
}

/** `get(from, key)`: nil where `fetch` would fail for a missing element. */
export function get(from: unknown, key: unknown): unknown {
  if (from === null || key === null) return null;
  if (from instanceof IntRange) {
    const index = toIndex(key);
    const at = index < 0 ? from.length + index : index;
    return at >= 0 && at < from.length ? from.at(at) : null;
  }
  const list = typeof from === 'string' ? Array.from(utf8Encode(from), goByte) : listOf(from);
  if (list !== undefined) {
    const index = toIndex(key);
    return list[index < 0 ? list.length + index : index] ?? null;
  }
  const entries = from instanceof NamedMap ? from.entries : plainMap(from);
  if (entries !== undefined)
    return typeof key === 'string' && Object.hasOwn(entries, key) ? (entries[key] ?? null) : null;
  if (from instanceof GoMap) return from.get(key) ?? zeroOf(from);
  if (from instanceof GoStruct || (from instanceof GoTime && typeof key !== 'string'))
    return fetch(from, key);
  return null;
}

/** `value[from:to]`, bounds counted from the end when negative and cut to the length. Strings count bytes. */
export function slice(value: unknown, from: unknown, to: unknown): unknown {
  const isAscii = typeof value === 'string' && utf8Length(value) === value.length;
  const bytes = typeof value === 'string' && !isAscii ? utf8Encode(value) : undefined;
  const list = listOf(value);
  const length = isAscii ? value.length : (bytes?.length ?? list?.length);
  if (length === undefined) throw new GoError(`cannot slice ${shownValue(from)}`);
  const first = bound(from, length);
  const end = Math.min(bound(to, length), length);
  const start = Math.min(first, end);
  if (isAscii) return value.slice(start, end);
  if (bytes !== undefined) return utf8Decode(bytes.subarray(start, end));
  if (value instanceof TypedSlice && value.isNil) return value;
  const items = (list ?? []).slice(start, end);
  return value instanceof TypedSlice || value instanceof GoArray ? new TypedSlice(value.elem, items) : items;
}

function bound(value: unknown, length: number): number {
  const index = toIndex(value);
  return index < 0 ? Math.max(0, length + index) : index;
}

/** The length that an open slice ends at: bytes of a string. Throws GoError as `len` does. */
export function sliceLength(value: unknown): bigint {
  const size = typeof value === 'string' ? utf8Length(value) : sizeOf(value);
  if (size === undefined) throw new GoError(`invalid argument for len (type ${typeName(value)})`);
  return BigInt(size);
}
