import { isJsonArray, type JsonValue } from '../go-json.js';
import { resolveBounds } from './bounds.js';
import type { Budget } from './budget.js';
import type { ArrayBounds } from './nodes.js';
import { PathError } from './path-error.js';
import { isPlainName, selectAll, selectMember, selectSlice } from './select.js';
import { bytesOf, goTypeName, isJsonObject, NO_VALUE, type PathValue } from './values.js';

/** `.name`: the members of that name. Values that are no objects have none; no member at all is an error. */
export function fieldStep(input: readonly PathValue[], name: string, budget: Budget): readonly PathValue[] {
  budget.spend(input.length);
  const objects = input.filter(isJsonObject);
  if (!isPlainName(name)) for (const object of objects) budget.spend(Object.keys(object).length);
  const found = selectMember(objects, name);
  if (found.length === 0 && input.length > 0) throw new PathError(`${name} is not found`);
  return found;
}

/** `[n]`, `[start:end:step]` and `[*]`: items of arrays; nulls are passed over, all else is an error. */
export function arrayStep(
  input: readonly PathValue[],
  bounds: ArrayBounds,
  budget: Budget,
): readonly PathValue[] {
  const found: PathValue[] = [];
  for (const value of input) {
    if (value === null) continue;
    if (value === NO_VALUE) throw new PathError('null is not array or slice', input.length);
    if (!isJsonArray(value)) throw new PathError(`${goTypeName(value)} is not array or slice`, input.length);
    const range = resolveBounds(bounds, value.length, input.length);
    // Kubernetes ends the whole step, not only this array, when no item is asked for.
    if (range === undefined) return found;
    budget.spend(Math.ceil((range.end - range.start) / range.step));
    for (const item of selectSlice(value, range.start, range.end, range.step)) found.push(item);
  }
  return found;
}

/** `.*`: all members of objects and arrays, and the bytes of texts. */
export function wildcardStep(input: readonly PathValue[], budget: Budget): readonly PathValue[] {
  return input.flatMap((value) => {
    budget.spend(typeof value === 'string' ? value.length : childrenOf(value).length);
    return membersOf(value);
  });
}

/**
 * `..`: every value that has members, texts included, in the order of the document. The walk is ours, since the
 * library's leaves texts out and is bounded by nothing but the stack.
 */
export function recursiveStep(input: readonly PathValue[], budget: Budget): readonly PathValue[] {
  const found: PathValue[] = [];
  const waiting: PathValue[] = [...input].reverse();
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    budget.spend(1);
    if (typeof value === 'string') {
      if (value !== '') found.push(value);
      continue;
    }
    const members = childrenOf(value);
    if (members.length === 0) continue;
    found.push(value);
    for (let at = members.length - 1; at >= 0; at -= 1) waiting.push(members[at] ?? null);
  }
  return found;
}

function membersOf(value: PathValue): readonly PathValue[] {
  if (typeof value === 'string') return bytesOf(value);
  return isJsonArray(value) || isJsonObject(value) ? selectAll(value) : [];
}

function childrenOf(value: PathValue): readonly JsonValue[] {
  if (isJsonArray(value)) return value;
  return isJsonObject(value) ? Object.values(value) : [];
}
