import { expect, it } from 'vitest';
import type { Argument } from '../../schemas/index.js';
import { lint } from '../../service/analysis/index.js';

function reportOn(jsonPath: string, args: readonly Argument[] = []) {
  const metric = {
    name: 'm',
    provider: { web: { url: 'http://h', jsonPath } },
    successCondition: 'result.up == "yes"',
  };
  return lint({ kind: 'AnalysisTemplate', spec: { metrics: [metric], args: [...args] } });
}

const path = 'spec.metrics[0].provider.web.jsonPath';

it.each`
  jsonPath        | message
  ${'$.status'}   | ${'is a text, which is the result whatever the answer is: put it in braces: {$.status}'}
  ${'.status'}    | ${'is a text, which is the result whatever the answer is: put it in braces: {.status}'}
  ${'status'}     | ${'is a text, which is the result whatever the answer is: put it in braces: {.status}'}
  ${'{"status"}'} | ${'begins with a text, which is the result whatever the answer is: name a field, as in {$.status}'}
`('refuses the path $jsonPath, which is a text', ({ jsonPath, message }: Record<string, string>) => {
  expect(reportOn(jsonPath ?? '').errors).toEqual([{ path, message }]);
});

it.each`
  jsonPath             | message
  ${'is: {$.status}'}  | ${'begins with the text "is: ", which is the result whatever the answer is: leave it out'}
  ${'{$.status} done'} | ${'the text " done" after the braces is not looked at: leave it out'}
`('warns of the text around $jsonPath', ({ jsonPath, message }: Record<string, string>) => {
  expect(reportOn(jsonPath ?? '')).toMatchObject({ errors: [], warnings: [{ path, message }] });
});

it.each(['{$.status}', '{$}', '{.items[?(@.name=="x")].ready}', '{range .items[*]}{.name}{end}', ''])(
  'has nothing against %j',
  (jsonPath) => {
    expect(reportOn(jsonPath)).toMatchObject({ errors: [], warnings: [] });
  },
);

it('looks at a path with the arguments that are known, and leaves one that is not alone', () => {
  expect(reportOn('{{args.path}}', [{ name: 'path', value: '$.a' }]).errors).toHaveLength(1);
  expect(reportOn('{{args.path}}', [{ name: 'path', value: '{$.a}' }]).errors).toEqual([]);
  expect(reportOn('$.{{args.path}}', [{ name: 'path' }]).errors).toEqual([]);
});
