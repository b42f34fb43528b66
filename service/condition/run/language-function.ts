import { GoError } from '../go/go-error.js';
import type { GoTime } from '../go/values.js';
import { typeName } from '../go/values.js';
import type { Budget } from './budget.js';
import { toText } from './numbers.js';

/** What a function may use beside its arguments. */
export interface Surroundings {
  readonly budget: Budget;
  /** The time that `now()` gives. */
  readonly now: GoTime;
}

/** A function of the language. */
export type LanguageFunction = (args: readonly unknown[], around: Surroundings) => unknown;

/** The error for an argument of a type that a function does not take. */
export const bad = (name: string, value: unknown): GoError =>
  new GoError(`invalid argument for ${name} (type ${pointedAt(value)})`);

/** Arguments are read through pointers: of a location only what is behind it is seen. */
const pointedAt = (value: unknown): string => typeName(value).replace(/^\*(?=time\.Location$)/, '');

/** The argument at an index, which must be a string. */
export const text = (args: readonly unknown[], index: number): string => toText(args[index] ?? null);
