import { utf8Decode, utf8Encode } from '../go/utf8.js';
import { GoError } from '../go/go-error.js';
import { parseFloat as parseGoFloat, parseInt as parseGoInt, toInt64 } from '../go/go-number.js';
import { parseGoDuration } from '../go/go-duration.js';
import { printValue, toJson } from '../go/go-print.js';
import { parseDate, parseTime } from '../go/go-time.js';
import {
  GoArray,
  GoDuration,
  GoInteger,
  GoLocation,
  GoMap,
  GoPointer,
  GoStruct,
  GoTime,
  NamedMap,
  TypedSlice,
  typeName,
} from '../go/values.js';
import { Zone } from '../go/zone.js';
import { fromJson } from './from-json.js';
import type { Budget } from './budget.js';
import { get, sizeOf } from './collections.js';
import { assertType, int, numeric, toIndex, toText } from './numbers.js';
import { equal, order } from './operators.js';
import { binary, listOf, plainMap } from './shapes.js';

/** What a function may use beside its arguments. */
export interface Surroundings {
  readonly budget: Budget;
  /** The time that `now()` gives. */
  readonly now: GoTime;
}
export type LanguageFunction = (args: readonly unknown[], around: Surroundings) => unknown;

const bad = (name: string, value: unknown): GoError =>
  new GoError(`invalid argument for ${name} (type ${typeName(value)})`);

function rounding(name: string, round: (value: number) => number): LanguageFunction {
  return ([value = null]) => {
    const number = numeric(value);
    if (number === undefined) throw bad(name, value);
    return typeof number === 'bigint' ? Number(number) : round(number);
  };
}

/** Go's math.Round: half away from zero. */
function roundHalfAway(value: number): number {
  const whole = Math.trunc(value);
  return Math.abs(value - whole) >= 0.5 ? whole + Math.sign(value) : whole === 0 ? 0 * value : whole;
}

function toInt(value: unknown): bigint {
  if (value instanceof GoPointer) return toInt(value.value);
  const number = numeric(value);
  if (number !== undefined) return typeof number === 'number' ? toInt64(number) : int(number);
  if (value instanceof GoInteger) return value.value;
  if (value instanceof GoDuration) return value.ns;
  if (typeof value === 'string') {
    try {
      return parseGoInt(value);
    } catch {
      throw new GoError(`invalid operation: int(${value})`);
    }
  }
  if (value === null) throw new GoError('reflect: call of reflect.Value.Type on zero Value');
  throw new GoError(`invalid operation: int(${typeName(value)})`);
}

function toFloat(value: unknown): number {
  if (value instanceof GoPointer) return toFloat(value.value);
  const number = numeric(value);
  if (number !== undefined) return Number(number);
  if (typeof value === 'string') {
    try {
      return parseGoFloat(value);
    } catch {
      throw new GoError(`invalid operation: float(${value})`);
    }
  }
  throw new GoError(`invalid operation: float(${typeName(value)})`);
}

function abs(value: unknown): unknown {
  const number = numeric(value);
  if (number === undefined) throw bad('abs', value);
  if (value instanceof GoInteger) return number < 0 ? new GoInteger(value.kind, -value.value) : value;
  // As the reference does it: -0 is not less than 0 and stays.
  if (typeof number === 'number') return number < 0 ? -number : number;
  return number < 0n ? int(-number) : number;
}

/** The numbers among the arguments and, one level after another, in the arrays among them. */
function flatNumbers(
  name: string,
  args: readonly unknown[],
  budget: Budget,
  ordered = false,
  depth = 0,
): unknown[] {
  if (depth > 100) throw new GoError('recursion depth exceeded');
  const numbers: unknown[] = [];
  for (const arg of args) {
    budget.step();
    const list = listOf(arg);
    if (list !== undefined)
      for (const inner of flatNumbers(name, list, budget, ordered, depth + 1)) numbers.push(inner);
    else if (numeric(arg) !== undefined || (ordered && isNamedInteger(arg))) numbers.push(arg);
    else throw bad(name, arg);
  }
  return numbers;
}

/** Integers with a name of their own: `max` and `min` take them and then find that they cannot be compared. */
function isNamedInteger(value: unknown): boolean {
  return value instanceof GoDuration || value instanceof GoInteger;
}

function extreme(name: 'max' | 'min'): LanguageFunction {
  const operator = name === 'max' ? '<' : '>';
  return (args, { budget }) => {
    const [only = null] = args;
    // A single value of another kind comes back as it is, as recorded.
    if (
      args.length === 1 &&
      only !== null &&
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

function mean(args: readonly unknown[], { budget }: Surroundings): unknown {
  const numbers = flatNumbers('mean', args, budget, true);
  if (numbers.length === 0) return 0;
  let sum = 0;
  for (const value of numbers) sum += measure(value);
  return sum / numbers.length;
}

function median(args: readonly unknown[], { budget }: Surroundings): unknown {
  const numbers = flatNumbers('median', args, budget, true).map(measure);
  if (numbers.length === 0) return 0;
  numbers.sort((a, b) => a - b);
  const middle = numbers.length >> 1;
  const upper = numbers[middle] ?? 0;
  return numbers.length % 2 === 1 ? upper : ((numbers[middle - 1] ?? 0) + upper) / 2;
}

const text = (args: readonly unknown[], index: number): string => toText(args[index] ?? null);

function trimWith(trim: (value: string, cutset: string | undefined) => string): LanguageFunction {
  return (args) => trim(text(args, 0), args.length > 1 ? text(args, 1) : undefined);
}

const GO_SPACE =
  /^[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+|[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+$/g;

function trim(value: string, cutset: string | undefined): string {
  if (cutset === undefined) return value.replace(GO_SPACE, '');
  const cut = new Set(cutset);
  const characters = Array.from(value);
  let start = 0;
  let end = characters.length;
  while (start < end && cut.has(characters[start] ?? '')) start++;
  while (end > start && cut.has(characters[end - 1] ?? '')) end--;
  return characters.slice(start, end).join('');
}

function splitText(keepSeparator: boolean): LanguageFunction {
  return (args, { budget }) => {
    const value = text(args, 0);
    const separator = text(args, 1);
    const limit = args.length > 2 ? toIndex(args[2] ?? null) : -1;
    if (limit === 0) return new TypedSlice('string', [], true);
    const all = separator === '' ? Array.from(value) : value.split(separator);
    budget.step(all.length);
    const rejoin = keepSeparator && separator !== '' ? '' : separator;
    const pieces =
      keepSeparator && separator !== ''
        ? all.map((piece, index) => (index < all.length - 1 ? piece + separator : piece))
        : all;
    if (limit < 0 || pieces.length <= limit) return new TypedSlice('string', pieces);
    return new TypedSlice('string', [...pieces.slice(0, limit - 1), pieces.slice(limit - 1).join(rejoin)]);
  };
}

function replace(args: readonly unknown[], { budget }: Surroundings): string {
  const value = text(args, 0);
  const old = text(args, 1);
  const replacement = text(args, 2);
  const limit = args.length > 3 ? toIndex(args[3] ?? null) : -1;
  const pieces = old === '' ? ['', ...Array.from(value)] : value.split(old);
  const times = limit < 0 ? Number.POSITIVE_INFINITY : limit;
  budget.write(value.length + Math.min(times, pieces.length) * replacement.length);
  if (old === '') {
    const characters = Array.from(value);
    const head = characters
      .map((character, index) => (index < times ? replacement : '') + character)
      .join('');
    return head + (characters.length < times ? replacement : '');
  }
  return pieces
    .map((piece, index) =>
      index === pieces.length - 1 ? piece : piece + (index < times ? replacement : old),
    )
    .join('');
}

function repeat(args: readonly unknown[], { budget }: Surroundings): string {
  const value = text(args, 0);
  const count = toIndex(args[1] ?? null);
  if (count < 0) throw new GoError(`invalid argument for repeat (expected positive integer, got ${count})`);
  if (count > 1_000_000) throw new GoError('memory budget exceeded');
  budget.write(value.length * count);
  return value.repeat(count);
}

function join(args: readonly unknown[], { budget }: Surroundings): string {
  const value = args[0] ?? null;
  const separator = args.length > 1 ? text(args, 1) : '';
  if (value instanceof TypedSlice && value.elem !== 'string' && !(value.elem === 'interface {}'))
    throw bad('join', value);
  const list = listOf(value);
  if (list === undefined) throw bad('join', value);
  const pieces = list.map(toText);
  budget.write(pieces.reduce((total, piece) => total + piece.length, separator.length * list.length));
  return pieces.join(separator);
}

function byteIndex(last: boolean): LanguageFunction {
  return (args) => {
    const value = text(args, 0);
    const bytes = binary(value);
    const part = binary(text(args, 1));
    return BigInt(last ? bytes.lastIndexOf(part) : bytes.indexOf(part));
  };
}

function edge(name: 'first' | 'last'): LanguageFunction {
  return ([value = null]) => {
    if (value === null) return null;
    if (sizeOf(value) === undefined) throw new GoError(`cannot get ${name} element from ${typeName(value)}`);
    return get(value, name === 'first' ? 0n : -1n);
  };
}

function take(args: readonly unknown[]): unknown {
  const [value = null, count = null] = args;
  const list = listOf(value);
  if (list === undefined) throw new GoError(`cannot take from ${reflectKind(value)}`);
  const number = numeric(count);
  if (typeof number !== 'bigint')
    throw new GoError(`cannot take ${count === null ? 'invalid' : typeName(count)} elements`);
  if (number < 0n) throw new GoError('reflect.Value.Slice: slice index out of bounds');
  const items = list.slice(0, Number(number > BigInt(list.length) ? BigInt(list.length) : number));
  return value instanceof TypedSlice ? new TypedSlice(value.elem, items) : items;
}

/** A value's reflect.Kind as the reference prints it. */
function reflectKind(value: unknown): string {
  if (value === null) return 'invalid';
  if (listOf(value) !== undefined) return value instanceof GoArray ? 'array' : 'slice';
  if (entriesOf(value) !== undefined) return 'map';
  return value instanceof GoTime ? 'struct' : typeName(value);
}

/** Keys and values of a map, keys of string maps in the order of the object. */
function entriesOf(value: unknown): readonly (readonly [unknown, unknown])[] | undefined {
  if (value instanceof GoMap)
    return value.keys.map((key, index) => [key, value.values[index] ?? null] as const);
  const map = value instanceof NamedMap ? value.entries : plainMap(value);
  return map === undefined
    ? undefined
    : Object.entries(map).map(([key, item]) => [key, item ?? null] as const);
}

function mapEntries(
  message: (kind: string) => string,
  value: unknown,
): readonly (readonly [unknown, unknown])[] {
  const entries = entriesOf(value);
  if (entries === undefined) throw new GoError(message(reflectKind(value)));
  return entries;
}

function fromPairs([value = null]: readonly unknown[]): GoMap {
  const list = listOf(value);
  if (list === undefined) throw new GoError(`cannot transform ${typeName(value)} from pairs`);
  const map = new GoMap('map[interface {}]interface {}');
  for (const pair of list) {
    const items = listOf(pair);
    if (items?.length !== 2) throw new GoError(`invalid pair ${printValue(pair)}`);
    map.set(hashable(items[0] ?? null), items[1] ?? null);
  }
  return map;
}

/** A value that Go can hash; the reference's text for one that it cannot. */
export function hashable(key: unknown): unknown {
  if (listOf(key) !== undefined && !(key instanceof GoArray))
    throw new GoError(`hash of unhashable type: ${typeName(key)}`);
  if (entriesOf(key) !== undefined) throw new GoError(`hash of unhashable type: ${typeName(key)}`);
  return key;
}

function listArgument(verb: string, value: unknown): readonly unknown[] {
  const list = listOf(value);
  if (list === undefined) throw new GoError(`cannot ${verb} ${reflectKind(value)}`);
  return list;
}

function uniq([value = null]: readonly unknown[], { budget }: Surroundings): unknown[] {
  const kept: unknown[] = [];
  const seen = new Set<unknown>();
  for (const item of listArgument('uniq', value)) {
    // Strings are told apart at once; everything else is compared as `==` does.
    if (typeof item === 'string') {
      budget.step();
      if (seen.has(item)) continue;
      seen.add(item);
    } else {
      budget.step(kept.length + 1);
      if (kept.some((other) => typeof other !== 'string' && equal(other, item, budget))) continue;
    }
    kept.push(item);
  }
  return kept;
}

function flatten(value: readonly unknown[], budget: Budget, depth = 0): unknown[] {
  if (depth > 100) throw new GoError('recursion depth exceeded');
  const flat: unknown[] = [];
  for (const item of value) {
    budget.step();
    const list = listOf(item);
    if (list === undefined) flat.push(item);
    else for (const inner of flatten(list, budget, depth + 1)) flat.push(inner);
  }
  return flat;
}

/** Whether a sort order is descending. Throws GoError for anything but `asc` and `desc`. */
export function isDescending(value: unknown): boolean {
  const name = toText(value);
  if (name !== 'asc' && name !== 'desc') throw new GoError('unknown order, use asc or desc');
  return name === 'desc';
}

/** Sorts by `<`, stable; counts its comparisons. */
export function sorted<T>(
  items: readonly T[],
  key: (item: T) => unknown,
  descending: boolean,
  budget: Budget,
): T[] {
  const compare = (a: T, b: T): number => {
    budget.step();
    const [x, y] = descending ? [key(b), key(a)] : [key(a), key(b)];
    return order('<', x, y) < 0 ? -1 : order('<', y, x) < 0 ? 1 : 0;
  };
  return [...items].sort(compare);
}

/** What the reference gives where it appends nothing. */
export const NIL_SLICE = new TypedSlice('interface {}', [], true);

function sort(args: readonly unknown[], { budget }: Surroundings): unknown {
  const [value = null] = args;
  const list = listOf(value);
  if (typeof value === 'string') return NIL_SLICE;
  if (list === undefined) throw bad('sort', value);
  const descending = args.length > 1 && isDescending(args[1] ?? null);
  return sorted(list, (item) => item, descending, budget);
}

function bits(name: string, apply: (a: bigint, b: bigint) => bigint): LanguageFunction {
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

function shift(name: string, apply: (value: bigint, count: bigint) => bigint): LanguageFunction {
  return bits(name, (value, count) => {
    if (count < 0n) throw new GoError(`invalid operation: negative shift count ${count} (type int)`);
    return apply(value, count > 64n ? 64n : count);
  });
}

/** Named types with the import path that Go's reflection gives them. */
const PACKAGES: Readonly<Record<string, string>> = {
  'nrdb.NRDBResult': 'github.com/newrelic/newrelic-client-go/v2/pkg/nrdb.NRDBResult',
  'types.MetricDataResult': 'github.com/aws/aws-sdk-go-v2/service/cloudwatch/types.MetricDataResult',
};

function typeWord(value: unknown): string {
  if (value === null) return 'nil';
  if (
    value instanceof GoTime ||
    value instanceof GoDuration ||
    (value instanceof GoInteger && numeric(value) === undefined)
  )
    return typeName(value);
  if (numeric(value) !== undefined)
    return typeof numeric(value) === 'number' ? 'float' : typeName(value).startsWith('u') ? 'uint' : 'int';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'bool';
  if (value instanceof NamedMap || value instanceof GoStruct)
    return PACKAGES[value.typeName] ?? value.typeName;
  if (listOf(value) !== undefined) return 'array';
  if (entriesOf(value) !== undefined) return 'map';
  const name = typeName(value);
  return name.startsWith('func') ? 'func' : name;
}

function base64(value: string): string {
  let binary = '';
  for (const byte of utf8Encode(value)) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/** Go maps case rune by rune, without the special cases of whole words; a byte that is no UTF-8 becomes U+FFFD. */
function eachRune(value: string, map: (rune: string) => string): string {
  let out = '';
  // Plain ASCII, the usual case, at the speed of the engine.
  if (/^[\0-\x7f]*$/.test(value)) return map(value);
  for (const rune of value) {
    const mapped = rune === 'İ' ? 'i' : map(rune);
    out += /\p{Surrogate}/u.test(rune) ? '\ufffd' : Array.from(mapped).length === 1 ? mapped : rune;
  }
  return out;
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

function fromBase64(value: string): string {
  const clean = value.replaceAll(/[\r\n]/g, '');
  const wrong = Array.from(clean).findIndex((character) => !/[A-Za-z0-9+/=]/.test(character));
  if (wrong >= 0) throw new GoError(`illegal base64 data at input byte ${wrong}`);
  if (!BASE64.test(clean) || clean.length % 4 !== 0) {
    const padding = clean.indexOf('=');
    throw new GoError(
      `illegal base64 data at input byte ${padding >= 0 ? padding : Math.max(0, clean.length - (clean.length % 4 === 0 ? 0 : clean.length % 4))}`,
    );
  }
  const binary = atob(clean);
  return utf8Decode(Uint8Array.from(binary, (character) => character.charCodeAt(0)));
}

function readDate(value: string, layout: string | undefined, zone: Zone | undefined): GoTime {
  return layout === undefined ? parseDate(value, zone) : parseTime(layout, value, zone);
}

function date(args: readonly unknown[]): GoTime {
  const [value = null, ...rest] = args;
  // A location before the text: `date(timezone("Europe/Zurich"), "2023-08-14 10:20")`.
  if (value instanceof GoLocation)
    return readDate(text(rest, 0), rest.length > 1 ? text(rest, 1) : undefined, value.zone);
  const source = toText(value);
  const layout = rest.length > 0 ? text(rest, 0) : undefined;
  return readDate(source, layout, rest.length > 1 ? Zone.load(text(rest, 1)) : undefined);
}

/** The longest text that a value may be printed to: more would take longer than an evaluation may. */
const MAX_PRINTED = 1024 * 1024;

/** The language's functions, all but those with a predicate. The checker has checked how many arguments they get. */
export const FUNCTIONS: Readonly<Record<string, LanguageFunction>> = {
  len: ([value = null]) => {
    const size = sizeOf(value);
    if (size === undefined) throw bad('len', value);
    return BigInt(size);
  },
  type: ([value = null]) => typeWord(value),
  abs: ([value = null]) => abs(value),
  ceil: rounding('ceil', Math.ceil),
  floor: rounding('floor', Math.floor),
  round: rounding('round', roundHalfAway),
  int: ([value = null]) => toInt(value),
  float: ([value = null]) => toFloat(value),
  string: ([value = null], { budget }) => {
    const printed = printValue(value, MAX_PRINTED);
    if (typeof value !== 'string') budget.write(printed.length);
    return printed;
  },
  trim: trimWith(trim),
  trimPrefix: trimWith((value, prefix = ' ') =>
    value.startsWith(prefix) ? value.slice(prefix.length) : value,
  ),
  trimSuffix: trimWith((value, suffix = ' ') =>
    value.endsWith(suffix) ? value.slice(0, value.length - suffix.length) : value,
  ),
  upper: (args) => eachRune(text(args, 0), (rune) => rune.toUpperCase()),
  lower: (args) => eachRune(text(args, 0), (rune) => rune.toLowerCase()),
  split: splitText(false),
  splitAfter: splitText(true),
  replace,
  repeat,
  join,
  indexOf: byteIndex(false),
  lastIndexOf: byteIndex(true),
  hasPrefix: (args) => text(args, 0).startsWith(text(args, 1)),
  hasSuffix: (args) => text(args, 0).endsWith(text(args, 1)),
  max: extreme('max'),
  min: extreme('min'),
  mean,
  median,
  toJSON: ([value = null], { budget }) => {
    const json = toJson(value, MAX_PRINTED);
    budget.write(json.length);
    return json;
  },
  fromJSON: (args, { budget }) => {
    const source = text(args, 0);
    budget.write(source.length);
    return fromJson(source);
  },
  // Byte by byte: slower than what other functions do with a character.
  toBase64: (args, { budget }) => {
    budget.step(text(args, 0).length);
    return base64(text(args, 0));
  },
  fromBase64: (args, { budget }) => {
    budget.step(text(args, 0).length);
    return fromBase64(text(args, 0));
  },
  now: ([zone = null], { now }) => (zone instanceof GoLocation ? new GoTime(now.unixNs, zone.zone) : now),
  duration: (args) => new GoDuration(parseGoDuration(text(args, 0))),
  date: (args) => date(args),
  timezone: (args) => new GoLocation(Zone.load(text(args, 0))),
  first: edge('first'),
  last: edge('last'),
  get: ([from = null, key = null]) => get(from, key),
  take,
  keys: ([value = null]) => mapEntries((kind) => `cannot get keys from ${kind}`, value).map(([key]) => key),
  values: ([value = null]) =>
    mapEntries((kind) => `cannot get values from ${kind}`, value).map(([, item]) => item),
  toPairs: ([value = null]) =>
    new TypedSlice(
      '[2]interface {}',
      mapEntries((kind) => `cannot transform ${kind} to pairs`, value).map(
        (pair) => new GoArray('interface {}', pair),
      ),
    ),
  fromPairs,
  reverse: ([value = null]) => [...listArgument('reverse', value)].reverse(),
  uniq,
  concat: (args, { budget }) => {
    const joined = args.flatMap((arg) => {
      const list = listOf(arg);
      if (list === undefined) throw new GoError(`cannot concat ${arg === null ? 'invalid' : typeName(arg)}`);
      budget.allocate(list.length);
      return list;
    });
    return joined.length === 0 ? NIL_SLICE : joined;
  },
  flatten: ([value = null], { budget }) => flatten(listArgument('flatten', value), budget),
  sort,
  bitand: bits('bitand', (a, b) => a & b),
  bitor: bits('bitor', (a, b) => a | b),
  bitxor: bits('bitxor', (a, b) => a ^ b),
  bitnand: bits('bitnand', (a, b) => a & ~b),
  bitnot: bits('bitnot', (a) => ~a),
  bitshl: shift('bitshl', (value, count) => value << count),
  bitshr: shift('bitshr', (value, count) => value >> count),
  bitushr: shift('bitushr', (value, count) => BigInt.asUintN(64, value) >> count),
};

/** What Argo Rollouts adds. `default` and `isNil` ask about the whole result, whatever they are given, as recorded. */
export function conditionFunctions(
  result: unknown,
): Readonly<Record<string, (args: readonly unknown[]) => unknown>> {
  const absent = result === null;
  return {
    asInt: ([value = null]) => new GoInteger('int64', asInt(value)),
    asFloat: ([value = null]) => asFloat(value),
    isNaN: ([value = null]) => Number.isNaN(assertFloat(value)),
    isInf: ([value = null]) => {
      const number = assertFloat(value);
      return number === Number.POSITIVE_INFINITY || number === Number.NEGATIVE_INFINITY;
    },
    isNil: () => absent,
    default: ([, fallback = null]) => (absent ? fallback : result),
  };
}

/** nil in any shape, or an empty slice. */
export function isEmptyResult(result: unknown): boolean {
  if (result === null || (result instanceof GoPointer && result.value === null)) return true;
  return listOf(result)?.length === 0;
}

function assertFloat(value: unknown): number {
  if (typeof value === 'number') return value;
  throw assertType(value, 'float64');
}

function asInt(value: unknown): bigint {
  const number = numeric(value);
  if (number !== undefined) return typeof number === 'number' ? toInt64(number) : int(number);
  if (typeof value === 'string') return parseGoInt(value);
  throw new GoError(`asInt() not supported on ${typeName(value)} ${printValue(value)}`);
}

function asFloat(value: unknown): number {
  const number = numeric(value);
  if (number !== undefined) return Number(number);
  if (typeof value === 'string') return parseGoFloat(value);
  throw new GoError(`asFloat() not supported on ${typeName(value)} ${printValue(value)}`);
}
