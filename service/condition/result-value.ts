import { GoPointer, TypedSlice } from './go/values.js';
import { ARRAY, BOOL, FLOAT, MAP, NAMED_TYPES, NIL, STRING, type Type } from './types.js';
import type { TypedValue } from './typed-value.js';

/** The static type that the reference compiles conditions against. */
export function staticType({ type, value }: TypedValue): Type {
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
  const element = ELEMENTS[type];
  if (element !== undefined) {
    if (value === null) return new TypedSlice(element, [], true);
    if (Array.isArray(value)) return type === 'any[]' ? value : new TypedSlice(element, value as readonly unknown[]);
    return value;
  }
  if (type === '*float64') return value === null ? new GoPointer('float64', null) : value;
  return value ?? null;
}
