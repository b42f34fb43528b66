/**
 * How the predicate functions take their arguments: `expr`, or `predicate` (evaluated once an element, with `#`);
 * a question mark makes it optional.
 */
export const PREDICATE_SIGNATURES: Readonly<Record<string, readonly string[] | undefined>> = Object.assign(
  Object.create(null) as Record<string, readonly string[]>,
  {
    all: ['expr', 'predicate'],
    none: ['expr', 'predicate'],
    any: ['expr', 'predicate'],
    one: ['expr', 'predicate'],
    filter: ['expr', 'predicate'],
    map: ['expr', 'predicate'],
    count: ['expr', 'predicate?'],
    sum: ['expr', 'predicate?'],
    find: ['expr', 'predicate'],
    findIndex: ['expr', 'predicate'],
    findLast: ['expr', 'predicate'],
    findLastIndex: ['expr', 'predicate'],
    groupBy: ['expr', 'predicate'],
    sortBy: ['expr', 'predicate', 'expr?'],
    reduce: ['expr', 'predicate', 'expr?'],
  },
);

/** The functions that are part of the expression language itself. */
export const LANGUAGE_BUILTINS = [
  'len',
  'type',
  'abs',
  'ceil',
  'floor',
  'round',
  'int',
  'float',
  'string',
  'trim',
  'trimPrefix',
  'trimSuffix',
  'upper',
  'lower',
  'split',
  'splitAfter',
  'replace',
  'repeat',
  'join',
  'indexOf',
  'lastIndexOf',
  'hasPrefix',
  'hasSuffix',
  'max',
  'min',
  'mean',
  'median',
  'toJSON',
  'fromJSON',
  'toBase64',
  'fromBase64',
  'now',
  'duration',
  'date',
  'timezone',
  'first',
  'last',
  'get',
  'take',
  'keys',
  'values',
  'toPairs',
  'fromPairs',
  'reverse',
  'uniq',
  'concat',
  'flatten',
  'sort',
  'bitand',
  'bitor',
  'bitxor',
  'bitnand',
  'bitshl',
  'bitshr',
  'bitushr',
  'bitnot',
] as const;

/** What Argo Rollouts adds for conditions. */
export const CONDITION_FUNCTIONS = ['asInt', 'asFloat', 'isNaN', 'isInf', 'isNil', 'default'] as const;

const language: ReadonlySet<string> = new Set(LANGUAGE_BUILTINS);

/** Whether a function evaluates its second argument once an element. */
export function isPredicateFunction(name: string): boolean {
  return PREDICATE_SIGNATURES[name] !== undefined;
}

/** Whether a call of this name is a call of the language's own. */
export function isBuiltin(name: string): boolean {
  return language.has(name) || PREDICATE_SIGNATURES[name] !== undefined;
}
