import { GoError } from '../go/go-error.js';
import { parseFloat as parseGoFloat, parseInt as parseGoInt, toInt64 } from '../go/go-number.js';
import { shownValue } from '../go/go-print.js';
import { GoDuration, GoInteger, GoPointer, typeName } from '../go/values.js';
import type { Budget, Metered } from './budget.js';
import { bad, type LanguageFunction, type Surroundings } from './language-function.js';
import { int, numeric } from './numbers.js';
import { order } from './operators.js';
import { lengthOf, listOf } from './shapes.js';

/** A function that rounds a float and leaves an integer as its float. */
export function rounding(name: string, round: (value: number) => number): LanguageFunction {
  return ([value = null]) => {
    const number = numeric(value);
    if (number === undefined) throw bad(name, value);
    return typeof number === 'bigint' ? Number(number) : round(number);
  };
}

/** Go's math.Round: half away from zero. */
export function roundHalfAway(value: number): number {
  const whole = Math.trunc(value);
  return Math.abs(value - whole) >= 0.5 ? whole + Math.sign(value) : whole === 0 ? 0 * value : whole;
}

/** `int(x)`. */
export function toInt(value: unknown): bigint {
  if (value instanceof GoPointer) return toInt(value.value);
  const number = numeric(value);
  if (number !== undefined) return typeof number === 'number' ? toInt64(number) : int(number);
  if (value instanceof GoInteger) return value.value;
  if (value instanceof GoDuration) return value.ns;
  if (typeof value === 'string') {
    try {
      return parseGoInt(value);
    } catch {
      throw new GoError(`invalid operation: int(${shownValue(value)})`);
    }
  }
  if (value === null) throw new GoError('reflect: call of reflect.Value.Type on zero Value');
  throw new GoError(`invalid operation: int(${typeName(value)})`);
}

/** `float(x)`. */
export function toFloat(value: unknown): number {
  if (value instanceof GoPointer) return toFloat(value.value);
  const number = numeric(value);
  if (number !== undefined) return Number(number);
  if (typeof value === 'string') {
    try {
      return parseGoFloat(value);
    } catch {
      throw new GoError(`invalid operation: float(${shownValue(value)})`);
    }
  }
  throw new GoError(`invalid operation: float(${typeName(value)})`);
}

/** `abs(x)`. */
export function abs(value: unknown): unknown {
  const number = numeric(value);
  if (number === undefined) throw bad('abs', value);
  if (value instanceof GoInteger) return number < 0 ? new GoInteger(value.kind, -value.value) : value;
  // As the reference does it: -0 is not less than 0 and stays.
  if (typeof number === 'number') return number < 0 ? -number : number;
  return number < 0n ? int(-number) : number;
}

/** Lists within lists deeper than this are refused, as by the reference. */
const MAX_DEPTH = 10_000;

/** The elements of a list, one level down. Throws GoError when that is too deep. */
function inner(value: unknown, depth: number, budget: Budget): readonly unknown[] | undefined {
  budget.step(2 + 2 * (lengthOf(value) ?? 0));
  const list = listOf(value);
  if (list !== undefined && depth >= MAX_DEPTH) throw new GoError('recursion depth exceeded');
  return list;
}

/** `max` and `min`. A list within a list is decided on its own first, which is seen with NaN. */
export function extreme(name: 'max' | 'min'): LanguageFunction {
  const isBetter =
    name === 'max'
      ? (best: unknown, value: unknown, meter: Metered) => order('<', best, value, meter) < 0
      : (best: unknown, value: unknown, meter: Metered) => order('>', best, value, meter) > 0;
  const bestOf = (
    values: readonly unknown[],
    depth: number,
    meter: Metered,
    first: unknown = null,
  ): unknown => {
    let best = first;
    for (const value of values) {
      const list = inner(value, depth, meter.budget);
      // Named integers (a duration) are taken as arguments, but not as elements.
      if (list === undefined && numeric(value) === undefined && (depth > 0 || !isNamedInteger(value)))
        throw bad(name, value);
      if (depth === 0 && Array.isArray(value)) {
        best = bestOf(value, 1, meter, best);
        continue;
      }
      const candidate = list === undefined ? value : bestOf(list, depth + 1, meter);
      if (candidate !== null && (best === null || isBetter(best, candidate, meter))) best = candidate;
    }
    return best;
  };
  return (args, around) => {
    const [only = null] = args;
    // A single value of another kind comes back as it is, as recorded.
    if (args.length === 1 && listOf(only) === undefined) return only;
    return bestOf(args, 0, around);
  };
}

/** Integers with a name of their own. */
function isNamedInteger(value: unknown): boolean {
  return value instanceof GoDuration || value instanceof GoInteger;
}

/** A number as a float64, a named integer by what it counts: of a duration its nanoseconds. */
function measure(name: string, value: unknown): number {
  if (value instanceof GoDuration) return Number(value.ns);
  if (value instanceof GoInteger) return Number(value.value);
  const number = numeric(value);
  if (number === undefined) throw bad(name, value);
  return Number(number);
}

/** `mean`, 0 of nothing. */
export function mean(args: readonly unknown[], { budget }: Surroundings): unknown {
  let count = 0;
  // A list within a list is added up on its own first, which is seen in the last bit.
  const total = (values: readonly unknown[], depth: number, start: number): number => {
    let sum = start;
    for (const value of values) {
      const list = inner(value, depth, budget);
      if (list !== undefined) sum = depth === 0 ? total(list, 1, sum) : sum + total(list, depth + 1, 0);
      else {
        sum += measure('mean', value);
        count++;
      }
    }
    return sum;
  };
  const sum = total(args, 0, 0);
  return count === 0 ? 0 : sum / count;
}

/** `median`, 0 of nothing. */
export function median(args: readonly unknown[], { budget }: Surroundings): unknown {
  const numbers: number[] = [];
  const collect = (values: readonly unknown[], depth: number): void => {
    for (const value of values) {
      const list = inner(value, depth, budget);
      if (list === undefined) numbers.push(measure('median', value));
      else collect(list, depth + 1);
    }
  };
  collect(args, 0);
  if (numbers.length === 0) return 0;
  // Go sorts NaN before all numbers.
  numbers.sort((a, b) => (Number.isNaN(a) ? -1 : Number.isNaN(b) ? 1 : a - b));
  const middle = numbers.length >> 1;
  const upper = numbers[middle] ?? 0;
  return numbers.length % 2 === 1 ? upper : ((numbers[middle - 1] ?? 0) + upper) / 2;
}

/** A bitwise function of ints. */
export function bits(name: string, apply: (a: bigint, b: bigint) => bigint): LanguageFunction {
  return (args) => {
    const operands = args.map((arg) => {
      const number = numeric(arg);
      if (typeof number !== 'bigint')
        throw new GoError(`cannot use ${typeName(arg)} as argument (type int) to call ${name}`);
      return number;
    });
    return int(apply(operands[0] ?? 0n, operands[1] ?? 0n));
  };
}

/** A shift; a negative count is an error. */
export function shift(name: string, apply: (value: bigint, count: bigint) => bigint): LanguageFunction {
  return bits(name, (value, count) => {
    if (count < 0n) throw new GoError(`invalid operation: negative shift count ${count} (type int)`);
    return apply(value, count > 64n ? 64n : count);
  });
}
