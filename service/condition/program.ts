import { check } from './checker.js';
import { CONDITION_SIGNATURES, STATISTIC_SIGNATURES } from './builtin-types.js';
import { compileTree, type Instrument } from './compiler.js';
import { ConditionError } from './condition-error.js';
import { fold } from './fold.js';
import { GoError } from './go/go-error.js';
import type { GoTime } from './go/values.js';
import { parse } from './parser.js';
import { Frame } from './run/frame.js';
import type { Type } from './types.js';

/** A compiled expression. It may be run any number of times; it keeps nothing between runs. */
export interface Program {
  readonly source: string;
  /** The static type of what it gives. */
  readonly type: Type;
  /** Evaluates it. Throws `ConditionError` (run or budget). `now` is what `now()` gives; without it `now()` is an error. */
  run(result: unknown, now?: GoTime): unknown;
}

/** The names of a metric's conditions. */
export function conditionEnvironment(resultType: Type): ReadonlyMap<string, Type> {
  return new Map([
    ['result', resultType],
    ...Object.entries(CONDITION_SIGNATURES),
    ...Object.entries(STATISTIC_SIGNATURES),
  ]);
}

/** Parses, checks and compiles. Throws `ConditionError` (syntax, type or budget). */
export function compileProgram(
  source: string,
  environment: ReadonlyMap<string, Type>,
  instrument?: Instrument,
): Program {
  return guarded(source, 'type', () => {
    const tree = parse(source);
    const { type, types } = check(source, tree, environment);
    const all = new Map(types);
    // Folding would hide parts of the condition from `explain`.
    const root = instrument === undefined ? fold(source, tree, all) : tree;
    const code = compileTree(source, root, all, instrument);
    return { source, type, run: (result, now) => guarded(source, 'run', () => code(new Frame(result, now))) };
  });
}

/** Runs something of a condition's; whatever Go would have panicked with, or too little stack, becomes a ConditionError. */
export function guarded<T>(source: string, stage: 'type' | 'run', run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw asConditionError(source, stage, error);
  }
}

/** What is told of an error of a condition; one that is a fault of ours is left as it is. */
export function asConditionError(source: string, stage: 'type' | 'run', error: unknown): unknown {
  if (error instanceof ConditionError) return error;
  if (error instanceof GoError) {
    // Bytes that are no UTF-8 may have come into the message with a value.
    const message = error.message.toWellFormed();
    return new ConditionError(stage, message, source, 0, { cause: error });
  }
  // Too deep a result or expression for the JavaScript stack: bounded, and the caller's fault.
  if (error instanceof RangeError)
    return new ConditionError('budget', 'the condition or its result is nested too deeply', source, 0, {
      cause: error,
    });
  return error;
}
