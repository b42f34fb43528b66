import { check } from './checker.js';
import { CONDITION_SIGNATURES, STATISTIC_SIGNATURES } from './builtin-types.js';
import { compileTree, type Instrument } from './compiler.js';
import { ConditionError } from './condition-error.js';
import { fold } from './fold.js';
import { GoError } from './go/go-error.js';
import { GoTime } from './go/values.js';
import { Zone } from './go/zone.js';
import { parse } from './parser.js';
import { Frame } from './run/frame.js';
import type { Type } from './types.js';

/** A compiled expression. It may be run any number of times; it keeps nothing between runs. */
export interface Program {
  readonly source: string;
  /** The static type of what it gives. */
  readonly type: Type;
  /** Evaluates it. Throws `ConditionError` (run or budget). `now` is what `now()` gives. */
  run(result: unknown, now?: GoTime): unknown;
}

const EPOCH = new GoTime(0n, Zone.utc);

/** The names of a metric's conditions. */
export function conditionEnvironment(resultType: Type): ReadonlyMap<string, Type> {
  return new Map([['result', resultType], ...Object.entries(CONDITION_SIGNATURES), ...Object.entries(STATISTIC_SIGNATURES)]);
}

/** Parses, checks and compiles. Throws `ConditionError` (syntax, type or budget). */
export function compileProgram(source: string, environment: ReadonlyMap<string, Type>, instrument?: Instrument): Program {
  const tree = parse(source);
  const { type, types } = check(source, tree, environment);
  const all = new Map(types);
  // Folding would hide parts of the condition from `explain`.
  const root = instrument === undefined ? fold(source, tree, all) : tree;
  const code = guarded(source, () => compileTree(root, all, instrument));
  return { source, type, run: (result, now = EPOCH) => guarded(source, () => code(new Frame(result, now))) };
}

/** Runs something of a condition's; whatever Go would have panicked with becomes a ConditionError. */
function guarded<T>(source: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw asConditionError(source, error);
  }
}

function asConditionError(source: string, error: unknown): unknown {
  if (error instanceof ConditionError) return error;
  if (error instanceof GoError) return new ConditionError('run', error.message, source, 0, { cause: error });
  // Too deep a result or expression for the JavaScript stack: bounded, and the caller's fault.
  if (error instanceof RangeError) return new ConditionError('budget', 'the condition or its result is nested too deeply', source, 0, { cause: error });
  return error;
}
