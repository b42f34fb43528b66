import { GoError } from '../go/go-error.js';
import { goPow } from '../go/go-pow.js';
import type { GoRegex } from '../go/regex.js';
import { utf8Decode, utf8Normalize } from '../go/utf8.js';
import {
  bytesOf,
  GoDuration,
  GoFunction,
  GoInteger,
  GoLocation,
  GoMap,
  GoPointer,
  GoStruct,
  GoTime,
  NamedMap,
  NamedString,
  TypedSlice,
  typeName,
} from '../go/values.js';
import { assertType, int, numeric, toText } from './numbers.js';
import type { Metered } from './budget.js';
import { compareTexts, sameText } from './compare-texts.js';
import { binary, lengthOf, listOf, plainMap } from './shapes.js';

function mismatch(operator: string, left: unknown, right: unknown): GoError {
  return new GoError(`invalid operation: ${typeName(left)} ${operator} ${typeName(right)}`);
}

/** Go's nil in any of its shapes: untyped, a nil pointer, a nil slice. */
export function isNilValue(value: unknown): boolean {
  return (
    value === null ||
    (value instanceof GoPointer && value.value === null) ||
    (value instanceof TypedSlice && value.isNil)
  );
}

export function add(left: unknown, right: unknown): unknown {
  const a = numeric(left);
  const b = numeric(right);
  if (a !== undefined && b !== undefined) {
    return typeof a === 'bigint' && typeof b === 'bigint' ? int(a + b) : Number(a) + Number(b);
  }
  if (typeof left === 'string' && typeof right === 'string') return utf8Normalize(left + right);
  if (left instanceof GoTime && right instanceof GoDuration)
    return new GoTime(left.unixNs + right.ns, left.zone);
  if (left instanceof GoDuration && right instanceof GoTime)
    return new GoTime(right.unixNs + left.ns, right.zone);
  if (left instanceof GoDuration && right instanceof GoDuration)
    return new GoDuration(int(left.ns + right.ns));
  throw mismatch('+', left, right);
}

export function subtract(left: unknown, right: unknown): unknown {
  const a = numeric(left);
  const b = numeric(right);
  if (a !== undefined && b !== undefined) {
    return typeof a === 'bigint' && typeof b === 'bigint' ? int(a - b) : Number(a) - Number(b);
  }
  if (left instanceof GoTime && right instanceof GoTime)
    return new GoDuration(clampDuration(left.unixNs - right.unixNs));
  if (left instanceof GoTime && right instanceof GoDuration)
    return new GoTime(left.unixNs - right.ns, left.zone);
  if (left instanceof GoDuration && right instanceof GoDuration)
    return new GoDuration(int(left.ns - right.ns));
  throw mismatch('-', left, right);
}

export function multiply(left: unknown, right: unknown): unknown {
  const a = numeric(left);
  const b = numeric(right);
  if (a !== undefined && b !== undefined) {
    return typeof a === 'bigint' && typeof b === 'bigint' ? int(a * b) : Number(a) * Number(b);
  }
  if (left instanceof GoDuration && right instanceof GoDuration)
    return new GoDuration(int(left.ns * right.ns));
  if (left instanceof GoDuration && b !== undefined) return scaled(left, b);
  if (right instanceof GoDuration && a !== undefined) return scaled(right, a);
  throw mismatch('*', left, right);
}

/** A duration times an int is a duration; times a float it is a float of nanoseconds, as recorded. */
function scaled(duration: GoDuration, factor: number | bigint): unknown {
  return typeof factor === 'bigint'
    ? new GoDuration(int(duration.ns * factor))
    : Number(duration.ns) * factor;
}

export function divide(left: unknown, right: unknown): number {
  const a = numeric(left);
  const b = numeric(right);
  if (a !== undefined && b !== undefined) return Number(a) / Number(b);
  throw mismatch('/', left, right);
}

export function remainder(left: unknown, right: unknown): bigint {
  const a = numeric(left);
  const b = numeric(right);
  if (typeof a !== 'bigint' || typeof b !== 'bigint') throw mismatch('%', left, right);
  if (b === 0n) throw new GoError('runtime error: integer divide by zero');
  return int(a % b);
}

/** `**`. Throws GoError for what is no number. */
export function power(left: unknown, right: unknown): number {
  const a = numeric(left);
  const b = numeric(right);
  if (a === undefined) throw new GoError(`invalid operation: float(${typeName(left)})`);
  if (b === undefined) throw new GoError(`invalid operation: float(${typeName(right)})`);
  return goPow(Number(a), Number(b));
}

export function negate(value: unknown): unknown {
  if (typeof value === 'number') return -value;
  if (typeof value === 'bigint') return int(-value);
  if (value instanceof GoInteger && numeric(value) !== undefined)
    return new GoInteger(value.kind, wrap(value, -value.value));
  throw new GoError(`invalid operation: - ${typeName(value)}`);
}

function wrap(like: GoInteger, value: bigint): bigint {
  const bits = Number(/\d+$/.exec(like.kind)?.[0] ?? 64);
  return like.kind.startsWith('u') ? BigInt.asUintN(bits, value) : BigInt.asIntN(bits, value);
}

const MAX_INT64 = 2n ** 63n - 1n;
function clampDuration(ns: bigint): bigint {
  if (ns > MAX_INT64) return MAX_INT64;
  return ns < -MAX_INT64 - 1n ? -MAX_INT64 - 1n : ns;
}

/** Negative, zero, positive; NaN when a NaN is involved; throws GoError where Go has no order. */
export function order(operator: string, left: unknown, right: unknown, meter: Metered): number {
  const a = numeric(left);
  const b = numeric(right);
  if (a !== undefined && b !== undefined) {
    // An integer beside a float is compared as the float nearest to it.
    const [x, y] = typeof a === typeof b ? [a, b] : [Number(a), Number(b)];
    if (x < y) return -1;
    if (x > y) return 1;
    return x === y ? 0 : Number.NaN;
  }
  if (typeof left === 'string' && typeof right === 'string') return compareTexts(left, right, meter);
  if (left instanceof GoTime && right instanceof GoTime) return compareBig(left.unixNs, right.unixNs);
  if (left instanceof GoDuration && right instanceof GoDuration) return compareBig(left.ns, right.ns);
  throw mismatch(operator, left, right);
}

function compareBig(a: bigint, b: bigint): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** `==`: numbers across kinds, arrays element by element, everything else by type and content. */
export function equal(left: unknown, right: unknown, meter: Metered): boolean {
  const a = numeric(left);
  const b = numeric(right);
  if (a !== undefined && b !== undefined) return typeof a === typeof b ? a === b : Number(a) === Number(b);
  if (typeof left === 'string') return typeof right === 'string' && sameText(left, right, meter);
  if (typeof left === 'boolean') return left === right;
  const entries = plainMap(left);
  if (entries !== undefined) return sameEntries(entries, plainMap(right), meter);
  if (isNilValue(left) && isNilValue(right)) return true;
  if (left instanceof GoTime && right instanceof GoTime) return left.unixNs === right.unixNs;
  if (lengthOf(left) !== undefined && lengthOf(right) !== undefined)
    return pairwise(left, right, meter, equal);
  return identical(left, right, meter);
}

type Same = (left: unknown, right: unknown, meter: Metered) => boolean;

/** Steps that comparing two lists costs beyond those of their elements. */
const LIST_PRICE = 8;

/** Element by element. The budget is asked at every level: arrays that share elements can be of any size unfolded. */
function pairwise(left: unknown, right: unknown, meter: Metered, same: Same): boolean {
  const length = lengthOf(left) ?? 0;
  if (length !== lengthOf(right)) return false;
  meter.budget.step(LIST_PRICE + 3 * length);
  const x = listOf(left) ?? [];
  const y = listOf(right) ?? [];
  return x.every((item, index) => same(item, y[index], meter));
}

/** Steps that comparing two maps costs beyond those of their entries. */
const MAP_PRICE = 8;

/** Go's reflect.DeepEqual: same type, same content. */
export function identical(left: unknown, right: unknown, meter: Metered): boolean {
  if (typeof left === 'string' && typeof right === 'string') return sameText(left, right, meter);
  if (left === right) return true;
  const entries = plainMap(left);
  if (entries !== undefined) return sameEntries(entries, plainMap(right), meter);
  if (left === null || right === null || typeof left !== 'object' || typeof right !== 'object') return false;
  if (typeName(left) !== typeName(right)) return false;
  if (left instanceof GoInteger && right instanceof GoInteger) return left.value === right.value;
  if (left instanceof GoDuration && right instanceof GoDuration) return left.ns === right.ns;
  if (left instanceof GoTime && right instanceof GoTime) return left.unixNs === right.unixNs;
  if (left instanceof GoLocation && right instanceof GoLocation) return left.zone === right.zone;
  if (left instanceof NamedString && right instanceof NamedString) return left.text === right.text;
  if (left instanceof GoPointer && right instanceof GoPointer)
    return identical(left.value, right.value, meter);
  if (left instanceof GoFunction || right instanceof GoFunction) return false;
  if (lengthOf(left) !== undefined && lengthOf(right) !== undefined)
    return pairwise(left, right, meter, identical);
  if (left instanceof GoMap && right instanceof GoMap) {
    meter.budget.step(MAP_PRICE + left.size);
    return (
      left.size === right.size &&
      left.keys.every((key) => right.has(key) && identical(left.get(key), right.get(key), meter))
    );
  }
  if (left instanceof GoStruct && right instanceof GoStruct) {
    return Object.keys(left.fields).every((name) =>
      identical(left.fields[name]?.value, right.fields[name]?.value, meter),
    );
  }
  return (
    left instanceof NamedMap && right instanceof NamedMap && sameEntries(left.entries, right.entries, meter)
  );
}

type Entries = Readonly<Record<string, unknown>>;

/** Whether two maps hold the same; nothing else than a map does. */
function sameEntries(left: Entries, right: Entries | undefined, meter: Metered): boolean {
  if (right === undefined) return false;
  const keys = Object.keys(left);
  meter.budget.step(MAP_PRICE + keys.length);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && identical(left[key], right[key], meter))
  );
}

/** `needle in container`. */
export function contains(needle: unknown, container: unknown, meter: Metered): boolean {
  if (isNilValue(container)) return false;
  const length = lengthOf(container);
  if (length !== undefined) {
    meter.budget.step(LIST_PRICE + 3 * length);
    return (listOf(container) ?? []).some((item) => equal(item, needle, meter));
  }
  const entries = container instanceof NamedMap ? container.entries : plainMap(container);
  if (entries !== undefined) {
    // nil looks up the key type's zero value.
    if (needle === null) return Object.hasOwn(entries, '');
    if (typeof needle === 'string') return Object.hasOwn(entries, needle);
    throw new GoError(
      `reflect.Value.MapIndex: value of type ${typeName(needle)} is not assignable to type string`,
    );
  }
  if (container instanceof GoMap) return container.has(needle);
  if (container instanceof GoStruct)
    return typeof needle === 'string' && Object.hasOwn(container.fields, needle);
  if (container instanceof GoTime || container instanceof GoLocation) {
    if (typeof needle === 'string') return false;
    throw new GoError(
      `cannot use ${typeName(needle)} as field name of time.${container instanceof GoTime ? 'Time' : 'Location'}`,
    );
  }
  throw new GoError(`operator "in" not defined on ${typeName(container)}`);
}

/** `left matches pattern` for a pattern of the condition's own text; nil is false, and bytes are taken as their text. */
export function matchesConstant(left: unknown, regex: GoRegex, { budget }: Metered): boolean {
  if (left === null) return false;
  const bytes = typeof left === 'string' ? undefined : bytesOf(left);
  if (typeof left !== 'string' && bytes === undefined) throw assertType(left, '[]uint8');
  const text = bytes === undefined ? toText(left) : utf8Decode(bytes);
  return regex.test(text, (steps) => {
    budget.step(steps);
  });
}

/** The same for a pattern that is known only now; nil on either side is false. */
export function matches(left: unknown, pattern: unknown, frame: Patterns): boolean {
  if (left === null || pattern === null) return false;
  const expression = toText(pattern);
  const text = toText(left);
  return frame.pattern(expression).test(text, (steps) => {
    frame.budget.step(steps);
  });
}

/** What compiles patterns, and is asked before it is done whether there are steps left for it. */
interface Patterns extends Metered {
  pattern(source: string): GoRegex;
}

/** `contains`, `startsWith` and `endsWith`; nil on either side is false. */
export function textTest(operator: string, left: unknown, right: unknown): boolean {
  if (left === null || right === null) return false;
  const text = toText(left);
  const part = toText(right);
  if (operator === 'contains') return binary(text).includes(binary(part));
  return operator === 'startsWith'
    ? binary(text).startsWith(binary(part))
    : binary(text).endsWith(binary(part));
}
