/**
 * Run-time values of conditions. Plain JavaScript where Go's value has an equal: nil is null (undefined never
 * appears), bool and string themselves (see utf8.ts), float64 a number, Go's `int` a bigint within 64 bits,
 * []interface {} an array, map[string]interface {} an object read through Object.hasOwn only (parsed JSON is used
 * as it is). Everything else is a class of this file.
 */
import { GoError, quote } from './go-error.js';
import type { Zone } from './zone.js';

/** The integer kinds other than `int`, and Go's two named ints. */
export type IntegerKind =
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'uint'
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'uint64'
  | 'time.Month'
  | 'time.Weekday';

/** An integer of a kind other than `int`. `value` is within the kind's range. */
export class GoInteger {
  readonly kind: IntegerKind;
  readonly value: bigint;
  constructor(kind: IntegerKind, value: bigint) {
    this.kind = kind;
    this.value = value;
  }
}

/** A time.Duration: nanoseconds within 64 bits. */
export class GoDuration {
  readonly ns: bigint;
  constructor(ns: bigint) {
    this.ns = ns;
  }
}

/** A time.Time: nanoseconds since the Unix epoch (not limited to 64 bits) in a zone. */
export class GoTime {
  readonly unixNs: bigint;
  readonly zone: Zone;
  constructor(unixNs: bigint, zone: Zone) {
    this.unixNs = unixNs;
    this.zone = zone;
  }
}

/** A *time.Location, as `timezone()` gives. */
export class GoLocation {
  readonly zone: Zone;
  constructor(zone: Zone) {
    this.zone = zone;
  }
}

/**
 * A slice whose elements have a type of their own, `[]elem` (`float64`, `int`, `string`, `uint8`,
 * `nrdb.NRDBResult`, `[2]interface {}`, …). A nil slice of any element type, also `interface {}`, is one with `isNil`.
 */
export class TypedSlice {
  readonly elem: string;
  private readonly list: readonly unknown[];
  readonly isNil: boolean;
  constructor(elem: string, items: readonly unknown[], isNil = false) {
    this.elem = elem;
    this.list = items;
    this.isNil = isNil;
  }
  get items(): readonly unknown[] {
    return this.list;
  }
}

/** An array of fixed length, `[n]elem`: the pairs that `toPairs` gives are `[2]interface {}`. */
export class GoArray {
  readonly elem: string;
  readonly items: readonly unknown[];
  constructor(elem: string, items: readonly unknown[]) {
    this.elem = elem;
    this.items = items;
  }
}

/** A named type over map[string]interface {}, such as `nrdb.NRDBResult`. */
export class NamedMap {
  readonly typeName: string;
  readonly entries: Readonly<Record<string, unknown>>;
  constructor(typeName: string, entries: Readonly<Record<string, unknown>>) {
    this.typeName = typeName;
    this.entries = entries;
  }
}

/** A map with keys of any type, in order of insertion; keys are equal only within one Go type. */
export class GoMap {
  readonly typeName: string;
  private readonly places = new Map<string | symbol, number>();
  private readonly keyList: unknown[] = [];
  private readonly valueList: unknown[] = [];

  /** `typeName`: `map[interface {}]interface {}`, `map[interface {}][]interface {}`, … */
  constructor(typeName: string) {
    this.typeName = typeName;
  }
  get size(): number {
    return this.keyList.length;
  }
  get keys(): readonly unknown[] {
    return this.keyList;
  }
  get values(): readonly unknown[] {
    return this.valueList;
  }
  /** The value of a key, or undefined when there is none. Throws GoError for a key that cannot be hashed. */
  get(key: unknown): unknown {
    const place = this.places.get(hashKey(key));
    return place === undefined ? undefined : this.valueList[place];
  }
  has(key: unknown): boolean {
    return this.places.has(hashKey(key));
  }
  /** Sets or replaces. Throws GoError for a key that cannot be hashed. */
  set(key: unknown, value: unknown): void {
    const hash = hashKey(key);
    const place = this.places.get(hash);
    if (place !== undefined) {
      this.valueList[place] = value;
      return;
    }
    this.places.set(hash, this.keyList.length);
    this.keyList.push(key);
    this.valueList.push(value);
  }
}

/** A string with a type of its own, such as `types.StatusCode`: it is no `string` to Go, and equals none. */
export class NamedString {
  readonly typeName: string;
  readonly text: string;
  constructor(typeName: string, text: string) {
    this.typeName = typeName;
    this.text = text;
  }
}

/** A struct, such as `types.MetricDataResult`; `type` of a field is its Go type. */
export class GoStruct {
  readonly typeName: string;
  readonly fields: Readonly<Record<string, { readonly type: string; readonly value: unknown }>>;
  constructor(
    typeName: string,
    fields: Readonly<Record<string, { readonly type: string; readonly value: unknown }>>,
  ) {
    this.typeName = typeName;
    this.fields = fields;
  }
}

/** A pointer `*elem`; a nil pointer has the value null. */
export class GoPointer {
  readonly elem: string;
  readonly value: unknown;
  constructor(elem: string, value: unknown) {
    this.elem = elem;
    this.value = value;
  }
}

/** A function or a method value. */
export class GoFunction {
  readonly typeName: string;
  readonly call: (args: readonly unknown[]) => unknown;
  constructor(typeName: string, call: (args: readonly unknown[]) => unknown) {
    this.typeName = typeName;
    this.call = call;
  }
}

const BYTES: readonly GoInteger[] = Array.from(
  { length: 256 },
  (_, byte) => new GoInteger('uint8', BigInt(byte)),
);

/** The `uint8` of a byte (0 to 255). */
export function goByte(byte: number): GoInteger {
  return BYTES[byte & 255] ?? new GoInteger('uint8', BigInt(byte & 255));
}

/** A []uint8 of these bytes. */
export function bytesSlice(bytes: Uint8Array): TypedSlice {
  return new TypedSlice('uint8', Array.from(bytes, goByte));
}

/** The bytes of a []uint8; undefined for anything else. */
export function bytesOf(value: unknown): Uint8Array | undefined {
  if (!(value instanceof TypedSlice) || value.elem !== 'uint8') return undefined;
  return Uint8Array.from(value.items, (item) => (item instanceof GoInteger ? Number(item.value) : 0));
}

/** One CloudWatch result as AWS' client names its fields. */
export interface MetricDataFields {
  readonly Id: string | null;
  readonly Label: string | null;
  readonly StatusCode: string;
  readonly Timestamps: readonly GoTime[] | null;
  readonly Values: readonly number[] | null;
}

/** The struct that conditions see of a CloudWatch result. */
export function metricDataResult(fields: MetricDataFields): GoStruct {
  return new GoStruct('types.MetricDataResult', {
    Id: { type: '*string', value: new GoPointer('string', fields.Id) },
    Label: { type: '*string', value: new GoPointer('string', fields.Label) },
    Messages: { type: '[]types.MessageData', value: new TypedSlice('types.MessageData', [], true) },
    StatusCode: { type: 'types.StatusCode', value: new NamedString('types.StatusCode', fields.StatusCode) },
    Timestamps: {
      type: '[]time.Time',
      value: new TypedSlice('time.Time', fields.Timestamps ?? [], fields.Timestamps === null),
    },
    Values: {
      type: '[]float64',
      value: new TypedSlice('float64', fields.Values ?? [], fields.Values === null),
    },
  });
}

/** The Go type of a value as reflect.Type.String() gives it; `<nil>` for nil. */
export function typeName(value: unknown): string {
  switch (typeof value) {
    case 'number':
      return 'float64';
    case 'string':
      return 'string';
    case 'boolean':
      return 'bool';
    case 'bigint':
      return 'int';
    default:
      return value === null || value === undefined ? '<nil>' : typeNameOfObject(value);
  }
}

function typeNameOfObject(value: unknown): string {
  if (Array.isArray(value)) return '[]interface {}';
  if (value instanceof TypedSlice) return `[]${value.elem}`;
  if (value instanceof GoInteger) return value.kind;
  if (value instanceof GoDuration) return 'time.Duration';
  if (value instanceof GoTime) return 'time.Time';
  if (value instanceof GoLocation) return '*time.Location';
  if (value instanceof GoArray) return `[${value.items.length}]${value.elem}`;
  if (value instanceof GoPointer) return `*${value.elem}`;
  if (
    value instanceof NamedMap ||
    value instanceof NamedString ||
    value instanceof GoMap ||
    value instanceof GoStruct ||
    value instanceof GoFunction
  )
    return value.typeName;
  return 'map[string]interface {}';
}

/** What makes two keys the same key in Go: type and value. NaN equals nothing, so each one is its own. */
function hashKey(key: unknown): string | symbol {
  const type = typeName(key);
  if (typeof key === 'number') return Number.isNaN(key) ? Symbol('NaN') : `${type} ${key === 0 ? 0 : key}`;
  if (typeof key === 'string' || typeof key === 'boolean' || typeof key === 'bigint' || key === null)
    return `${type} ${String(key)}`;
  if (key instanceof GoInteger) return `${type} ${key.value}`;
  if (key instanceof GoDuration) return `${type} ${key.ns}`;
  if (key instanceof GoTime) return `${type} ${key.unixNs} ${quote(key.zone.name)}`;
  if (key instanceof GoLocation) return `${type} ${key.zone.name}`;
  if (key instanceof GoArray) {
    const parts = key.items.map(hashKey);
    return parts.every((part) => typeof part === 'string')
      ? `${type} ${JSON.stringify(parts)}`
      : Symbol('NaN');
  }
  throw new GoError(`runtime error: hash of unhashable type ${type}`);
}
