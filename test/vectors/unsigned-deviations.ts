import { isDeepStrictEqual } from 'node:util';
import type { Difference } from './deviations.js';
import { isRecord } from './judge.js';

/**
 * A result with an unsigned number that no int64 holds. Where the reference compares it, cuts it down or takes its rest, it
 * has become negative; ours goes by its value. The recording must be what ours makes of the negative number.
 */
export function isUnsignedByValue({ expected, twins }: Difference): boolean {
  const { wrapped } = twins;
  return wrapped !== undefined && isDeepStrictEqual(asSigned(expected), asSigned(wrapped));
}

/** A result with its unsigned numbers beyond int64 as the negative ones that they are to the reference; undefined: it has none. */
export function wrappedResult(result: unknown): unknown {
  const wrapped = asSigned(result);
  return isDeepStrictEqual(wrapped, result) ? undefined : wrapped;
}

function asSigned(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(asSigned);
  if (!isRecord(json)) return json;
  const { type, value } = json;
  if (type === 'uint64' && typeof value === 'string' && BigInt(value) >= 2n ** 63n)
    return { type: 'int64', value: String(BigInt.asIntN(64, BigInt(value))) };
  // A small negative number is written as a number.
  if (type === 'int64' && typeof value === 'number') return { type, value: String(value) };
  return Object.fromEntries(Object.entries(json).map(([key, member]) => [key, asSigned(member)]));
}
