import { describe, expect, it } from 'vitest';
import {
  checkGivenNames,
  parseGivenArguments,
  withGivenValues,
} from '../../service/cli/input/given-arguments.js';
import { faultText } from '../../service/cli/input/located-fault.js';
import { readInputs } from '../../service/cli/input/read-inputs.js';

const read = (text: string, name = 'canary.yaml') =>
  readInputs([name], { readText: () => Promise.resolve(text) });

const TEMPLATE = `kind: AnalysisTemplate
metadata: {name: t}
spec:
  metrics:
    - name: m
      provider:
        web: {url: http://x}
`;

describe('reading files', () => {
  it('takes templates, runs and run requests, and skips what is nothing to measure with a warning', async () => {
    const { inputs, errors, warnings } = await read(
      `${TEMPLATE}---\nkind: Service\nmetadata: {name: s}\n---\ntemplates: [{templateName: t}]\n`,
    );
    expect(errors).toEqual([]);
    expect(inputs.map(({ kind }) => kind)).toEqual(['AnalysisTemplate', 'RunRequest']);
    expect(warnings.map(faultText)).toEqual([
      'canary.yaml:9:1: kind: skipped: Service is nothing to measure\n9 | kind: Service\n  | ^',
    ]);
  });

  it('shows an unknown field with its line, a caret and what was meant', async () => {
    const { inputs, errors } = await read(
      TEMPLATE.replace('- name: m', '- name: m\n      successCondtion: result'),
    );
    expect(inputs).toEqual([]);
    expect(errors.map(faultText)).toEqual([
      expect.stringMatching(
        /^canary\.yaml:6:7: spec\.metrics\[0\]\.successCondtion: .*did you mean .*successCondition.*\n6 \| {7}successCondtion: result\n {2}\| {7}\^$/,
      ),
    ]);
  });

  it('shows where a text is no YAML', async () => {
    const { errors } = await read('kind: AnalysisTemplate\nspec: {metrics: [\n');
    expect(errors).not.toHaveLength(0);
    expect(faultText(errors[0] ?? { path: '', message: '' })).toMatch(
      /^canary\.yaml:\d+:\d+: .*\n\d+ \| .*\n {2}\| *\^$/,
    );
  });

  it.each`
    text                         | message
    ${'kind: AnalysisTemplates'} | ${'canary.yaml:1:1: kind: unknown kind "AnalysisTemplates": did you mean AnalysisTemplate?'}
    ${'spec: {}'}                | ${'canary.yaml:1:1: is neither one of AnalysisTemplate, ClusterAnalysisTemplate, AnalysisRun (kind is missing) nor a run request (templates is missing)'}
    ${'# nothing'}               | ${'canary.yaml: there is no document in it'}
  `('says of $text what is wrong', async ({ text, message }: { text: string; message: string }) => {
    const { errors } = await read(text);
    expect(errors.map((error) => faultText(error).split('\n')[0])).toEqual([message]);
  });

  it('takes the YAML and JSON files of a directory, by name', async () => {
    const texts: Readonly<Record<string, string>> = {
      'k8s/b.json': '{"templates": [{"templateName": "t"}]}',
      'k8s/a.yaml': TEMPLATE,
    };
    const io = {
      namesIn: (path: string) =>
        Promise.resolve(path === 'k8s' ? ['b.json', 'README.md', 'a.yaml'] : undefined),
      readText: (path: string) => Promise.resolve(texts[path] ?? 'kind: Service'),
    };
    const { inputs, warnings } = await readInputs(['k8s', 'other.yaml'], io);
    expect(inputs.map(({ kind, place }) => `${place.source} ${kind}`)).toEqual([
      'k8s/a.yaml AnalysisTemplate',
      'k8s/b.json RunRequest',
    ]);
    expect(warnings).toHaveLength(1);
  });

  it('says that there is nothing to read in a directory', async () => {
    const io = { namesIn: () => Promise.resolve(['README.md']), readText: () => Promise.resolve('') };
    await expect(readInputs(['docs'], io)).rejects.toMatchObject({
      message: 'docs: there is no .yaml, .yml or .json file in it',
      exitCode: 64,
    });
  });

  it('says why a file can not be read', async () => {
    const gone = readInputs(['-'], { readText: () => Promise.reject(new Error('ENOENT: no such file')) });
    await expect(gone).rejects.toMatchObject({
      message: '<stdin>: can not be read: ENOENT: no such file',
      exitCode: 64,
    });
  });
});

describe('arguments of the command line', () => {
  it('may be empty and have equals signs in their values', () => {
    expect([...parseGivenArguments(['a=b=c', 'd='])]).toEqual([
      ['a', 'b=c'],
      ['d', ''],
    ]);
  });

  it('are refused with every fault named', () => {
    expect(() => parseGivenArguments(['a', '=b', 'c=1', 'c=2'])).toThrow(
      '--arg a: must be name=value\n--arg =b: must be name=value\n--arg c: is given twice',
    );
  });

  it('replace values and secrets', () => {
    const declared = [
      { name: 'a', value: '1' },
      { name: 'b', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
      { name: 'c' },
    ];
    expect(
      withGivenValues(
        declared,
        new Map([
          ['a', '2'],
          ['b', '3'],
        ]),
      ),
    ).toEqual([{ name: 'a', value: '2' }, { name: 'b', value: '3' }, { name: 'c' }]);
  });

  it('are refused when nothing takes them, with what was meant', () => {
    expect(() => {
      checkGivenNames(
        [{ name: 'service' }],
        new Map([
          ['servcie', 'x'],
          ['zone', 'y'],
        ]),
      );
    }).toThrow(
      '--arg servcie: no argument has this name: did you mean service?\n--arg zone: no argument has this name: there are service',
    );
  });
});
