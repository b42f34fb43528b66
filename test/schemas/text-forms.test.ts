import { describe, expect, it } from 'vitest';
import { parseDocuments } from '../../schemas/index.js';

const valuesOf = (text: string): readonly unknown[] => parseDocuments(text).map(({ value }) => value);

describe('a byte order mark', () => {
  it('counts for nothing, in values and in places', () => {
    const [document] = parseDocuments('\uFEFFkind: A\nspec:\n  a: 1\n');
    expect(document?.value).toEqual({ kind: 'A', spec: { a: 1 } });
    expect(document?.position('kind')).toEqual({ line: 1, column: 1 });
    expect(document?.position('spec.a')).toEqual({ line: 3, column: 3 });
    expect(valuesOf('\uFEFF{"a": 1}')).toEqual([{ a: 1 }]);
  });
});

it.each(['\uFEFFkind: A\n', 'kind: A\n'])('says of UTF-16 that it is not UTF-8', (text) => {
  const misread = new TextDecoder().decode(Buffer.from(text, 'utf16le'));
  expect(() => parseDocuments(misread, { source: 'a.yaml' })).toThrow(
    'a.yaml: is not UTF-8: save it as UTF-8 text (it looks like UTF-16 or binary data)',
  );
});

it('says that a list has no items', () => {
  expect(() => parseDocuments('apiVersion: v1\nkind: List\nitems: []\n')).toThrow(
    'the list is empty: it has no items',
  );
  expect(valuesOf('kind: List\nitems: []\n---\nkind: A\n')).toEqual([{ kind: 'A' }]);
  expect(valuesOf('# nothing\n')).toEqual([]);
});

describe('JSON', () => {
  it('is read as such, with places', () => {
    const [document] = parseDocuments('{\n "kind": "A",\n "n": [1e3, -0.5, "\\"}", {"on": true}]\n}');
    expect(document).toMatchObject({ kind: 'A', value: { n: [1000, -0.5, '"}', { on: true }] } });
    expect(document?.position('n[3].on')).toEqual({ line: 3, column: 27 });
  });

  it.each([
    ['{"a": 1, "b": {"a": 2}, "\\u0061": 3}', 'the key "a" is there twice'],
    ['{"a": 1e999}', 'infinity and NaN are not allowed: put them in quotes'],
    [`${'['.repeat(200)}${']'.repeat(200)}`, 'nested more than 120 levels deep'],
  ])('is refused with a reason: %s', (text, message) => {
    expect(() => parseDocuments(text)).toThrow(message);
  });

  it('may repeat keys in other objects and in texts', () => {
    expect(valuesOf('[{"a": "\\"a\\": 1"}, {"a": {"a": ["a", "a"]}}]')).toEqual([
      [{ a: '"a": 1' }, { a: { a: ['a', 'a'] } }],
    ]);
  });

  it('with arguments that have no quotes is YAML', () => {
    expect(valuesOf('{"count": {{args.n}}}')).toEqual([{ count: '{{args.n}}' }]);
  });
});

it('says that only maps can be merged', () => {
  expect(() => parseDocuments('- <<: ""')).toThrow('what << merges must be a map, or an anchor of one');
});

describe('a text is given up early', () => {
  it.each([
    ['tokens', 'a: b\n'.repeat(100), /more than 100 tokens$/],
    ['documents', '---\n'.repeat(2_000), /more than 1000 documents/],
  ])('that has too many %s', (_what, text, message) => {
    expect(() => parseDocuments(text, _what === 'tokens' ? { maxTokens: 100 } : {})).toThrow(message);
  });

  it('and says how many more faults there are', () => {
    expect(() => parseDocuments('a: 1\n'.repeat(31))).toThrow(/\nand 10 more faults$/);
  });
});
