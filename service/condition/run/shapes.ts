import { GoArray, TypedSlice } from '../go/values.js';

/** The elements of a slice or an array; undefined for anything else. */
export function listOf(value: unknown): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value as readonly unknown[];
  return value instanceof TypedSlice || value instanceof GoArray ? value.items : undefined;
}

/** The record behind a map[string]interface {}; undefined for anything else. */
export function plainMap(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return undefined;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null ? (value as Readonly<Record<string, unknown>>) : undefined;
}
