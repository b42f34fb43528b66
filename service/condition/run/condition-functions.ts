import { GoError } from '../go/go-error.js';
import { parseFloat as parseGoFloat, parseInt as parseGoInt, toInt64 } from '../go/go-number.js';
import { shownValue } from '../go/go-print.js';
import { GoInteger, GoPointer, typeName } from '../go/values.js';
import { isNilValue } from './operators.js';
import { assertType, int, numeric } from './numbers.js';
import { listOf } from './shapes.js';

/** What Argo Rollouts adds. `default` and `isNil` ask about the whole result, whatever they are given, as recorded. */
export function conditionFunctions(
  result: unknown,
): Readonly<Record<string, (args: readonly unknown[]) => unknown>> {
  const absent = isNilValue(result);
  return {
    asInt: ([value = null]) => new GoInteger('int64', asInt(value)),
    asFloat: ([value = null]) => asFloat(value),
    isNaN: ([value = null]) => Number.isNaN(assertFloat(value)),
    isInf: ([value = null]) => {
      const number = assertFloat(value);
      return number === Number.POSITIVE_INFINITY || number === Number.NEGATIVE_INFINITY;
    },
    isNil: () => absent,
    default: ([, fallback = null]) => (absent ? fallback : result),
  };
}

/** nil in any shape, or an empty slice. */
export function isEmptyResult(result: unknown): boolean {
  if (result === null || (result instanceof GoPointer && result.value === null)) return true;
  return listOf(result)?.length === 0;
}

function assertFloat(value: unknown): number {
  if (typeof value === 'number') return value;
  throw assertType(value, 'float64');
}

function asInt(value: unknown): bigint {
  const number = numeric(value);
  if (number !== undefined) return typeof number === 'number' ? toInt64(number) : int(number);
  if (typeof value === 'string') return parseGoInt(value);
  throw new GoError(`asInt() not supported on ${typeName(value)} ${shownValue(value)}`);
}

function asFloat(value: unknown): number {
  const number = numeric(value);
  if (number !== undefined) return Number(number);
  if (typeof value === 'string') return parseGoFloat(value);
  throw new GoError(`asFloat() not supported on ${typeName(value)} ${shownValue(value)}`);
}
