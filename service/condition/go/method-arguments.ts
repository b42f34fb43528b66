import { GoError } from './go-error.js';
import { bytesOf, GoDuration, GoLocation, GoTime, typeName } from './values.js';

/** What Go's reflection says of an argument of another type. */
function wrong(value: unknown, wanted: string): GoError {
  return new GoError(`reflect: Call using ${typeName(value)} as type ${wanted}`);
}

/** An argument that must be a time.Time. Throws GoError. */
export function timeArgument(value: unknown): GoTime {
  if (value instanceof GoTime) return value;
  throw wrong(value, 'time.Time');
}

/** An argument that must be a time.Duration. Throws GoError. */
export function durationArgument(value: unknown): GoDuration {
  if (value instanceof GoDuration) return value;
  throw wrong(value, 'time.Duration');
}

/** An argument that must be a *time.Location. Throws GoError. */
export function locationArgument(value: unknown): GoLocation {
  if (value instanceof GoLocation) return value;
  throw wrong(value, '*time.Location');
}

/** An argument that must be an `int`. Throws GoError. */
export function intArgument(value: unknown): bigint {
  if (typeof value === 'bigint') return value;
  throw wrong(value, 'int');
}

/** An argument that must be a string. Throws GoError. */
export function stringArgument(value: unknown): string {
  if (typeof value === 'string') return value;
  throw wrong(value, 'string');
}

/** An argument that must be a []uint8. Throws GoError. */
export function bytesArgument(value: unknown): Uint8Array {
  const bytes = bytesOf(value);
  if (bytes !== undefined) return bytes;
  throw wrong(value, '[]uint8');
}
