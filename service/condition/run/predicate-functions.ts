import { GoError } from '../go/go-error.js';
import { GoMap } from '../go/values.js';
import { type Elements, taken } from './elements.js';
import type { Code, Frame } from './frame.js';
import { hashable, isDescending, sorted } from './list-functions.js';
import { toBool } from './numbers.js';
import { add } from './operators.js';

/** Evaluates the predicate for one element. */
export type Test = (frame: Frame, element: unknown, index: number) => unknown;

/** A function that evaluates its second argument once an element; `extra` is its third. */
export type PredicateFunction = (
  frame: Frame,
  items: Elements,
  test: Test,
  extra: Code | undefined,
) => unknown;

/** Steps that finding a group costs, and keeping its key, beyond a look at the element. */
const GROUP_PRICE = 16;
/** Steps that keeping an element together with its key costs. */
const KEY_PRICE = 4;

/** What grouping and sorting cost whatever they are given. */
const MADE_PRICE = 50;

/** The language's functions with a predicate, all but `reduce`. */
export const PREDICATE_FUNCTIONS: Readonly<Record<string, PredicateFunction>> = {
  all: (frame, items, test) => firstOf(frame, items, test, false) < 0,
  none: (frame, items, test) => firstOf(frame, items, test, true) < 0,
  any: (frame, items, test) => firstOf(frame, items, test, true) >= 0,
  one: (frame, items, test) => countOf(frame, items, test) === 1,
  filter: (frame, items, test) => {
    const kept: unknown[] = [];
    for (let index = 0; index < items.length; index++) {
      const item = items.at(index);
      if (toBool(test(frame, item, index))) kept.push(taken(items, index));
    }
    frame.budget.allocate(kept.length);
    return kept;
  },
  map: (frame, items, test) => {
    frame.budget.allocate(items.length);
    const mapped: unknown[] = [];
    for (let index = 0; index < items.length; index++) mapped.push(test(frame, items.at(index), index));
    return mapped;
  },
  count: (frame, items, test) => BigInt(countOf(frame, items, test)),
  sum: (frame, items, test) => {
    let total: unknown = 0n;
    for (let index = 0; index < items.length; index++)
      total = add(test(frame, items.at(index), index), total);
    return total;
  },
  find: (frame, items, test) => elementOrNil(items, firstOf(frame, items, test, true)),
  findIndex: (frame, items, test) => indexOrNil(firstOf(frame, items, test, true)),
  findLast: (frame, items, test) => elementOrNil(items, lastOf(frame, items, test)),
  findLastIndex: (frame, items, test) => indexOrNil(lastOf(frame, items, test)),
  groupBy: (frame, items, test) => {
    frame.budget.step(MADE_PRICE + items.length * GROUP_PRICE);
    const groups = new GoMap('map[interface {}][]interface {}');
    for (let index = 0; index < items.length; index++) {
      const item = items.at(index);
      const key = hashable(test(frame, item, index), frame.budget);
      const group = groups.get(key) as unknown[] | undefined;
      if (group === undefined) groups.set(key, [taken(items, index)]);
      else group.push(taken(items, index));
    }
    frame.budget.allocate(items.length);
    return groups;
  },
  sortBy: (frame, items, test, extra) => {
    frame.budget.step(MADE_PRICE + items.length * KEY_PRICE);
    const descending =
      extra !== undefined && isDescending(extra(frame), () => 'unknown order, use asc or desc');
    const keyed: { readonly item: unknown; readonly key: unknown }[] = [];
    for (let index = 0; index < items.length; index++) {
      const item = items.at(index);
      keyed.push({ key: test(frame, item, index), item: taken(items, index) });
    }
    frame.budget.allocate(items.length);
    return sorted(keyed, ({ key }) => key, descending, frame).map(({ item }) => item);
  },
};

/** The index of the first element whose test comes to `wanted`; -1 for none. */
export function firstOf(frame: Frame, items: Elements, test: Test, wanted: boolean): number {
  for (let index = 0; index < items.length; index++)
    if (toBool(test(frame, items.at(index), index)) === wanted) return index;
  return -1;
}

/** The index of the last element that fits; -1 for none. */
export function lastOf(frame: Frame, items: Elements, test: Test): number {
  for (let index = items.length - 1; index >= 0; index--)
    if (toBool(test(frame, items.at(index), index))) return index;
  return -1;
}

/** How many elements fit; looked at no further than to `limit` of them. */
export function countOf(frame: Frame, items: Elements, test: Test, limit = Number.POSITIVE_INFINITY): number {
  let total = 0;
  for (let index = 0; index < items.length; index++)
    if (toBool(test(frame, items.at(index), index)) && ++total >= limit) break;
  return total;
}

/** What `filter(…)[0]` and `[-1]` give. Throws GoError when nothing fits. */
export function fitting(items: Elements, index: number): unknown {
  if (index < 0) throw new GoError('reflect: slice index out of range');
  return taken(items, index);
}

function elementOrNil(items: Elements, index: number): unknown {
  return index < 0 ? null : taken(items, index);
}

function indexOrNil(index: number): bigint | null {
  return index < 0 ? null : BigInt(index);
}
