import { parseGoDuration } from '../go/go-duration.js';
import { GoError } from '../go/go-error.js';
import { printValue, toJson } from '../go/go-print.js';
import { parseDate, parseTime } from '../go/go-time.js';
import {
  GoArray,
  GoDuration,
  GoInteger,
  GoLocation,
  GoMap,
  GoStruct,
  GoTime,
  NamedMap,
  TypedSlice,
  typeName,
} from '../go/values.js';
import { Zone } from '../go/zone.js';
import { fetch, get, sizeOf } from './collections.js';
import { fromJson } from './from-json.js';
import { bad, text, type LanguageFunction } from './language-function.js';
import {
  NIL_SLICE,
  edge,
  flatten,
  fromPairs,
  listArgument,
  mapEntries,
  sort,
  take,
  uniq,
} from './list-functions.js';
import {
  abs,
  bits,
  extreme,
  mean,
  median,
  roundHalfAway,
  rounding,
  shift,
  toFloat,
  toInt,
} from './number-functions.js';
import { numeric, toText } from './numbers.js';
import { reflectKind } from './reflect-kind.js';
import { listOf, plainMap } from './shapes.js';
import {
  base64,
  byteIndex,
  eachRune,
  fromBase64,
  join,
  repeat,
  replace,
  splitText,
  trimBoth,
  trimEnd,
} from './text-functions.js';

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
  if (value instanceof GoMap || plainMap(value) !== undefined) return 'map';
  if (value instanceof GoLocation) return 'time.Location';
  const name = typeName(value);
  return name.startsWith('func') ? 'func' : name;
}

function readDate(value: string, layout: string | undefined, zone: Zone | undefined): GoTime {
  return layout === undefined ? parseDate(value, zone) : parseTime(layout, value, zone);
}

function date(args: readonly unknown[]): GoTime {
  const [value = null, ...rest] = args;
  if (value instanceof GoLocation && rest.length === 0)
    throw new GoError('runtime error: index out of range [0] with length 0');
  // A location before the text: `date(timezone("Europe/Zurich"), "2023-08-14 10:20")`.
  if (value instanceof GoLocation)
    return readDate(text(rest, 0), rest.length > 1 ? text(rest, 1) : undefined, value.zone);
  const source = toText(value);
  const layout = rest.length > 0 ? text(rest, 0) : undefined;
  return readDate(source, layout, rest.length > 1 ? Zone.load(text(rest, 1)) : undefined);
}

/** A *time.Location without rules prints as the fields of its struct; of one with rules only the name is told. */
function locationFields({ zone }: GoLocation): string {
  return zone.name === 'UTC' ? '{UTC [] []  0 0 <nil>}' : zone.name;
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
    const shown = value instanceof GoLocation ? locationFields(value) : value;
    const printed = printValue(shown, MAX_PRINTED, (steps) => {
      budget.step(steps);
    });
    if (typeof value !== 'string') budget.write(printed.length);
    return printed;
  },
  trim: trimBoth,
  trimPrefix: trimEnd((value, prefix) => (value.startsWith(prefix) ? value.slice(prefix.length) : value)),
  trimSuffix: trimEnd((value, suffix) =>
    value.endsWith(suffix) ? value.slice(0, value.length - suffix.length) : value,
  ),
  upper: (args) => eachRune(text(args, 0), (rune) => rune.toUpperCase()),
  lower: (args) =>
    // Two runes to JavaScript: the i and its dot.
    eachRune(text(args, 0), (rune) => (rune === 'İ' ? 'i' : rune.toLowerCase())),
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
    const json = toJson(value, MAX_PRINTED, (steps) => {
      budget.step(steps);
    });
    budget.write(json.length);
    return json;
  },
  fromJSON: (args, { budget }) => {
    const source = text(args, 0);
    budget.write(source.length);
    return fromJson(source, budget);
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
  get: ([from = null, key = null]) =>
    // A map of texts takes no other key but nil.
    key !== null && typeof key !== 'string' && plainMap(from) !== undefined
      ? fetch(from, key)
      : get(from, key),
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
  reverse: ([value = null], { budget }) => {
    const list = listArgument('reverse', value);
    budget.allocate(list.length);
    return [...list].reverse();
  },
  uniq,
  concat: (args, { budget }) => {
    const lists = args.map((arg) => {
      const list = listOf(arg);
      if (list === undefined) throw new GoError(`cannot concat ${reflectKind(arg)}`);
      budget.allocate(list.length);
      // Beyond the look at it that each argument costs: the copy's memory is to be freed again.
      budget.step(list.length);
      return list;
    });
    const joined = lists.flat();
    return joined.length === 0 ? NIL_SLICE : joined;
  },
  flatten: ([value = null], { budget }) => {
    const flat = flatten(listArgument('flatten', value), budget);
    budget.allocate(flat.length);
    budget.step(flat.length);
    return flat;
  },
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
