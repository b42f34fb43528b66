import { quantileSeq, std, variance } from 'mathjs/number';
import { GoError } from '../go/go-error.js';
import { typeName } from '../go/values.js';
import type { Budget } from './budget.js';
import { numeric } from './numbers.js';
import { lengthOf, listOf } from './shapes.js';

/** Assay's statistics, from mathjs' plain functions: no text of a user ever reaches its parser. */
export const STATISTIC_FUNCTIONS: Readonly<
  Record<string, (args: readonly unknown[], budget: Budget) => unknown>
> = Object.assign(
  Object.create(null) as Record<string, (args: readonly unknown[], budget: Budget) => unknown>,
  {
    /** Sample standard deviation (n - 1). */
    std: (args: readonly unknown[], budget: Budget) => plain(std(numbers('std', args, 2, budget))),
    /** Sample variance (n - 1). */
    variance: (args: readonly unknown[], budget: Budget) =>
      plain(variance(numbers('variance', args, 2, budget))),
    /** Median absolute deviation. */
    mad: (args: readonly unknown[], budget: Budget) => {
      const list = numbers('mad', args, 1, budget);
      const middle = quantileOf(list, 0.5);
      return quantileOf(
        list.map((number) => Math.abs(number - middle)),
        0.5,
      );
    },
    /** The value below which a share of the numbers lies, from 0 to 1, interpolated. */
    quantile: (args: readonly unknown[], budget: Budget) => {
      const probability = numeric(args[1] ?? null);
      if (probability === undefined || !(probability >= 0 && probability <= 1)) {
        throw new GoError('quantile needs a probability from 0 to 1 as its second argument');
      }
      return quantileOf(numbers('quantile', args, 1, budget), Number(probability));
    },
  },
);

/** Of sorted numbers: the search for a place among others takes the square of the time where many are nearly equal. */
function quantileOf(numbers: readonly number[], probability: number): number {
  if (numbers.some(Number.isNaN)) return Number.NaN;
  const sorted = Array.from(Float64Array.from(numbers).sort());
  return plain(quantileSeq(sorted, probability, true));
}

/** Steps that a number costs: it is read several times, and sorted for some. */
const PRICE = 12;
/** Steps that any statistic costs. */
const CALL_PRICE = 60;

/** Too few numbers are no evidence: an error, not a zero. */
function numbers(name: string, args: readonly unknown[], least: number, budget: Budget): number[] {
  budget.step(CALL_PRICE + (lengthOf(args[0]) ?? 0) * PRICE);
  const list = listOf(args[0] ?? null);
  if (list === undefined)
    throw new GoError(`invalid argument for ${name} (type ${typeName(args[0] ?? null)})`);
  if (list.length < least)
    throw new GoError(`${name} needs at least ${least} number${least === 1 ? '' : 's'}, got ${list.length}`);
  return list.map((item) => {
    const number = numeric(item);
    if (number === undefined) throw new GoError(`invalid argument for ${name} (type ${typeName(item)})`);
    return Number(number);
  });
}

function plain(value: unknown): number {
  if (typeof value === 'number') return value;
  throw new Error('a statistic of numbers was no number');
}
