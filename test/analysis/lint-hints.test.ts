import { expect, it } from 'vitest';
import { lint } from '../../service/analysis/index.js';

function messageOf(successCondition: string): string {
  const metric = { name: 'm', provider: { prometheus: { query: 'up' } }, successCondition };
  const { errors } = lint({ kind: 'AnalysisTemplate', spec: { metrics: [metric] } });
  return errors.map(({ message }) => message).join();
}

it.each`
  condition                      | hint
  ${'result[0] = 1'}             | ${'compare with =='}
  ${'result[0] === 1'}           | ${'compare with == and !='}
  ${'result[0] => 1'}            | ${'compare with >= and <='}
  ${'string(result[0]) =~ "^v"'} | ${'match a regular expression with matches: result matches "^v1"'}
  ${'result[0] == True'}         | ${'write true and false'}
  ${'result[0] != None'}         | ${'write nil'}
  ${'result[0] != null'}         | ${'write nil'}
  ${'result[0] > 1 AND true'}    | ${'write &&, || and !'}
  ${'results[0] > 1'}            | ${'did you mean result?'}
  ${'isNan(result[0])'}          | ${'did you mean isNaN?'}
  ${'string(result[0]) == “up”'} | ${'put texts in straight quotes: "…"'}
  ${'all(result,'}               | ${'the condition ends too early. In YAML, # after a space begins a comment: put a condition that has one in quotes'}
`(
  'gives a hint for $condition, after the message and the place',
  ({ condition, hint }: Record<string, string>) => {
    const lines = messageOf(condition ?? '').split('\n');
    expect(lines.at(-1)).toBe(`hint: ${hint}`);
    expect(lines[0]).toMatch(/\(1:\d+\)$/);
    expect(lines[1]).toBe(condition);
  },
);

it('takes no text, comment or let for a habit', () => {
  expect(messageOf('result[0] + 1 == "a = AND null"')).not.toContain('hint');
  expect(messageOf('let x = result[0]; x + "a"')).not.toContain('hint');
});
