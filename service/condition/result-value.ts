import { NamedMap, TypedSlice } from './go/values.js';
import { plainMap } from './run/shapes.js';
import { ARRAY, BOOL, FLOAT, MAP, NAMED_TYPES, NIL, STRING, type Type } from './types.js';
import type { TypedValue } from './typed-value.js';

/** The static type that the reference compiles conditions against. */
export function staticType({ type, value }: TypedValue): Type {
  // A nil pointer or slice is handed to a condition as an untyped nil.
  if (value === null) return NIL;
  if (type === 'json' || type === '*float64') return typeOfJson(value);
  return NAMED_TYPES[type] ?? NIL;
}

function typeOfJson(value: unknown): Type {
  switch (typeof value) {
    case 'number':
      return FLOAT;
    case 'string':
      return STRING;
    case 'boolean':
      return BOOL;
    default:
      if (value === null || value === undefined) return NIL;
      return Array.isArray(value) ? ARRAY : MAP;
  }
}

const ELEMENTS: Readonly<Record<string, string>> = {
  'float64[]': 'float64',
  'int[]': 'int',
  'string[]': 'string',
  'any[]': 'interface {}',
  'nrdb.NRDBResult[]': 'nrdb.NRDBResult',
  'types.MetricDataResult[]': 'types.MetricDataResult',
};

/** The run-time value of a result: a plain JavaScript value where one is equal to Go's (see go/values.ts). */
export function runtimeValue({ type, value }: TypedValue): unknown {
  if (value === null || value === undefined) return null;
  const element = ELEMENTS[type];
  if (element !== undefined) {
    if (!Array.isArray(value)) return value;
    if (type === 'any[]') return value;
    return new TypedSlice(
      element,
      type === 'nrdb.NRDBResult[]' ? value.map(newRelicRow) : (value as readonly unknown[]),
    );
  }
  if (type === 'nrdb.NRDBResult') return newRelicRow(value);
  return value;
}

function newRelicRow(value: unknown): unknown {
  const entries = plainMap(value);
  return entries === undefined ? value : new NamedMap('nrdb.NRDBResult', entries);
}
