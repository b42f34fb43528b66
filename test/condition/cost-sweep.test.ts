import { describe, expect, it } from 'vitest';
import { LANGUAGE_BUILTINS, PREDICATE_SIGNATURES } from '../../service/condition/builtin-names.js';
import { compile, evaluateConditions, type TypedValue } from '../../service/condition/index.js';

/** No evaluation may take longer. */
const BOUND_MS = 50;
/** On a machine that is slow or busy: as many times what a plain loop takes that uses its budget up. */
const BOUND_LOOPS = 4;
/** Other work on the machine, and a collection of garbage, make single evaluations slow. */
const ATTEMPTS = 4;

/** CPU time of this process, ms. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** The least CPU time of an evaluation, ms; the condition is compiled by then. It ends as soon as that is within the bound. */
function cost(condition: string, result: TypedValue, bound: number): number {
  compile(condition, result);
  let least = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < ATTEMPTS && least > bound; attempt++) {
    const started = cpuMs();
    const { phase } = evaluateConditions(result, { successCondition: condition });
    least = Math.min(least, cpuMs() - started);
    expect(phase).toMatch(/^(Successful|Failed|Error)$/);
  }
  return least;
}

const LOOP = 'none(1..900000, {let y = 1; false})';

function bound(): number {
  return Math.max(BOUND_MS, BOUND_LOOPS * cost(LOOP, { type: 'float64', value: 1 }, 0));
}

/** As many times as the budget allows. */
const rounds = (call: string): string => `none(1..900000, {let y = ${call}; false})`;

const text = (value: string): TypedValue => ({ type: 'string', value });
const json = (value: unknown): TypedValue => ({ type: 'json', value });
const made = <T>(length: number, make: (index: number) => T): T[] =>
  Array.from({ length }, (_, n) => make(n));

/** What is expensive to something: long, wide, deep, full of digits, of separators, of what is to be escaped. */
function texts(size: number): readonly string[] {
  return [
    'a'.repeat(size),
    'é'.repeat(size),
    '1'.repeat(size),
    'a,'.repeat(size / 2),
    `[${'1,'.repeat(size / 2)}1]`,
    '1h'.repeat(size / 2),
  ];
}

function lists(size: number): readonly unknown[] {
  return [
    made(size, (n) => ((n * 7_919) % size) + 0.5),
    made(size, (n) => `s${(n * 7_919) % size}`),
    made(size, () => [1]),
    made(size, (n) => [`k${n}`, n]),
    made(size, () => 1e-300),
    Object.fromEntries(made(size, (n) => [`k${(n * 7_919) % size}`, n])),
  ];
}

/** Calls of each function that a text, a list or a map can be given to; `X` is that. */
const CALLS: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(Object.keys(PREDICATE_SIGNATURES).map((name) => [name, [`${name}(X, false)`]])),
  ...Object.fromEntries(LANGUAGE_BUILTINS.map((name) => [name, [`${name}(X)`]])),
  sum: ['sum(X)'],
  sortBy: ['sortBy(X, #)', 'sortBy(X, 1)'],
  groupBy: ['groupBy(X, #)', 'groupBy(X, 1)'],
  map: ['map(X, #)', 'map(X, [#])'],
  reduce: ['reduce(X, #acc)', 'reduce(X, #acc + "a", "")'],
  now: ['now()'],
  string: ['string(X)', 'string([X, X])'],
  toJSON: ['toJSON(X)', 'toJSON([X, X])'],
  fromJSON: ['fromJSON(X)', 'fromJSON("[1,1,1,1,1,1,1,1,1,1,1,1]")'],
  trim: ['trim(X)', 'trim(X, "a")', 'trim(X, X)'],
  trimPrefix: ['trimPrefix(X, X)'],
  trimSuffix: ['trimSuffix(X, X)'],
  split: ['split(X, ",")', 'split(X, "")'],
  splitAfter: ['splitAfter(X, "a")'],
  replace: ['replace(X, "a", "b")', 'replace(X, "", "é")'],
  repeat: ['repeat(X, 2)'],
  join: ['join(X, ",")', 'join([X, X], X)'],
  indexOf: ['indexOf(X, "zz")', 'indexOf(X, X)'],
  lastIndexOf: ['lastIndexOf(X, "zz")'],
  hasPrefix: ['hasPrefix(X, X + "")'],
  hasSuffix: ['hasSuffix(X, X + "")'],
  date: ['date(X)', 'date("2023-01-01T00:00:00Z")', 'date("2023-01-01", X)'],
  duration: ['duration(X)', 'duration("1h2m3s4ms")'],
  timezone: ['timezone("America/New_York")'],
  get: ['get(X, 0)', 'get(X, "k1")'],
  take: ['take(X, 10000000)'],
  concat: ['concat(X, X)'],
  uniq: ['uniq(X)', 'uniq([X, X])', 'uniq(map(X, [#]))'],
  flatten: ['flatten(X)', 'flatten([X, X])'],
  fromPairs: ['fromPairs(X)'],
  ...Object.fromEntries(
    ['bitand', 'bitor', 'bitxor', 'bitnand', 'bitshl', 'bitshr', 'bitushr'].map((name) => [
      name,
      [`${name}(-1, 3)`],
    ]),
  ),
  bitnot: ['bitnot(1)'],
  ...Object.fromEntries(['std', 'variance', 'mad'].map((name) => [name, [`${name}(X)`]])),
  quantile: ['quantile(X, 0.5)'],
  'conditions’ own': ['asInt(X)', 'asFloat(X)', 'isNil(X)', 'default(X, 1)'],
  operators: [
    'X == X[:]',
    'X != X + "c"',
    'X < X + "b"',
    'X in [X]',
    '"zz" in X',
    'X + X',
    'X[0]',
    'X[1:]',
    'X["k1"]',
    'X?.a',
    '[X, X]',
    '{a: X}',
    '{(X): 1}[X]',
    'X contains "zz"',
    'X startsWith X',
    'X endsWith X',
    '(1..1000) == (1..1000)',
    '$env',
    '2.5 ** 1000.5',
  ],
  matches: [
    'X matches "(a|b)*c"',
    'X matches "(?i)z"',
    'X matches X',
    'X matches ("z" + string(#))',
    'X matches ("(?i)é" + string(#))',
    String.raw`X matches ("(?i)\\pL" + string(#))`,
    String.raw`X matches ("(?i)[\\x{100}-\\x{10ffff}]" + string(#))`,
    'X matches ("(a{500}){2}" + string(#))',
  ],
};

describe('no function keeps a worker longer than an evaluation may take, whatever it is given how often', () => {
  it.each(Object.entries(CALLS))('%s', { timeout: 120_000 }, (_name, calls) => {
    const allowed = bound();
    const slow: string[] = [];
    for (const call of calls) {
      const condition = rounds(call.replaceAll('X', 'result'));
      for (const size of [4, 400, 40_000]) {
        const results = [...texts(size).map(text), ...(size > 5_000 ? [] : lists(size).map(json))];
        for (const [index, result] of results.entries()) {
          const { valid } = checked(condition, result);
          if (!valid) continue;
          const ms = cost(condition, result, allowed);
          // The machine may have become slower since: what is beyond is compared with a loop of the same moment.
          if (ms > allowed && cost(condition, result, allowed) > bound())
            slow.push(`${call} of ${result.type} ${index}, size ${size}: ${ms.toFixed(0)} ms`);
        }
      }
    }
    expect(slow, `allowed: ${allowed.toFixed(0)} ms`).toEqual([]);
  });

  /** Most functions take some kinds of arguments only. */
  function checked(condition: string, result: TypedValue): { readonly valid: boolean } {
    return { valid: evaluateConditions(result, { successCondition: condition }).stage !== 'compile' };
  }
});

describe('single calls that are large', () => {
  let pairs = 'let a0 = [1, 1]; ';
  for (let level = 1; level <= 17; level++) pairs += `let a${level} = [a${level - 1}, a${level - 1}]; `;
  const random = made(100_000, (n) =>
    (n * 2_654_435_761) % 4_294_967_296 >= 2_147_483_648 ? 'a' : 'b',
  ).join('');
  it.each<[string, string, TypedValue]>([
    ['a pair doubled seventeen times, printed', `${pairs}len(string(a17)) > 0`, json(1)],
    ['the same as JSON', `${pairs}len(toJSON(a17)) > 0`, json(1)],
    ['a pattern with very many states', 'result matches "(a|b)*a(a|b){12}$"', text(random)],
    ['a pattern with a long memory', 'result matches "a.{100}$"', text(random)],
    ['nearly equal numbers', 'quantile(result, 0.5) > 1', json(made(40_000, (n) => n * 1e-300))],
    [
      'a map of many keys',
      'len(string(result)) > 0',
      json(Object.fromEntries(made(50_000, (n) => [`k${n}`, n]))),
    ],
    ['a text of digits', 'fromJSON(result) > 0', text('1'.repeat(100_000))],
  ])('%s', (_name, condition, result) => {
    const allowed = bound();
    expect(cost(condition, result, allowed)).toBeLessThan(allowed);
  });

  it('patterns that take too long to compile are refused, and where they are is told', () => {
    const classes = String.raw`[\x{100}-\x{10ffff}]`.repeat(200);
    const outcome = evaluateConditions(text('a'), {
      successCondition: `result == "" || result matches \`(?i)${classes}\``,
    });
    expect(outcome.cause?.message).toBe('the patterns of the condition are too large');
    expect(outcome.cause?.column).toBe(32);
    const repeated = made(300, (n) => `result matches "(a{1000}){1}${n}"`).join(' || ');
    expect(evaluateConditions(text('a'), { successCondition: repeated }).error).toMatch(/are too large$/);
  });
});
