import { GoError } from '../go/go-error.js';
import { toInt64 } from '../go/go-number.js';
import { GoInteger, typeName } from '../go/values.js';

/** A Go number as JavaScript computes with it: float64 as number, every integer kind as bigint. */
export type Numeric = number | bigint;

/** The number in a value, or undefined: named integers (time.Month) and durations are no numbers in Go. */
export function numeric(value: unknown): Numeric | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  if (value instanceof GoInteger && value.kind !== 'time.Month' && value.kind !== 'time.Weekday')
    return value.value;
  return undefined;
}

/** Wraps to Go's 64-bit int. */
export const int = (value: bigint): bigint => BigInt.asIntN(64, value);

/** A type's name where the reference prints the type of a value in `interface conversion: …`. */
export function assertedName(value: unknown): string {
  return value === null ? 'nil' : typeName(value);
}

/** A Go type assertion. Throws GoError as Go's panic reads. */
export function assertType(value: unknown, wanted: string): GoError {
  return new GoError(`interface conversion: interface {} is ${assertedName(value)}, not ${wanted}`);
}

export function toBool(value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw assertType(value, 'bool');
}

export function toText(value: unknown): string {
  if (typeof value === 'string') return value;
  throw assertType(value, 'string');
}

/** An index or bound: any number, cut off to a Go int. Throws GoError for what is none. */
export function toWhole(value: unknown): bigint {
  const number = numeric(value);
  if (typeof number === 'bigint') return int(number);
  if (number !== undefined) return toInt64(number);
  throw new GoError(`invalid operation: int(${typeName(value)})`);
}

/** The same where only its place in a list of ordinary length matters. */
export function toIndex(value: unknown): number {
  return Number(toWhole(value));
}
