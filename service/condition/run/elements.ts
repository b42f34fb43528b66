import { GoError } from '../go/go-error.js';
import { IntRange } from '../go/int-range.js';
import { utf8Encode } from '../go/utf8.js';
import { goByte } from '../go/values.js';
import type { Budget } from './budget.js';
import { sizeOf } from './collections.js';
import { reflectKind } from './reflect-kind.js';
import { listOf } from './shapes.js';
import { weight } from './weight.js';

/** Stands for the elements of a map: it has a length to go over, but reading one is an error, as in the reference. */
export const UNREADABLE = Symbol('an element that cannot be read');

/** An element that becomes part of an answer. Throws GoError for one of a map. */
export function taken(items: Elements, index: number): unknown {
  const item = items.at(index) ?? null;
  if (item === UNREADABLE) throw unreadable();
  return item;
}

/** The error for an element that cannot be read. */
export const unreadable = (): GoError => new GoError('reflect: call of reflect.Value.Index on map Value');

/** What a predicate function goes over. An array is one. */
export interface Elements {
  readonly length: number;
  /** The element at an index from 0 to the length. */
  at(index: number): unknown;
}

/** The elements that a predicate function goes over. Throws GoError as Go's reflect does. */
export function elementsOf(value: unknown, budget: () => Budget): Elements {
  if (value instanceof IntRange) return value;
  const list = listOf(value);
  if (list !== undefined) return list;
  if (value === null) throw new GoError('reflect: call of reflect.Value.Len on zero Value');
  if (typeof value === 'string') {
    budget().step(weight(value));
    const bytes = utf8Encode(value);
    return { length: bytes.length, at: (index) => goByte(bytes[index] ?? 0) };
  }
  const size = sizeOf(value);
  if (size === undefined)
    throw new GoError(`reflect: call of reflect.Value.Len on ${reflectKind(value)} Value`);
  // A map has a length, but its elements cannot be taken by index.
  return { length: size, at: () => UNREADABLE };
}
