import type { ArrayBounds } from './nodes.js';
import { PathError } from './path-error.js';

const SLICE = /^(-?\d*)(?::(-?\d*))?(?::(-?\d*))?$/;
const INTEGER = /^-?\d+$/;
const INT64_MAX = 2n ** 63n - 1n;

/** Reads what stands between brackets: `n`, `start:end` or `start:end:step`. */
export function parseBounds(text: string): ArrayBounds {
  const match = SLICE.exec(text);
  if (match === null) throw new PathError(`invalid array index ${text}`);
  const [, start, end, step] = match;
  const first = parseBound(start);
  const single = end === undefined;
  return {
    start: first,
    end: single ? BigInt.asIntN(64, (first ?? 0n) + 1n) : parseBound(end),
    step: parseBound(step),
    single,
  };
}

function parseBound(text: string | undefined): bigint | undefined {
  if (text === undefined || text === '') return undefined;
  const value = INTEGER.test(text) ? BigInt(text) : undefined;
  if (value === undefined || value > INT64_MAX || value < -INT64_MAX - 1n)
    throw new PathError(`array index ${text} is not a number`);
  return value;
}

/**
 * The range of an array of `length` items that bounds ask for, or undefined when they ask for no item at all.
 * Throws Kubernetes' errors for what lies outside; `valuesIn` is how many values the failing step hands on.
 */
export function resolveBounds(
  bounds: ArrayBounds,
  length: number,
  valuesIn: number,
): { readonly start: number; readonly end: number; readonly step: number } | undefined {
  const size = BigInt(length);
  let start = bounds.start ?? 0n;
  if (start < 0n) start += size;
  let end = bounds.end ?? size;
  if (end < 0n || (end === 0n && bounds.single)) end += size;
  if (start === end) return undefined;
  if (start >= size || start < 0n) throw outOfBounds(start, length, valuesIn);
  if (end > size || end < 0n) throw outOfBounds(end - 1n, length, valuesIn);
  if (start > end)
    throw new PathError(`starting index ${start} is greater than ending index ${end}`, valuesIn);
  const step = bounds.step ?? 1n;
  if (step <= 0n) throw new PathError('step must be > 0', valuesIn);
  return { start: Number(start), end: Number(end), step: Number(step < size ? step : size) };
}

function outOfBounds(index: bigint, length: number, valuesIn: number): PathError {
  return new PathError(`array index out of bounds: index ${index}, length ${length}`, valuesIn);
}
