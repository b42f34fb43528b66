import {
  GoArray,
  GoDuration,
  GoFunction,
  GoInteger,
  GoLocation,
  GoMap,
  GoStruct,
  GoTime,
  NamedMap,
  NamedString,
  typeName,
} from '../go/values.js';
import { lengthOf, plainMap } from './shapes.js';

/** A value's reflect.Kind as Go prints it: `slice`, `map`, `struct`, `int64`, …; `invalid` for nil. */
export function reflectKind(value: unknown): string {
  if (value === null) return 'invalid';
  if (lengthOf(value) !== undefined) return value instanceof GoArray ? 'array' : 'slice';
  if (value instanceof GoMap || value instanceof NamedMap || plainMap(value) !== undefined) return 'map';
  // A location is known by its pointer and read through it.
  if (value instanceof GoTime || value instanceof GoStruct || value instanceof GoLocation) return 'struct';
  if (value instanceof GoInteger) return value.kind.startsWith('time.') ? 'int' : value.kind;
  if (value instanceof GoDuration) return 'int64';
  if (value instanceof NamedString) return 'string';
  return value instanceof GoFunction ? 'func' : typeName(value);
}
