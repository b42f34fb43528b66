import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import {
  compareUtf8,
  encodeGoJson,
  MAX_JSON_DEPTH,
  parseFirstGoJson,
  parseGoJson,
} from '../../service/providers/go-json.js';
import { printGo } from '../../service/providers/go-print.js';

describe('JSON as Go writes it', () => {
  it.each([
    {
      text: '[1.0,1e2,0.1,1e20,1e21,1e-6,1e-7,-0,1e23,1.10]',
      written: '[1,100,0.1,100000000000000000000,1e+21,0.000001,1e-7,-0,1e+23,1.1]',
    },
    { text: '{"b":1,"a":{"d":[],"c":{}}}', written: '{"a":{"c":{},"d":[]},"b":1}' },
    { text: '"<a&b>\u2028\u2029"', written: '"\\u003ca\\u0026b\\u003e\\u2028\\u2029"' },
    {
      text: '"\\u0000\\u001f\\b\\f\\n\\r\\t\\"\\\\\\/\u007f"',
      written: '"\\u0000\\u001f\\b\\f\\n\\r\\t\\"\\\\/\u007f"',
    },
    { text: '{"2":1,"10":2}', written: '{"10":2,"2":1}' },
    { text: '{"\ufffd":1,"😀":2}', written: '{"\ufffd":1,"😀":2}' },
    { text: '{"\\ud800":"a\\udfffb"}', written: '{"\ufffd":"a\ufffdb"}' },
    { text: '{"a":1,"a":2}', written: '{"a":2}' },
    { text: '{"__proto__":1}', written: '{"__proto__":1}' },
  ])('$text is written $written', ({ text, written }) => {
    const parsed = parseGoJson(text);
    expect(parsed.kind === 'json' ? encodeGoJson(parsed.value) : parsed).toBe(written);
  });

  test.prop([fc.json()])('and reads back as the same value', (text) => {
    const parsed = parseGoJson(text);
    if (parsed.kind !== 'json') throw new Error(`${text} is JSON`);
    const written = encodeGoJson(parsed.value);
    expect(JSON.parse(written)).toEqual(JSON.parse(text));
    expect(parseGoJson(written)).toEqual(parsed);
  });

  test.prop([fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' })])(
    'with texts in the order of their bytes',
    (a, b) => {
      expect(Math.sign(compareUtf8(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    },
  );
});

describe('a body that Go does not take for JSON', () => {
  it.each([
    '',
    'OK',
    '1 2',
    '\ufeff1',
    '[1e400]',
    `[${'9'.repeat(400)}]`,
    '[01]',
    "{'a':1}",
    '"\u0001"',
    'NaN',
  ])('%j is text', (text) => {
    expect(parseGoJson(text)).toEqual({ kind: 'notJson' });
  });

  it('is refused when it is nested too deep, before it is built', () => {
    const nest = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    expect(parseGoJson(nest(MAX_JSON_DEPTH)).kind).toBe('json');
    expect(parseGoJson(nest(MAX_JSON_DEPTH + 1))).toEqual({ kind: 'tooDeep' });
    expect(parseGoJson(`["${'['.repeat(2_000)}\\"${'['.repeat(2_000)}"]`).kind).toBe('json');
  });
});

describe('a value as %v prints it', () => {
  it.each([
    {
      value: [1, 100_000, 1e6, 123_456_789, 0.0001, 0.00001, -0, 0.1],
      printed: '[1 100000 1e+06 1.23456789e+08 0.0001 1e-05 -0 0.1]',
    },
    { value: { b: 'x y', a: [null, true] }, printed: 'map[a:[<nil> true] b:x y]' },
    { value: 1e300, printed: '1e+300' },
  ])('is $printed', ({ value, printed }) => {
    expect(printGo(value)).toBe(printed);
  });
});

describe('the first value of a text', () => {
  it.each([
    ['{"a":"}\\"{"} x', { a: '}"{' }],
    [' \n[1,[2]]]', [1, [2]]],
    ['null nonsense', null],
    ['-1.5e3x', -1500],
    ['true', true],
    ['{}{}', {}],
  ])('%s is read without what follows it', (text, value) => {
    expect(parseFirstGoJson(text)).toEqual({ kind: 'json', value });
  });

  it.each(['', ' ', '<html>', '{"a":1', '[1', '{"a" 1} {}', '"a" b', '}'])('%j is none', (text) => {
    expect(parseFirstGoJson(text)).toEqual({ kind: 'notJson' });
  });

  test.prop([fc.json(), fc.constantFrom('', ' ', '\n{')])(
    'is the text where it is JSON: %s',
    (text, more) => {
      const isString = text.trim().startsWith('"');
      expect(parseFirstGoJson(isString ? text : text + more)).toEqual(parseGoJson(text));
    },
  );
});
