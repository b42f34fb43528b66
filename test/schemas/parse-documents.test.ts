import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { DocumentTextError, parseDocuments, validateDocument } from '../../schemas/index.js';
import { MAX_TEXT_DEPTH } from '../../schemas/documents/yaml-text.js';

/** The faults of a text that can not be read. */
function failure(text: string, options?: Parameters<typeof parseDocuments>[1]): DocumentTextError {
  try {
    parseDocuments(text, options);
  } catch (error) {
    if (error instanceof DocumentTextError) return error;
    throw error;
  }
  throw new Error('the text was read');
}
const values = (text: string) => parseDocuments(text).map(({ value }) => value);
const spaced = (...lines: string[]) => lines.join('\n');

describe('documents', () => {
  it('are read from YAML with several documents, empty ones left out', () => {
    const text = spaced(
      '# checks',
      '---',
      'kind: AnalysisTemplate',
      'apiVersion: argoproj.io/v1alpha1',
      '---',
      '---',
      'kind: AnalysisRun',
      '...',
    );
    expect(parseDocuments(text)).toMatchObject([
      { kind: 'AnalysisTemplate', apiVersion: 'argoproj.io/v1alpha1', value: { kind: 'AnalysisTemplate' } },
      { kind: 'AnalysisRun' },
    ]);
    expect(values('')).toEqual([]);
    expect(values('# nothing\n')).toEqual([]);
  });

  it('are read from JSON', () => {
    expect(values('{"kind": "AnalysisRun", "spec": {"metrics": [], "terminate": true}}\n')).toEqual([
      { kind: 'AnalysisRun', spec: { metrics: [], terminate: true } },
    ]);
    expect(parseDocuments('{"a": 1}')[0]?.kind).toBeUndefined();
  });

  it('are taken out of Kubernetes lists, with their places in the file', () => {
    const text = spaced(
      'kind: List',
      'items:',
      '- kind: AnalysisTemplate',
      '  spec: {}',
      '- kind: AnalysisRun',
      '  spec:',
      '    metrics: x',
    );
    const documents = parseDocuments(text);
    expect(documents.map(({ kind }) => kind)).toEqual(['AnalysisTemplate', 'AnalysisRun']);
    expect(documents[1]?.position('spec.metrics')).toEqual({ line: 7, column: 5 });
  });

  it("mean by yes, on and 010 what Kubernetes' tools mean, and nothing more", () => {
    const text = spaced(
      'a: yes',
      'b: off',
      'c: 010',
      'd: 1:30',
      'e: 2026-01-01',
      'f: 0x1F',
      'g: ~',
      'h: "yes"',
      'i: 5m',
      'y: 1',
      '<<: {z: 2}',
    );
    expect(values(text)).toEqual([
      { a: true, b: false, c: 8, d: '1:30', e: '2026-01-01', f: 31, g: null, h: 'yes', i: '5m', y: 1, z: 2 },
    ]);
  });

  it('may use anchors', () => {
    const text = spaced('a: &h [{key: x, value: z}]', 'b: *h');
    const [document] = parseDocuments(text);
    expect(document?.value).toEqual({ a: [{ key: 'x', value: 'z' }], b: [{ key: 'x', value: 'z' }] });
    expect(document?.position('b[0].value')).toEqual({ line: 1, column: 17 });
  });

  it('may have arguments without quotes, as in manifests that people have', () => {
    expect(values(spaced('a: {{args.x}}', 'b: [{{ args.y }}, {c: {{args.z}}}]'))).toEqual([
      { a: '{{args.x}}', b: ['{{ args.y }}', { c: '{{args.z}}' }] },
    ]);
  });

  it('have keys as they are written, whatever they look like', () => {
    expect(values(spaced('1: a', 'true: b', 'null: c', 'y: d', '1.50: e'))).toEqual([
      { 1: 'a', true: 'b', null: 'c', y: 'd', '1.50': 'e' },
    ]);
  });

  it('keep the names that every JavaScript object has as plain keys', () => {
    const [value] = values('__proto__: {polluted: 1}\nconstructor: 2\n');
    expect(Object.entries(value as object)).toEqual([
      ['__proto__', { polluted: 1 }],
      ['constructor', 2],
    ]);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test.prop([fc.jsonValue({ maxDepth: 6 })])(
    'come back as they were written, whatever JSON they are',
    (json) => {
      // -0 is not JSON's; YAML 1.1 keys are compared as texts.
      const plain: unknown = JSON.parse(JSON.stringify(json));
      // YAML's word for merging; JSON has none, and is read as JSON.
      fc.pre(plain !== null && !isList(plain) && !JSON.stringify(plain).includes('"<<"'));
      expect(values(JSON.stringify(plain))).toEqual([plain]);
      expect(values(stringify(plain, { version: '1.1' }))).toEqual([plain]);
    },
  );

  const isList = (value: unknown): boolean =>
    typeof value === 'object' && value !== null && /List$/.test(String((value as { kind?: unknown }).kind));
});

describe('positions', () => {
  const text = spaced(
    'kind: AnalysisTemplate',
    'spec:',
    '  metrics:',
    '    - name: errors',
    '      successCondtion: result[0] < 1',
    '      provider:',
    '        prometheus: {query: 5}',
    'metadata:',
    '  labels: {app.kubernetes.io/name: 5}',
  );

  it('point at the key of each fault', () => {
    const [document] = parseDocuments(text);
    const { errors } = validateDocument('AnalysisTemplate', document?.value);
    expect(errors.map(({ path }) => [path, document?.position(path)])).toEqual([
      ["metadata.labels['app.kubernetes.io/name']", { line: 9, column: 12 }],
      ['spec.metrics[0].provider.prometheus.query', { line: 7, column: 22 }],
      ['spec.metrics[0].successCondtion', { line: 5, column: 7 }],
    ]);
  });

  it('point at the nearest thing around what is not there', () => {
    const [document] = parseDocuments(text);
    expect(document?.position('spec.metrics[0].interval')).toEqual({ line: 4, column: 7 });
    expect(document?.position('spec.metrics[7]')).toEqual({ line: 3, column: 3 });
    expect(document?.position('spec.args')).toEqual({ line: 2, column: 1 });
    expect(document?.position('')).toEqual({ line: 1, column: 1 });
  });
});

describe('texts that can not be read', () => {
  it('are shown with the line and a caret', () => {
    const error = failure(spaced('spec:', '  metrics:', '  - name: a: b', ''), { source: 'checks.yaml' });
    expect(error.message).toBe(
      spaced(
        'checks.yaml:3:11: Nested mappings are not allowed in compact mappings: if this is one text, put it in quotes',
        '3 |   - name: a: b',
        '  |           ^',
      ),
    );
    expect(error.faults).toMatchObject([{ code: 'syntax', position: { line: 3, column: 11 } }]);
  });

  it('have every fault listed', () => {
    const error = failure(spaced('a: 1', 'a: 2', 'b: {c: 1, c: 2}', 'd: .nan', 'e: !!js/function x'));
    expect(error.faults.map(({ code, message, position }) => [code, message, position?.line])).toEqual([
      ['duplicateKey', 'the key "a" is there twice', 2],
      ['duplicateKey', 'the key "c" is there twice', 3],
      ['number', 'infinity and NaN are not allowed: put them in quotes', 4],
      ['tag', 'tags are not allowed: tag:yaml.org,2002:js/function', 5],
    ]);
  });

  it('are cut to a window when the line is long', () => {
    const error = failure(`{"a": ${'"x", "b": '.repeat(100)}]`);
    expect(
      Math.max(
        ...error.message
          .split('\n')
          .slice(1, 3)
          .map((line) => line.length),
      ),
    ).toBeLessThan(100);
  });

  it.each`
    what                       | text                                   | code          | message
    ${'a tab as indentation'}  | ${'a:\n\tb: 1'}                        | ${'syntax'}   | ${/Tabs are not allowed as indentation/}
    ${'an unclosed quote'}     | ${'a: "b'}                             | ${'syntax'}   | ${/Missing closing "quote/}
    ${'half a JSON object'}    | ${'{"spec": {"metrics": ['}            | ${'syntax'}   | ${/end with a \]/}
    ${'a key that is no text'} | ${'? [a]\n: 1'}                        | ${'syntax'}   | ${/^a key must be a text/}
    ${'an unknown anchor'}     | ${'a: *b'}                             | ${'aliases'}  | ${/^there is no anchor "b" before this$/}
    ${'more than 2 MB'}        | ${`a: ${'x'.repeat(2 * 1024 * 1024)}`} | ${'tooLarge'} | ${/^too large: 2097155 bytes, at most 1048576 are read$/}
    ${'too many tokens'}       | ${`[${'1,'.repeat(400_000)}]`}         | ${'tooLarge'} | ${/^too large: more than 400000 tokens$/}
  `(
    'say what is wrong with $what',
    ({ text, code, message }: { text: string; code: string; message: RegExp }) => {
      const { faults } = failure(text);
      expect(faults[0]?.code).toBe(code);
      expect(faults[0]?.message).toMatch(message);
    },
  );

  it('are measured in bytes against the limit of the caller', () => {
    expect(failure('a: äää', { maxBytes: 8 }).message).toBe('too large: 9 bytes, at most 8 are read');
    expect(parseDocuments('a: äää', { maxBytes: 9 })).toHaveLength(1);
  });

  it('include those with an alias bomb', () => {
    const levels = 'abcdefghi'.split('');
    const bomb = levels.map(
      (name, index) =>
        `${name}: &${name} [${Array(9)
          .fill(index === 0 ? 'lol' : `*${levels[index - 1] ?? ''}`)
          .join(', ')}]`,
    );
    expect(failure(bomb.join('\n')).message).toBe('more than 100 uses of anchors, counting nested ones');
  });

  it('include those with an anchor inside itself', () => {
    expect(failure('a: &x\n  - *x').message).toBe(
      spaced('2:5: the anchor "x" is used inside itself', '2 |   - *x', '  |     ^'),
    );
  });

  // Composing such texts recursively ended the whole process: the regular expression compiler ran out of stack.
  it.each`
    shape                    | text
    ${'flow lists'}          | ${'a: ' + '['.repeat(10_000) + ']'.repeat(10_000)}
    ${'unclosed flow lists'} | ${'['.repeat(10_000)}
    ${'unclosed flow maps'}  | ${'{a: '.repeat(10_000)}
    ${'block lists'}         | ${'- '.repeat(10_000)}
    ${'block maps'}          | ${Array.from({ length: 1_000 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')}
    ${'complex keys'}        | ${'? '.repeat(10_000)}
  `('include $shape nested thousands of levels deep', ({ text }: { text: string }) => {
    const { faults } = failure(text);
    expect(faults[0]).toMatchObject({
      code: 'tooDeep',
      message: `nested more than ${MAX_TEXT_DEPTH} levels deep`,
    });
  });

  it.each(['}', '"', '{}\n'])('of nonsense are given up after twenty faults: %j', (nonsense) => {
    const { faults } = failure(nonsense.repeat(20_000));
    expect(faults.filter(({ position }) => position !== undefined)).toHaveLength(20);
    expect(faults.length).toBeLessThanOrEqual(21);
  });

  it('are found out in linear time: 50,000 different keys take no longer than other texts', () => {
    const keys = Array.from({ length: 50_000 }, (_, index) => `k${index}: 1`).join('\n');
    expect(Object.keys(values(keys)[0] as object)).toHaveLength(50_000);
    expect(failure(`${keys}\nk7: 2`).message).toMatch(/the key "k7" is there twice/);
  });

  test.prop([
    fc.string({ unit: fc.constantFrom(...'abk:-[]{}&*!|>\'"%@`#, \n\t?~01.<'.split('')), maxLength: 60 }),
  ])('are refused with a DocumentTextError and nothing else, whatever they are', (text) => {
    try {
      expect(Array.isArray(parseDocuments(text))).toBe(true);
    } catch (error) {
      expect(error).toBeInstanceOf(DocumentTextError);
    }
  });
});
