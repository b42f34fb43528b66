import { NamedMap } from '../go/values.js';
import { lengthOf, plainMap } from './shapes.js';

/** What any call costs, in steps: its arguments are gathered and looked at. */
const CALL_PRICE = 6;
/** What some cost beyond that and their arguments' size: these take microseconds whatever they are given. */
const PRICES: Readonly<Record<string, number | undefined>> = {
  date: 1_000,
  timezone: 500,
  duration: 40,
  toJSON: 30,
  fromJSON: 40,
  toBase64: 30,
  fromBase64: 200,
  sort: 60,
  median: 30,
  mean: 15,
  max: 10,
  min: 10,
  flatten: 20,
  concat: 12,
  keys: 10,
  values: 10,
  toPairs: 10,
  replace: 15,
  string: 10,
  fromPairs: 10,
  int: 8,
  float: 8,
  bitand: 4,
  bitor: 4,
  bitxor: 4,
  bitnand: 4,
  bitnot: 4,
  bitshl: 6,
  bitshr: 6,
  bitushr: 6,
};
/** Steps that a character, or an element, costs beyond a look at it in functions that make something of each. */
const EACH: Readonly<Record<string, number | undefined>> = {
  split: 1,
  splitAfter: 1,
  replace: 3,
  trim: 1,
  upper: 1,
  lower: 1,
  duration: 3,
  date: 14,
  float: 1,
  int: 1,
  flatten: 2,
  fromPairs: 12,
  median: 1,
};
const PLAIN_DATE_PRICE = 150;
/** Functions that do not go over the list they are given. */
const CONSTANT_TIME: ReadonlySet<string> = new Set(['len', 'first', 'last', 'get', 'type']);
/** Functions that go over the entries of a map. */
const OF_ENTRIES: ReadonlySet<string> = new Set(['len', 'keys', 'values', 'toPairs']);
const ENTRY_PRICE = 4;
/** ASCII characters that are read in the time of one element; others are read one by one. */
const CHARACTERS_A_STEP = 8;
const ASCII = /^[\0-\x7f]*$/;
/** Any text that is not only ASCII is made into bytes, or taken apart; and its characters cost more than one step. */
const WIDE_TEXT_PRICE = 25;
const WIDE_CHARACTER_PRICE = 1.5;
/** A method of a time may have to ask for the rules of its zone. */
const METHOD_PRICE = 200;
/** A list or a map that is made costs more than a look at what is in it: its memory is to be freed again. */
export const ALLOCATION_PRICE = 4;
/** What a map costs beyond that, as its keys are known only when it is made. */
export const MAP_ALLOCATION_PRICE = 40;
/** A map of all functions is made. */
export const ENVIRONMENT_PRICE = 80;
/** A match of the shortest text takes the time of several other operations. */
export const MATCH_PRICE = 10;
/** An element of what is known only when it runs is looked for in several ways. */
export const MEMBER_PRICE = 2;
/** A part of a list is a new list; one of a text that is not only ASCII is found by way of its bytes. */
const SLICE_PRICE = 10;
const WIDE_SLICE_PRICE = 150;
/** A power takes the time of several other operations. */
export const POWER_PRICE = 10;
/** The steps that reading a whole value costs: one an element of a list, and of texts one a few characters. */
export function weight(value: unknown): number {
  if (typeof value === 'string')
    return ASCII.test(value)
      ? Math.ceil(value.length / CHARACTERS_A_STEP)
      : WIDE_TEXT_PRICE + WIDE_CHARACTER_PRICE * value.length;
  return lengthOf(value) ?? 0;
}

/** The steps that a slice costs. */
export function sliceWeight(value: unknown): number {
  const isWide = typeof value === 'string' && !ASCII.test(value);
  return SLICE_PRICE + weight(value) + (isWide ? WIDE_SLICE_PRICE : 0);
}

/** The steps that a call of one of the language's functions costs. */
export function callWeight(name: string, args: readonly unknown[]): number {
  let steps = CALL_PRICE + priceOf(name, args);
  const constant = CONSTANT_TIME.has(name);
  const each = EACH[name] ?? 0;
  for (const arg of args) {
    if (typeof arg === 'string') steps += weight(arg) + each * arg.length;
    else if (!constant) steps += weight(arg) + each * (lengthOf(arg) ?? 0);
  }
  return OF_ENTRIES.has(name) ? steps + ENTRY_PRICE * entryCount(args[0]) : steps;
}

/** A date as RFC 3339 has it is read at once; any other layout is found by trying them all. */
function priceOf(name: string, [first]: readonly unknown[]): number {
  const isPlainDate = name === 'date' && typeof first === 'string' && first[10] === 'T';
  return isPlainDate ? PLAIN_DATE_PRICE : (PRICES[name] ?? 0);
}

function entryCount(value: unknown): number {
  const entries = value instanceof NamedMap ? value.entries : plainMap(value);
  return entries === undefined ? 0 : Object.keys(entries).length;
}

/** The steps that a call of a function of conditions costs: it looks at no more than texts. */
export function conditionWeight(args: readonly unknown[]): number {
  let steps = 2 * CALL_PRICE;
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
