import { isPredicateFunction } from './builtin-names.js';
import { GoFunction, GoInteger, typeName } from './go/values.js';
import { GoError } from './go/go-error.js';
import type { Code, Frame } from './run/frame.js';
import { FUNCTIONS } from './run/functions.js';
import { STATISTIC_FUNCTIONS } from './run/statistics.js';

/** The Go types of the functions of a condition. */
export const CONDITION_TYPES: Readonly<Record<string, string>> = {
  asInt: 'func(interface {}) int64',
  asFloat: 'func(interface {}) float64',
  isNaN: 'func(float64) bool',
  isInf: 'func(float64) bool',
  isNil: 'func(interface {}) bool',
  default: 'func(interface {}, interface {}) interface {}',
};

/** `$env`. */
export function environment(frame: Frame): Record<string, unknown> {
  const names = Object.keys(CONDITION_TYPES).map((name) => [
    name,
    new GoFunction(CONDITION_TYPES[name] ?? '', (args) => frame.functions[name]?.(args) ?? null),
  ]);
  return Object.fromEntries([['result', frame.result], ...names]) as Record<string, unknown>;
}

/** Through a function value Go's reflection takes a float only. */
function floatArguments(args: readonly unknown[]): readonly unknown[] {
  const [value] = args;
  if (typeof value === 'bigint' || value instanceof GoInteger)
    throw new GoError(`reflect: Call using ${typeName(value)} as type float64`);
  return args;
}

/** A function by its name alone. */
export function functionValue(name: string): Code {
  if (name === 'isNaN' || name === 'isInf') {
    return (frame) =>
      new GoFunction('func(float64) bool', (args) => frame.functions[name]?.(floatArguments(args)) ?? null);
  }
  // The language's own functions are no values: by name alone they are nil, as in the reference.
  if (FUNCTIONS[name] !== undefined || isPredicateFunction(name)) return () => null;
  const statistic = STATISTIC_FUNCTIONS[name];
  if (statistic !== undefined)
    return (frame) => new GoFunction('func(interface {}) float64', (args) => statistic(args, frame.budget));
  const type = CONDITION_TYPES[name];
  // Names in what the checker does not look at may be unknown: they are looked up when it runs, and are nil.
  if (type === undefined) return () => null;
  return (frame) => new GoFunction(type, (args) => frame.functions[name]?.(args) ?? null);
}
