import { LANGUAGE_BUILTINS, PREDICATE_SIGNATURES } from './builtin-names.js';
import { CONDITION_SIGNATURES, STATISTIC_SIGNATURES } from './builtin-types.js';

/** Every name that a condition may use without binding it: `result` and all functions. */
export const CONDITION_NAMES: readonly string[] = [
  'result',
  ...Object.keys(PREDICATE_SIGNATURES),
  ...LANGUAGE_BUILTINS,
  ...Object.keys(CONDITION_SIGNATURES),
  ...Object.keys(STATISTIC_SIGNATURES),
];
