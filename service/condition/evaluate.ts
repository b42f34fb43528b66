import { LRUCache } from 'lru-cache';
import { ConditionError } from './condition-error.js';
import { runtimeValue, staticType } from './result-value.js';
import { compileProgram, conditionEnvironment, guarded, type Program } from './program.js';
import { isEmptyResult } from './run/condition-functions.js';
import { patternPrice } from './go/regex-price.js';
import { instant } from './instant.js';
import { typeName } from './go/values.js';
import type { Type } from './types.js';
import type { TypedValue } from './typed-value.js';

/** The two conditions of a metric; an empty one counts as absent. */
export interface ConditionPair {
  readonly successCondition?: string | undefined;
  readonly failureCondition?: string | undefined;
}

/** What the conditions say of a result; of an Error also which condition, at which stage, in the reference's words. */
export interface ConditionOutcome {
  readonly phase: 'Successful' | 'Failed' | 'Inconclusive' | 'Error';
  /** The full message of an Error. */
  readonly error?: string;
  readonly condition?: 'successCondition' | 'failureCondition';
  /** `type`: the condition gave a value that is no bool. */
  readonly stage?: 'compile' | 'run' | 'type';
  /** Where in the condition; absent when only its value was wrong. */
  readonly cause?: ConditionError;
}

/** What the compiled conditions for one type may have cost, beside their number: those of large patterns are large. */
const MAX_CACHED_PRICE = 10_000_000;
/** Compiled conditions by source, for each static type of a result; a worker sees few types and not many conditions. */
const programs = new Map<Type, LRUCache<string, Program | ConditionError>>();

function programsFor(type: Type): LRUCache<string, Program | ConditionError> {
  let known = programs.get(type);
  if (known === undefined) {
    known = new LRUCache({
      ...{ max: 1_000, maxSize: MAX_CACHED_PRICE },
      // As if all of it were a pattern, which costs more than anything else of that length.
      sizeCalculation: (_program, source) => patternPrice(source),
    });
    programs.set(type, known);
  }
  return known;
}

/** The compiled condition for results of a type. Throws `ConditionError`; a faulty condition is not parsed again. */
export function compile(source: string, result: TypedValue): Program {
  const type = staticType(result);
  const cached = programsFor(type);
  let known = cached.get(source);
  if (known === undefined) {
    known = attempt(() => compileProgram(source, conditionEnvironment(type)));
    // How much of the stack was left belongs to this call, not to the condition.
    if (!(known instanceof ConditionError && known.cause instanceof RangeError)) cached.set(source, known);
  }
  if (known instanceof ConditionError) throw known;
  return known;
}

function attempt<T>(run: () => T): T | ConditionError {
  try {
    return run();
  } catch (error) {
    if (error instanceof ConditionError) return error;
    throw error;
  }
}

/** The value of any expression over a result, as a run-time value. Throws `ConditionError`. */
export function evaluateExpression(
  source: string,
  result: TypedValue,
  nowMs?: number,
): { readonly value: unknown } {
  return { value: compile(source, result).run(runtimeValue(result), instant(nowMs)) };
}

/**
 * Judges a result (Argo Rollouts' EvaluateResult): success first, then failure; with both and neither true it is
 * Inconclusive, with none at all Successful. `nowMs` is what `now()` gives. Never throws for what a user wrote.
 */
export function evaluateConditions(
  result: TypedValue,
  conditions: ConditionPair,
  nowMs?: number,
): ConditionOutcome {
  const success = conditions.successCondition ?? '';
  const failure = conditions.failureCondition ?? '';
  if (success === '' && failure === '') return { phase: 'Successful' };
  let succeeded = false;
  let failed = false;
  if (success !== '') {
    const answer = ask('successCondition', success, result, nowMs);
    if (typeof answer !== 'boolean') return answer;
    succeeded = answer;
  }
  if (failure !== '') {
    const answer = ask('failureCondition', failure, result, nowMs);
    if (typeof answer !== 'boolean') return answer;
    failed = answer;
  }
  if (success === '') return { phase: failed ? 'Failed' : 'Successful' };
  if (failure === '') return { phase: succeeded ? 'Successful' : 'Failed' };
  if (failed) return { phase: 'Failed' };
  return { phase: succeeded ? 'Successful' : 'Inconclusive' };
}

function ask(
  condition: 'successCondition' | 'failureCondition',
  source: string,
  result: TypedValue,
  nowMs: number | undefined,
): boolean | ConditionOutcome {
  const value = runtimeValue(result);
  const fail = (
    message: string,
    stage: 'compile' | 'run' | 'type',
    cause?: ConditionError,
  ): ConditionOutcome => ({
    phase: 'Error',
    error: `could not evaluate ${condition} "${source}": ${isEmptyResult(value) ? NO_DATA : message}`,
    condition,
    stage,
    ...(cause === undefined ? {} : { cause }),
  });
  const answer = attempt(() =>
    guarded(source, 'run', () => compile(source, result).run(value, instant(nowMs))),
  );
  if (answer instanceof ConditionError) return fail(answer.message, answer.stage, answer);
  return typeof answer === 'boolean' ? answer : fail(`expected bool, but got ${typeName(answer)}`, 'type');
}

const NO_DATA = 'metric result is nil or empty: no data returned from the metric provider';
