import { GoError } from '../go/go-error.js';
import { parseFloat as parseGoFloat, parseInt as parseGoInt, toInt64 } from '../go/go-number.js';
import { shownValue } from '../go/go-print.js';
import { GoDuration, GoInteger, GoPointer, NamedMap, typeName } from '../go/values.js';
import type { Budget } from './budget.js';
import { bad, type LanguageFunction, type Surroundings } from './language-function.js';
import { int, numeric } from './numbers.js';
import { order } from './operators.js';
import { lengthOf, listOf, plainMap } from './shapes.js';

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

/** The numbers among the arguments and, one level after another, in the arrays among them. */
function flatNumbers(name: string, args: readonly unknown[], budget: Budget, ordered = false): unknown[] {
  const numbers: unknown[] = [];
  const collect = (values: readonly unknown[], depth: number): void => {
    if (depth > 100) throw new GoError('recursion depth exceeded');
    for (const value of values) {
      budget.step(1 + (lengthOf(value) ?? 0));
      const list = listOf(value);
      if (list !== undefined) collect(list, depth + 1);
      else if (numeric(value) !== undefined || (ordered && isNamedInteger(value))) numbers.push(value);
      else throw bad(name, value);
    }
  };
  collect(args, 0);
  return numbers;
}

/** Integers with a name of their own: `max` and `min` take them and then find that they cannot be compared. */
function isNamedInteger(value: unknown): boolean {
  return value instanceof GoDuration || value instanceof GoInteger;
}

/** `max` and `min`. */
export function extreme(name: 'max' | 'min'): LanguageFunction {
  const operator = name === 'max' ? '<' : '>';
  return (args, { budget }) => {
    const [only = null] = args;
    // A single value of another kind comes back as it is, as recorded.
    if (
      args.length === 1 &&
      listOf(only) === undefined &&
      plainMap(only) === undefined &&
      !(only instanceof NamedMap)
    )
      return only;
    let best: unknown = null;
    for (const value of flatNumbers(name, args, budget, true)) {
      if (best === null) best = value;
      else if (operator === '<' ? order('<', best, value) < 0 : order('>', best, value) > 0) best = value;
    }
    return best;
  };
}

/** A number, or a duration as its nanoseconds. */
function measure(value: unknown): number {
  return value instanceof GoDuration
    ? Number(value.ns)
    : value instanceof GoInteger
      ? Number(value.value)
      : Number(numeric(value));
}

/** `mean`, 0 of nothing. */
export function mean(args: readonly unknown[], { budget }: Surroundings): unknown {
  const numbers = flatNumbers('mean', args, budget, true);
  if (numbers.length === 0) return 0;
  let sum = 0;
  for (const value of numbers) sum += measure(value);
  return sum / numbers.length;
}

/** `median`, 0 of nothing. */
export function median(args: readonly unknown[], { budget }: Surroundings): unknown {
  const numbers = flatNumbers('median', args, budget, true).map(measure);
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
