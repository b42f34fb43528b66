import { fc, test } from '@fast-check/vitest';
import { JSONPath } from 'jsonpath-plus';
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../../service/providers/go-json.js';
import { compileJsonPath, PathBudgetError, PathError } from '../../../service/providers/jsonpath/index.js';

/** Paths built of the pieces that mean something, so that most of them get past the parser. */
const piece = fc.constantFrom(
  ...[
    '{',
    '}',
    '.',
    '..',
    '[',
    ']',
    '*',
    '$',
    '@',
    '"',
    "'",
    '\\',
    '?(',
    ')',
    '[?(',
    ')]',
    '==',
    '>',
    '!=',
    '=~',
  ],
  ...[
    'a',
    'b',
    'range ',
    'end',
    'true',
    '1',
    '-1',
    '1.5',
    ':',
    ',',
    ' ',
    '\n',
    '~',
    '^',
    ';',
    '`',
    '#0',
    '%@%',
  ],
  ...[
    'constructor',
    '__proto__',
    '@path',
    '@root',
    '(process.exit())',
    '.a',
    '[0]',
    '[*]',
    '[0,0]',
    "['a']",
    '{range ..}',
  ],
);
const path = fc.array(piece, { maxLength: 25 }).map((pieces) => `{${pieces.join('')}}`);
const { document } = fc.letrec<{ document: JsonValue }>((tie) => ({
  document: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom<JsonValue>(null, true, 0, -0, 1.5, '', 'text'),
    fc.array(tie('document'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', '__proto__', 'length', '`a', '*'), tie('document'), {
      maxKeys: 3,
    }),
  ),
}));

describe('a hostile path', () => {
  test.prop([path, document], { numRuns: 3_000 })(
    'ends in values or in an error of its own',
    (text, body) => {
      const before = JSON.stringify(body);
      try {
        expect(Array.isArray(compileJsonPath(text).find(body))).toBe(true);
      } catch (error) {
        if (!(error instanceof PathError || error instanceof PathBudgetError)) throw error;
      }
      expect(JSON.stringify(body)).toBe(before);
    },
  );

  test.prop([fc.string({ unit: 'binary' }), document])('of any characters does too', (text, body) => {
    try {
      compileJsonPath(text).find(body);
    } catch (error) {
      if (!(error instanceof PathError || error instanceof PathBudgetError)) throw error;
    }
  });

  test.prop([fc.string({ unit: 'binary', minLength: 1 }), document])(
    'finds a member of any name and never another one',
    (name, value) => {
      fc.pre(!name.includes('\\'));
      const escaped = Array.from(name, (char) => `\\${char}`).join('');
      const object = Object.fromEntries([
        [`\`${name}`, 'backtick'],
        [`${name}x`, 'longer'],
        [name, value],
      ]);
      expect(compileJsonPath(`{.${escaped}}`).find(object)).toEqual([value]);
    },
  );

  const nested = Array.from({ length: 400 }).reduce<JsonValue>((inner) => [inner], 1);
  it.each([
    { what: 'unions that double', text: `{${'[0,0]'.repeat(300)}}`, body: nested },
    { what: 'descents in descents', text: `{${'..[0]'.repeat(300)}}`, body: nested },
    { what: 'ranges over everything', text: '{range ..}'.repeat(300), body: nested },
    { what: 'ranges without an end', text: '{range $}'.repeat(400), body: nested },
    { what: 'a very long array', text: '{[*]}', body: Array.from({ length: 300_000 }, () => 0) },
    { what: 'the bytes of a very long text', text: '{.*}', body: 'x'.repeat(5_000_000) },
    {
      what: 'long texts compared again and again',
      text: `{${'[0,0,0,0,0,0,0]'.repeat(5)}[?(@.a==@.b)]}`,
      body: [[[[[[{ a: 'x'.repeat(1_000_000), b: 'x'.repeat(1_000_000) }]]]]]],
    },
  ])('is stopped: $what', ({ text, body }) => {
    const startedAt = performance.now();
    expect(() => compileJsonPath(text).find(body)).toThrow('JSONPath visits more than 100000 values');
    // The budget is what bounds the time; this only tells a second from an hour.
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });

  it('leaves nothing in the cache of the library', () => {
    for (let index = 0; index < 100; index += 1)
      compileJsonPath(`{.list[?(@.key${index}==1.0)]}`).find({ list: [{ [`key${index}`]: 1 }] });
    expect(Object.keys(JSONPath.cache as object).length).toBeLessThan(5);
  });
});
