import { durationMethod, type GoMethod, integerMethod, locationMethod, timeMethod } from './go/go-methods.js';
import { GoError } from './go/go-error.js';
import { signature } from './builtin-types.js';
import { GoDuration, GoFunction, GoInteger, GoLocation, GoTime } from './go/values.js';
import {
  BOOL,
  DURATION,
  FLOAT,
  INT,
  INT64,
  LOCATION,
  sliceOf,
  STRING,
  TIME,
  type Type,
  UINT8,
  UNKNOWN,
} from './types.js';

const TYPES: Readonly<Record<string, Type>> = {
  bool: BOOL,
  string: STRING,
  int: INT,
  int64: INT64,
  float64: FLOAT,
  'time.Time': TIME,
  'time.Duration': DURATION,
  '*time.Location': LOCATION,
  '[]uint8': sliceOf(UINT8),
  'time.Month': { kind: 'named-integer', name: 'time.Month' },
  'time.Weekday': { kind: 'named-integer', name: 'time.Weekday' },
};

/** The static type of a method of a Go type; undefined when it has no such method. */
export function methodType(receiver: Type, name: string): Type | undefined {
  const method = find(receiver.name, name);
  if (method === undefined) return undefined;
  const known = signature(
    method.params.map((parameter) => TYPES[parameter] ?? UNKNOWN),
    TYPES[method.result] ?? UNKNOWN,
  );
  return { ...known, results: method.results?.length ?? 1 };
}

/** Signatures that the reference calls without reflection: a wrong argument is a failed type assertion there. */
const TYPED = new Set([
  'func(time.Duration) time.Duration',
  'func(time.Duration) time.Time',
  'func(time.Time) time.Duration',
  'func(time.Time) bool',
  'func(string) string',
]);

/** The Go type that the argument of such a call is asserted to have; undefined for other calls. */
export function assertedArgument(callee: Type | undefined): string | undefined {
  return callee?.kind === 'function' && TYPED.has(callee.name) ? callee.parameters[0]?.name : undefined;
}

/** The method of a value, bound to it; undefined when it has no such method. */
export function methodOf(receiver: unknown, name: string): GoFunction | undefined {
  const type =
    receiver instanceof GoTime
      ? 'time.Time'
      : receiver instanceof GoDuration
        ? 'time.Duration'
        : receiver instanceof GoLocation
          ? 'time.Location'
          : receiver instanceof GoInteger
            ? receiver.kind
            : undefined;
  const method = type === undefined ? undefined : find(type, name);
  if (method === undefined) return undefined;
  const results = method.results === undefined ? method.result : `(${method.results.join(', ')})`;
  return new GoFunction(`func(${method.params.join(', ')}) ${results}`, (args) => {
    const wanted = method.params.length;
    if (args.length !== wanted)
      throw new GoError(`invalid number of arguments: expected ${wanted}, got ${args.length}`);
    return method.call(receiver, args);
  });
}

function find(type: string, name: string): GoMethod | undefined {
  switch (type) {
    case 'time.Time':
      return timeMethod(name);
    case 'time.Duration':
      return durationMethod(name);
    case 'time.Location':
      return locationMethod(name);
    case 'time.Month':
    case 'time.Weekday':
      return integerMethod(name);
    default:
      return undefined;
  }
}
