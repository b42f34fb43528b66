import { GoError } from '../go/go-error.js';
import { printValue } from '../go/go-print.js';
import { utf8Decode, utf8Encode, utf8Length } from '../go/utf8.js';
import { GoArray, GoMap, GoPointer, GoStruct, goByte, NamedMap, TypedSlice, typeName } from '../go/values.js';
import { toIndex, toWhole } from './numbers.js';
import { listOf, plainMap } from './shapes.js';

/** Stands for the elements of a map: it has a length to go over, but reading one is an error, as in the reference. */
export const UNREADABLE = Symbol('an element that cannot be read');

/** The elements that a predicate function goes over. Throws GoError as Go's reflect does. */
export function elementsOf(value: unknown): readonly unknown[] {
  const list = listOf(value);
  if (list !== undefined) return list;
  if (value === null) throw new GoError('reflect: call of reflect.Value.Len on zero Value');
  const size = sizeOf(value);
  if (size === undefined) throw new GoError(`reflect: call of reflect.Value.Len on ${typeName(value)} Value`);
  // A map or a string has a length, but its elements cannot be taken by index.
  if (typeof value === 'string') return Array.from(utf8Encode(value), goByte);
  return new Array<unknown>(size).fill(UNREADABLE);
}

/** `len` of a value: characters of a string, elements of a list or map; undefined for what has none. */
export function sizeOf(value: unknown): number | undefined {
  if (typeof value === 'string') return runeCount(value);
  const list = listOf(value);
  if (list !== undefined) return list.length;
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
    throw new GoError(`cannot fetch ${printValue(property)} from ${typeName(object)}`);
  }
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
  throw new GoError(`cannot fetch ${printValue(property)} from ${typeName(object)}`);
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
  const index = toWhole(property);
  const at = index < 0n ? BigInt(list.length) + index : index;
  if (at < 0n || at >= BigInt(list.length))
    throw new GoError(`index out of range: ${at} (array length is ${list.length})`);
  return list[Number(at)] ?? null;
}

/** `get(from, key)`: nil where `fetch` would fail for a missing element. */
export function get(from: unknown, key: unknown): unknown {
  if (from === null || key === null) return null;
  const list = typeof from === 'string' ? Array.from(utf8Encode(from), goByte) : listOf(from);
  if (list !== undefined) {
    const index = toIndex(key);
    return list[index < 0 ? list.length + index : index] ?? null;
  }
  const entries = from instanceof NamedMap ? from.entries : plainMap(from);
  if (entries !== undefined)
    return typeof key === 'string' && Object.hasOwn(entries, key) ? (entries[key] ?? null) : null;
  if (from instanceof GoMap) return from.get(key) ?? zeroOf(from);
  if (from instanceof GoStruct) return fetch(from, key);
  return null;
}

/** `value[from:to]`, bounds counted from the end when negative and cut to the length. Strings count bytes. */
export function slice(value: unknown, from: unknown, to: unknown): unknown {
  const bytes = typeof value === 'string' ? utf8Encode(value) : undefined;
  const list = listOf(value);
  const length = bytes?.length ?? list?.length;
  if (length === undefined) throw new GoError(`cannot slice ${printValue(from)}`);
  const end = Math.min(bound(to, length), length);
  const start = Math.min(bound(from, length), end);
  if (bytes !== undefined) return utf8Decode(bytes.subarray(start, end));
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
