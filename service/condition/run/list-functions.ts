import { GoError } from '../go/go-error.js';
import { shownValue } from '../go/go-print.js';
import { goSort } from '../go/go-sort.js';
import {
  GoArray,
  GoDuration,
  GoInteger,
  GoMap,
  GoStruct,
  GoTime,
  NamedMap,
  TypedSlice,
  typeName,
} from '../go/values.js';
import type { Budget, Metered } from './budget.js';
import { get } from './collections.js';
import type { LanguageFunction, Surroundings } from './language-function.js';
import { numeric, toText } from './numbers.js';
import { reflectKind } from './reflect-kind.js';
import { equal, order } from './operators.js';
import { lengthOf, listOf, plainMap } from './shapes.js';
import { weight } from './weight.js';

/** `first` and `last`. */
export function edge(name: 'first' | 'last'): LanguageFunction {
  return ([value = null]) => {
    // What cannot be indexed has no edge.
    if (value instanceof GoStruct || value instanceof GoTime) return null;
    return get(value, name === 'first' ? 0n : -1n);
  };
}

/** An integer of any type: also of one with a name of its own, such as a duration. */
function wholeNumber(value: unknown): unknown {
  if (value instanceof GoDuration) return value.ns;
  return value instanceof GoInteger ? value.value : numeric(value);
}

/** `take(list, count)`. */
export function take(args: readonly unknown[]): unknown {
  const [value = null, count = null] = args;
  const list = listOf(value);
  if (list === undefined) throw new GoError(`cannot take from ${reflectKind(value)}`);
  const number = wholeNumber(count);
  if (typeof number !== 'bigint')
    throw new GoError(`cannot take ${count === null ? 'invalid' : typeName(count)} elements`);
  if (number < 0n) throw new GoError('reflect.Value.Slice: slice index out of bounds');
  const items = list.slice(0, Number(number > BigInt(list.length) ? BigInt(list.length) : number));
  return value instanceof TypedSlice ? new TypedSlice(value.elem, items) : items;
}

/** Keys and values of a map, keys of string maps in the order of the object. */
export function entriesOf(value: unknown): readonly (readonly [unknown, unknown])[] | undefined {
  if (value instanceof GoMap)
    return value.keys.map((key, index) => [key, value.values[index] ?? null] as const);
  const map = value instanceof NamedMap ? value.entries : plainMap(value);
  return map === undefined
    ? undefined
    : Object.entries(map).map(([key, item]) => [key, item ?? null] as const);
}

/** The entries of a map; the error otherwise. */
export function mapEntries(
  message: (kind: string) => string,
  value: unknown,
): readonly (readonly [unknown, unknown])[] {
  const entries = entriesOf(value);
  if (entries === undefined) throw new GoError(message(reflectKind(value)));
  return entries;
}

/** Steps that keeping an entry under its key costs. */
const KEY_PRICE = 10;

/** `fromPairs(list)`. */
export function fromPairs([value = null]: readonly unknown[], { budget }: Surroundings): GoMap {
  const list = listOf(value);
  if (list === undefined) throw new GoError(`cannot transform ${typeName(value)} from pairs`);
  const map = new GoMap('map[interface {}]interface {}');
  for (const pair of list) {
    const items = listOf(pair);
    if (items === undefined) throw new GoError(`invalid pair ${shownValue(pair)}`);
    if (items.length !== 2) throw new GoError(`invalid pair length ${shownValue(pair)}`);
    const key = items[0] ?? null;
    budget.step(KEY_PRICE + weight(key));
    map.set(key, items[1] ?? null);
  }
  return map;
}

/** A value that Go can hash; the reference's text for one that it cannot. */
export function hashable(key: unknown, budget: Budget): unknown {
  // A key is read whole: its text becomes part of the hash.
  budget.step(weight(key));
  if (lengthOf(key) !== undefined && !(key instanceof GoArray))
    throw new GoError(`hash of unhashable type: ${typeName(key)}`);
  if (entriesOf(key) !== undefined) throw new GoError(`hash of unhashable type: ${typeName(key)}`);
  return key;
}

/** The elements of a list; the error otherwise. */
export function listArgument(verb: string, value: unknown): readonly unknown[] {
  const list = listOf(value);
  if (list === undefined) throw new GoError(`cannot ${verb} ${reflectKind(value)}`);
  return list;
}

/** The engine finds shorter texts by a hash; of longer ones it takes the length only, and reads them. */
const LONG_TEXT = 16_000;
/** Steps that finding a shorter one takes, and the characters of it that are read in the time of another. */
const SHORT_TEXT_PRICE = 3;
const HASHED_A_STEP = 16;

/** `uniq(list)`. */
export function uniq([value = null]: readonly unknown[], around: Surroundings): unknown[] {
  const { budget } = around;
  const kept: unknown[] = [];
  const seen = new Set<unknown>();
  for (const item of listArgument('uniq', value)) {
    // Strings are told apart at once; everything else is compared as `==` does.
    if (typeof item === 'string') {
      budget.step(item.length < LONG_TEXT ? SHORT_TEXT_PRICE + item.length / HASHED_A_STEP : weight(item));
      if (seen.has(item)) continue;
      seen.add(item);
    } else {
      budget.step(4 * kept.length + 4);
      if (kept.some((other) => typeof other !== 'string' && equal(other, item, around))) continue;
    }
    kept.push(item);
  }
  return kept;
}

/** `flatten(list)`. */
export function flatten(value: readonly unknown[], budget: Budget): unknown[] {
  const flat: unknown[] = [];
  const add = (items: readonly unknown[], depth: number): void => {
    if (depth > 100) throw new GoError('recursion depth exceeded');
    for (const item of items) {
      budget.step(2);
      const list = listOf(item);
      if (list === undefined) flat.push(item);
      else add(list, depth + 1);
    }
  };
  add(value, 0);
  return flat;
}

/** Whether a sort order is descending. Throws GoError for anything but `asc` and `desc`. */
export function isDescending(value: unknown, refusal: (name: string) => string): boolean {
  if (value !== 'asc' && value !== 'desc') throw new GoError(refusal(toText(value)));
  return value === 'desc';
}

/** Sorts by `<` as Go does, which is not stable; counts its comparisons. */
export function sorted<T>(
  items: readonly T[],
  key: (item: T) => unknown,
  descending: boolean,
  meter: Metered,
): T[] {
  const out = [...items];
  const at = (index: number): T => out[index] as T;
  goSort({
    length: out.length,
    less: (i, j) => {
      meter.budget.step(2);
      const [first, second] = descending ? [j, i] : [i, j];
      return order('<', key(at(first)), key(at(second)), meter) < 0;
    },
    swap: (i, j) => {
      [out[i], out[j]] = [at(j), at(i)];
    },
  });
  return out;
}

/** What the reference gives where it appends nothing. */
export const NIL_SLICE = new TypedSlice('interface {}', [], true);

/** `sort(list, order)`. */
export function sort(args: readonly unknown[], around: Surroundings): unknown {
  const [value = null] = args;
  const [, by = null] = args;
  if (args.length > 1 && typeof by !== 'string')
    throw new GoError(`sort order argument must be a string (got ${typeName(by)})`);
  const descending =
    args.length > 1 && isDescending(by, (name) => `invalid order ${name}, expected asc or desc`);
  const list = sortable(value);
  if (list === undefined) return NIL_SLICE;
  around.budget.allocate(list.length);
  return sorted(list, (item) => item, descending, around);
}

const SORTABLE: ReadonlySet<string> = new Set(['[]interface {}', '[]int', '[]float64', '[]string']);

/** What `sort` copies before it sorts; anything else leaves it with nothing, as in the reference. */
function sortable(value: unknown): readonly unknown[] | undefined {
  return SORTABLE.has(typeName(value)) ? listOf(value) : undefined;
}
