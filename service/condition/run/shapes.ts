import { IntRange } from '../go/int-range.js';
import { utf8Encode } from '../go/utf8.js';
import { GoArray, TypedSlice } from '../go/values.js';

/** The elements of a slice or an array; undefined for anything else. */
export function listOf(value: unknown): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value as readonly unknown[];
  return value instanceof TypedSlice || value instanceof GoArray ? value.items : undefined;
}

/** How many elements a slice or an array has, of a range without making them; undefined for anything else. */
export function lengthOf(value: unknown): number | undefined {
  return value instanceof IntRange ? value.length : listOf(value)?.length;
}

/** The record behind a map[string]interface {}; undefined for anything else. */
export function plainMap(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return undefined;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null
    ? (value as Readonly<Record<string, unknown>>)
    : undefined;
}

/** A Go string as one character a byte, for searching as Go does; the text itself when it is plain ASCII. */
export function binary(text: string): string {
  if (/^[\0-\x7f]*$/.test(text)) return text;
  return binaryOf(utf8Encode(text));
}

/** As many arguments as a call may have on any stack. */
const CHUNK = 4096;

/** Bytes as one character each. */
export function binaryOf(bytes: Uint8Array): string {
  let out = '';
  for (let at = 0; at < bytes.length; at += CHUNK)
    out += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  return out;
}
