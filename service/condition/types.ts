/**
 * The static types of the checker. `name` is how Go prints the type in messages; `unknown` values (members of
 * maps, `[]interface {}`) are checked when the condition runs.
 */
export type Type =
  | {
      readonly kind: 'unknown' | 'nil' | 'bool' | 'string' | 'time' | 'duration' | 'location' | 'other';
      readonly name: string;
      /** Known by its pointer, and read through it. */
      readonly pointer?: true;
    }
  | { readonly kind: 'integer' | 'float'; readonly name: string }
  /** An integer type with a name of its own (time.Month): no arithmetic. */
  | { readonly kind: 'named-integer'; readonly name: string }
  | { readonly kind: 'array'; readonly name: string; readonly element: Type }
  | { readonly kind: 'map'; readonly name: string; readonly key: Type; readonly element: Type }
  | { readonly kind: 'struct'; readonly name: string; readonly fields: Readonly<Record<string, Type>> }
  | FunctionType;

export interface FunctionType {
  readonly kind: 'function';
  readonly name: string;
  readonly parameters: readonly Type[];
  /** How many of the parameters must be given. */
  readonly required: number;
  readonly result: Type;
  /** How many results it has; one when absent. */
  readonly results?: number;
}

/** The type of what is known only when it runs; the reference calls it `unknown`. */
export const UNKNOWN: Type = { kind: 'unknown', name: 'unknown' };
/** The same, where it is the element of a Go container: printed as Go does. */
export const ANY: Type = { kind: 'unknown', name: 'interface {}' };
export const NIL: Type = { kind: 'nil', name: 'unknown' };
export const BOOL: Type = { kind: 'bool', name: 'bool' };
export const STRING: Type = { kind: 'string', name: 'string' };
export const INT: Type = { kind: 'integer', name: 'int' };
export const INT64: Type = { kind: 'integer', name: 'int64' };
export const UINT8: Type = { kind: 'integer', name: 'uint8' };
export const FLOAT: Type = { kind: 'float', name: 'float64' };
export const TIME: Type = { kind: 'time', name: 'time.Time' };
export const DURATION: Type = { kind: 'duration', name: 'time.Duration' };
/** A *time.Location: messages name what it points at, but for those about arguments (see {@link argumentName}). */
export const LOCATION: Type = { kind: 'location', name: 'time.Location', pointer: true };
const STRING_POINTER: Type = { kind: 'string', name: 'string', pointer: true };
export const ARRAY: Type & { kind: 'array' } = { kind: 'array', name: '[]interface {}', element: ANY };
export const MAP: Type = { kind: 'map', name: 'map[string]interface {}', key: STRING, element: ANY };
export const ANY_MAP: Type = { kind: 'map', name: 'map[interface {}]interface {}', key: ANY, element: ANY };
export const GROUPS: Type = {
  kind: 'map',
  name: 'map[interface {}][]interface {}',
  key: ANY,
  element: ARRAY,
};

/** A Go slice type `[]element`. */
export function sliceOf(element: Type): Type {
  return { kind: 'array', name: `[]${element.kind === 'unknown' ? 'interface {}' : element.name}`, element };
}

/** An array of which the elements' type is known although Go sees `[]interface {}`. */
export function arrayOf(element: Type): Type {
  return { kind: 'array', name: '[]interface {}', element };
}

const METRIC_DATA: Type = {
  kind: 'struct',
  name: 'types.MetricDataResult',
  fields: {
    Id: STRING_POINTER,
    Label: STRING_POINTER,
    Messages: sliceOf({ kind: 'struct', name: 'types.MessageData', fields: { Code: STRING, Value: STRING } }),
    StatusCode: { kind: 'string', name: 'types.StatusCode' },
    Timestamps: sliceOf(TIME),
    Values: sliceOf(FLOAT),
  },
};
const NRDB: Type = { kind: 'map', name: 'nrdb.NRDBResult', key: STRING, element: ANY };

/** The static type of each named Go type; undefined for a name that conditions never meet. */
export const NAMED_TYPES: Readonly<Record<string, Type>> = {
  nil: NIL,
  bool: BOOL,
  string: STRING,
  float64: FLOAT,
  int: INT,
  int64: INT64,
  uint64: { kind: 'integer', name: 'uint64' },
  uint8: UINT8,
  'float64[]': sliceOf(FLOAT),
  'int[]': sliceOf(INT),
  'string[]': sliceOf(STRING),
  'any[]': ARRAY,
  'map[string]any': MAP,
  'nrdb.NRDBResult': NRDB,
  'nrdb.NRDBResult[]': sliceOf(NRDB),
  'types.MetricDataResult[]': sliceOf(METRIC_DATA),
  time: TIME,
  duration: DURATION,
  bytes: sliceOf(UINT8),
};

export const isUnknown = (type: Type): boolean => type.kind === 'unknown';
export const isNil = (type: Type): boolean => type.kind === 'nil';
export const isBool = (type: Type): boolean => type.kind === 'bool';
export const isString = (type: Type): boolean => type.kind === 'string';
export const isInteger = (type: Type): boolean => type.kind === 'integer';
export const isFloat = (type: Type): boolean => type.kind === 'float';
export const isNumber = (type: Type): boolean => type.kind === 'integer' || type.kind === 'float';
export const isTime = (type: Type): boolean => type.kind === 'time';
export const isDuration = (type: Type): boolean => type.kind === 'duration';
export const isArray = (type: Type): type is Type & { kind: 'array' } => type.kind === 'array';

/** Whether a value of `from` may be passed where Go wants `to`. */
export function assignable(from: Type, to: Type): boolean {
  if (isUnknown(to)) return true;
  if (to.name === '[]interface {}' && from.kind === 'array') return from.name === to.name;
  return from.name === to.name;
}

/** Whether `==` between the two can be right at all. */
export function comparable(left: Type, right: Type): boolean {
  if (isUnknown(left) || isUnknown(right) || isNil(left) || isNil(right)) return true;
  if (isNumber(left) && isNumber(right)) return true;
  if (isArray(left) && isArray(right)) return true;
  if (left.kind === 'map' && right.kind === 'map')
    return left.key.name === right.key.name && left.element.name === right.element.name;
  // A named string such as types.StatusCode is a type of its own.
  return left.name === right.name;
}

/** Whether both are, or may turn out to be, of one of the kinds. */
export function maybe(left: Type, right: Type, ...kinds: readonly ((type: Type) => boolean)[]): boolean {
  const fits = (type: Type): boolean => kinds.some((kind) => kind(type));
  if (isUnknown(left)) return isUnknown(right) || fits(right);
  return isUnknown(right) && fits(left);
}

/** How messages about arguments name a type. */
export function argumentName(type: Type): string {
  return 'pointer' in type ? `*${type.name}` : type.name;
}

/** Go's name of a type where the reference formats a missing one with `%s`. */
export function printed(type: Type): string {
  return isNil(type) ? '%!s(<nil>)' : argumentName(type);
}

/** The type of a list of values of these types. */
export function listType(types: readonly Type[]): Type {
  const [first] = types;
  if (first === undefined) return ARRAY;
  return types.every((type) => argumentName(type) === argumentName(first) && type.kind === first.kind)
    ? arrayOf(first)
    : arrayOf(ANY);
}
