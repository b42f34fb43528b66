import { lengthOf } from './shapes.js';

/** What calls cost beyond their arguments' size, in steps: these take microseconds whatever they are given. */
const PRICES: Readonly<Record<string, number | undefined>> = {
  date: 100,
  timezone: 500,
  duration: 30,
  toJSON: 10,
  fromJSON: 10,
};
/** Functions that do not go over the list they are given. */
const CONSTANT_TIME: ReadonlySet<string> = new Set(['len', 'first', 'last', 'get', 'type']);
/** ASCII characters that are read in the time of one element; others are read one by one. */
const CHARACTERS_A_STEP = 8;
const ASCII = /^[\0-\x7f]*$/;
/** A method of a time may have to ask for the rules of its zone. */
const METHOD_PRICE = 200;
/** A list or a map that is made costs more than a look at what is in it: its memory is to be freed again. */
export const ALLOCATION_PRICE = 2;
/** A power takes the time of several other operations. */
export const POWER_PRICE = 10;
/** The steps that reading a whole value costs: one an element of a list, and of texts one a few characters. */
export function weight(value: unknown): number {
  if (typeof value === 'string')
    return ASCII.test(value) ? Math.ceil(value.length / CHARACTERS_A_STEP) : value.length;
  return lengthOf(value) ?? 0;
}

/** The steps that a call of one of the language's functions costs. */
export function callWeight(name: string, args: readonly unknown[]): number {
  let steps = PRICES[name] ?? 1;
  const constant = CONSTANT_TIME.has(name);
  for (const arg of args) if (!constant || typeof arg === 'string') steps += weight(arg);
  return steps;
}

/** The steps that a call of a function of conditions costs: it looks at no more than texts. */
export function conditionWeight(args: readonly unknown[]): number {
  let steps = 0;
  for (const arg of args) if (typeof arg === 'string') steps += weight(arg);
  return steps;
}

/** The steps that a call of a method or of a function value costs. */
export function methodWeight(args: readonly unknown[]): number {
  // A layout is read character by character.
  return args.reduce(
    (steps: number, arg) => steps + (typeof arg === 'string' ? arg.length : weight(arg)),
    METHOD_PRICE,
  );
}
