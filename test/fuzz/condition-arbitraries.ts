import fc from 'fast-check';
import { CONDITION_NAMES, type TypedValue } from '../../service/condition/index.js';

/** Whatever may be called, and `result`, which may not. */
const NAMES = CONDITION_NAMES;
const BINARY = [
  '+',
  '-',
  '*',
  '/',
  '%',
  '**',
  '==',
  '!=',
  '<',
  '>',
  '<=',
  '>=',
  '&&',
  '||',
  'in',
  'not in',
  'matches',
  'contains',
  'startsWith',
  'endsWith',
  '..',
  '??',
];
const PREDICATES = [
  'all',
  'none',
  'any',
  'one',
  'filter',
  'map',
  'count',
  'find',
  'findIndex',
  'findLast',
  'groupBy',
  'sortBy',
  'sum',
];
const ATOMS = [
  '1',
  '0',
  '-1',
  '2.5',
  '"a"',
  '""',
  '"1"',
  'true',
  'false',
  'nil',
  '[]',
  '[1, "a", nil]',
  '{}',
  '{a: 1}',
  '1..3',
  'result',
  'result[0]',
  'result.a',
  'b"x"',
  '#',
  '.a',
];

const grammar = fc.letrec<{ expression: string }>((tie) => {
  const inner = tie('expression');
  return {
    expression: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom(...ATOMS),
      fc
        .tuple(inner, fc.constantFrom(...BINARY), inner)
        .map(([left, operator, right]) => `(${left} ${operator} ${right})`),
      fc
        .tuple(fc.constantFrom('-', '!', 'not '), inner)
        .map(([operator, operand]) => `${operator}${operand}`),
      fc.tuple(fc.constantFrom(...NAMES), inner).map(([name, argument]) => `${name}(${argument})`),
      fc
        .tuple(fc.constantFrom(...PREDICATES), inner, inner)
        .map(([name, list, predicate]) => `${name}(${list}, ${predicate})`),
      fc.tuple(inner, inner, inner).map(([test_, then, otherwise]) => `(${test_} ? ${then} : ${otherwise})`),
      fc
        .tuple(inner, fc.constantFrom('[0]', '[-1]', '.a', '?.a', '[1:]', '["a"]', '.String()'))
        .map(([object, access]) => object + access),
      fc.tuple(inner, inner).map(([value, body]) => `(let v = ${value}; ${body} == v)`),
    ),
  };
});

/** Conditions of the language's grammar. */
export const expression: fc.Arbitrary<string> = grammar.expression;

const TOKENS = [
  ...NAMES,
  ...BINARY,
  ...PREDICATES,
  ...ATOMS,
  '(',
  ')',
  '[',
  ']',
  '{',
  '}',
  ',',
  ';',
  '?',
  ':',
  '.',
  '?.',
  '|',
  'let',
  'if',
  'else',
  '#acc',
  '"',
  "'",
  '`',
  '\\',
  '/*',
  '//',
  '@',
  'é',
  '\n',
  '\uD800',
];
/** Tokens in any order. */
export const soup: fc.Arbitrary<string> = fc
  .array(fc.constantFrom(...TOKENS), { maxLength: 30 })
  .chain((tokens) => fc.constantFrom(tokens.join(' '), tokens.join('')));

const numbers = fc.array(fc.oneof(fc.double(), fc.constantFrom(NaN, Infinity, -0, 0.97)), { maxLength: 5 });
/** Results of providers. */
export const result: fc.Arbitrary<TypedValue> = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }).map((value): TypedValue => ({ type: 'json', value })),
  numbers.map((value): TypedValue => ({ type: 'float64[]', value })),
  fc.double().map((value): TypedValue => ({ type: 'float64', value })),
  fc.string().map((value): TypedValue => ({ type: 'string', value })),
  fc.constant<TypedValue>({ type: 'nil', value: null }),
);
