import type { ResultType, TypedValue } from '../../service/condition/index.js';
import { formatTime, parseTime, RFC3339_NANO } from '../../service/condition/go/go-time.js';
import { formatGoDuration } from '../../service/condition/go/go-duration.js';
import { utf8Decode, utf8Encode } from '../../service/condition/go/utf8.js';
import {
  bytesOf,
  bytesSlice,
  GoArray,
  GoDuration,
  GoFunction,
  GoInteger,
  GoLocation,
  GoMap,
  GoPointer,
  GoStruct,
  GoTime,
  metricDataResult,
  NamedMap,
  NamedString,
  typeName,
  TypedSlice,
} from '../../service/condition/go/values.js';
import { isRecord, textOf } from './judge.js';

type Json = Readonly<Record<string, unknown>>;

const RESULT_TYPES: ReadonlySet<string> = new Set<ResultType>([
  'nil',
  'bool',
  'string',
  'float64',
  'int',
  'int64',
  'uint64',
  'uint8',
  '*float64',
  'json',
  'float64[]',
  'int[]',
  'string[]',
  'any[]',
  'map[string]any',
  'nrdb.NRDBResult',
  'nrdb.NRDBResult[]',
  'types.MetricDataResult[]',
  'time',
  'duration',
  'bytes',
]);

function isResultType(type: string): type is ResultType {
  return RESULT_TYPES.has(type);
}

/** The recorded `result` of a case, as a provider would deliver it. */
export function decodeResult(typed: unknown): TypedValue {
  if (!isRecord(typed)) throw new TypeError('a typed value must be an object');
  const type = textOf(typed, 'type');
  if (!isResultType(type)) throw new TypeError(`no provider delivers ${type}`);
  const value = typed['value'] ?? null;
  switch (type) {
    case 'json':
    case 'nrdb.NRDBResult':
    case 'nrdb.NRDBResult[]':
      return { type, value };
    case '*float64':
      return { type, value: value === null ? null : floatFrom(value) };
    case 'any[]':
    case 'map[string]any':
    case 'types.MetricDataResult[]':
    case 'float64[]':
    case 'int[]':
    case 'string[]':
      return { type, value: value === null ? null : plainItems(type, value) };
    default:
      return { type, value: decodeValue(typed) };
  }
}

function plainItems(type: string, value: unknown): unknown {
  if (type === 'map[string]any') return mapValues(value, decodeTyped);
  return listOf(value).map((item) => {
    if (type === 'any[]') return decodeTyped(item);
    if (type === 'float64[]') return floatFrom(item);
    if (type === 'int[]') return integerFrom(item);
    return type === 'string[]' ? item : metricDataFrom(item);
  });
}

function decodeTyped(typed: unknown): unknown {
  if (!isRecord(typed)) throw new TypeError('a typed value must be an object');
  return decodeValue(typed);
}

/** The run-time value of a typed value. */
export function decodeValue(typed: Json): unknown {
  const type = textOf(typed, 'type');
  const value = typed['value'] ?? null;
  switch (type) {
    case 'nil':
      return null;
    case 'bool':
    case 'json':
      return value;
    case 'string':
      return 'base64' in typed ? utf8Decode(Buffer.from(textOf(typed, 'base64'), 'base64')) : value;
    case 'float64':
      return floatFrom(value);
    case 'int':
      return integerFrom(value);
    case 'int64':
    case 'uint64':
    case 'uint8':
    case 'time.Month':
    case 'time.Weekday':
      return new GoInteger(type, integerFrom(value));
    case '*float64':
      return new GoPointer('float64', value === null ? null : floatFrom(value));
    case 'float64[]':
    case 'int[]':
    case 'string[]':
      return value === null
        ? new TypedSlice(type.slice(0, -2), [], true)
        : new TypedSlice(type.slice(0, -2), listOf(plainItems(type, value)));
    case 'any[]':
      return value === null ? new TypedSlice('interface {}', [], true) : plainItems(type, value);
    case 'map[string]any':
      return plainItems(type, value);
    case 'time':
      return parseTime(RFC3339_NANO, textOf(typed, 'value'));
    case 'duration':
      return new GoDuration(integerFrom(value));
    case 'bytes':
      return bytesSlice(Buffer.from(textOf(typed, 'value'), 'base64'));
    default:
      throw new TypeError(`no decoder for the type ${type}`);
  }
}

function metricDataFrom(item: unknown): GoStruct {
  if (!isRecord(item)) throw new TypeError('a CloudWatch result must be an object');
  const text = (field: string): string | null =>
    item[field] === null || item[field] === undefined ? null : textOf(item, field);
  const list = (field: string): readonly unknown[] | null =>
    item[field] === null || item[field] === undefined ? null : listOf(item[field]);
  return metricDataResult({
    Id: text('Id'),
    Label: text('Label'),
    StatusCode: text('StatusCode') ?? '',
    Timestamps: list('Timestamps')?.map((time) => parseTime(RFC3339_NANO, String(time))) ?? null,
    Values: list('Values')?.map(floatFrom) ?? null,
  });
}

function listOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError('expected an array');
  return value;
}

function mapValues(value: unknown, change: (item: unknown) => unknown): Record<string, unknown> {
  if (!isRecord(value)) throw new TypeError('expected an object');
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, change(item)]));
}

function floatFrom(value: unknown): number {
  if (typeof value === 'number') return value;
  const named: Readonly<Record<string, number>> = {
    NaN: Number.NaN,
    '+Inf': Infinity,
    '-Inf': -Infinity,
    '-0': -0,
  };
  const number = typeof value === 'string' ? named[value] : undefined;
  if (number === undefined) throw new TypeError(`no float64: ${JSON.stringify(value)}`);
  return number;
}

function integerFrom(value: unknown): bigint {
  if (typeof value !== 'number' && typeof value !== 'string')
    throw new TypeError(`no integer: ${JSON.stringify(value)}`);
  return BigInt(value);
}

/** The typed encoding of a run-time value, with the fields that recorded outputs have. */
export function encodeValue(value: unknown): Json {
  if (value === null || value === undefined) return { type: 'nil' };
  const type = encodedType(typeName(value));
  if (value instanceof GoFunction) return { type };
  const bytes = bytesOf(value);
  if (bytes !== undefined) return { type: 'bytes', value: Buffer.from(bytes).toString('base64') };
  if (typeof value === 'string') return encodeString(value);
  if (value instanceof GoTime) return encodeTime(value);
  if (value instanceof GoDuration)
    return { type, value: String(value.ns), string: formatGoDuration(value.ns) };
  if (value instanceof GoMap) return { type, entries: encodeEntries(value) };
  if (value instanceof GoInteger && (value.kind === 'time.Month' || value.kind === 'time.Weekday')) {
    return { type, value: Number(value.value), string: nameOf(value) };
  }
  return { type, value: encodePlain(value) };
}

/** The value alone, its type being known. */
function encodePlain(value: unknown): unknown {
  if (typeof value === 'number') return encodeFloat(value);
  if (typeof value === 'bigint') return encodeInteger(value);
  if (value instanceof GoInteger) return encodeInteger(value.value);
  if (value instanceof GoLocation) return value.zone.name;
  if (value instanceof NamedString) return value.text;
  if (value instanceof GoPointer) return value.value === null ? null : encodePlain(value.value);
  if (value instanceof TypedSlice)
    return value.isNil ? null : value.items.map(PLAIN_ITEMS.has(value.elem) ? encodePlain : encodeValue);
  if (value instanceof GoArray) return value.items.map(encodeValue);
  if (value instanceof NamedMap) return mapValues(value.entries, encodeValue);
  if (value instanceof GoStruct) {
    const shown = Object.entries(value.fields).filter(([name]) => name !== 'Messages');
    return Object.fromEntries(shown.map(([name, field]) => [name, encodeField(field.value)]));
  }
  if (Array.isArray(value)) return value.map(encodeValue);
  return typeof value === 'object' && value !== null ? mapValues(value, encodeValue) : value;
}

const PLAIN_ITEMS = new Set(['float64', 'int', 'string']);

function encodeField(value: unknown): unknown {
  if (value instanceof TypedSlice && value.elem === 'time.Time') {
    return value.isNil
      ? null
      : value.items.map((time) => (time instanceof GoTime ? formatTime(time, RFC3339_NANO) : time));
  }
  return encodePlain(value);
}

function encodeString(value: string): Json {
  const bytes = utf8Encode(value);
  return /\p{Surrogate}/u.test(value)
    ? { type: 'string', base64: Buffer.from(bytes).toString('base64') }
    : { type: 'string', value };
}

/** A time with zone and, within 64 bits, nanoseconds since the epoch. */
export function encodeTime(time: GoTime): Json {
  const fits = BigInt.asIntN(64, time.unixNs) === time.unixNs;
  const encoded = { type: 'time', value: formatTime(time, RFC3339_NANO), zone: time.zone.name };
  return fits ? { ...encoded, unixNano: String(time.unixNs) } : encoded;
}

function encodeEntries(map: GoMap): unknown {
  const entries = map.keys.map((key, index) => [encodeValue(key), encodeValue(map.values[index])] as const);
  return entries
    .sort(([a], [b]) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
    .map(([key, value]) => [key, value]);
}

function encodeFloat(value: number): number | string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  return Object.is(value, -0) ? '-0' : value;
}

function encodeInteger(value: bigint): number | string {
  const number = Number(value);
  return value <= 2n ** 53n && value >= -(2n ** 53n) ? number : String(value);
}

function nameOf({ kind, value }: GoInteger): string {
  const weekday = kind === 'time.Weekday';
  const date = new Date(Date.UTC(2023, weekday ? 0 : Number(value) - 1, weekday ? 1 + Number(value) : 1));
  return date.toLocaleString('en-US', {
    timeZone: 'UTC',
    ...(weekday ? { weekday: 'long' } : { month: 'long' }),
  });
}

/** The vectors' short name of a Go type. */
export function encodedType(goType: string): string {
  const named = NAMES[goType];
  if (named !== undefined) return named;
  const short = goType.startsWith('func') ? goType : goType.replaceAll('interface {}', 'any');
  return short.startsWith('[]') ? `${short.slice(2)}[]` : short;
}

const NAMES: Readonly<Record<string, string>> = {
  'time.Time': 'time',
  'time.Duration': 'duration',
  '*time.Location': 'location',
  '[]uint8': 'bytes',
  'map[interface {}][]interface {}': 'map[any]any[]',
};
