import { describe, expect, it } from 'vitest';
import type { Measurement } from '../../schemas/index.js';
import type { Measure } from '../../service/engine/index.js';
import { command, type CommandOptions, finished, TEMPLATE } from './fixtures/command.js';

describe('a run', () => {
  const run = (more: readonly string[] = [], options: CommandOptions = {}) =>
    command(['run', '-f', 't.yaml', '--arg', 'service=a', ...more], options);

  it.each`
    phase             | code
    ${'Successful'}   | ${0}
    ${'Failed'}       | ${1}
    ${'Error'}        | ${2}
    ${'Inconclusive'} | ${3}
  `(
    'that ends $phase ends the command with $code',
    async ({ phase, code }: { phase: Measurement['phase']; code: number }) => {
      const files = {
        't.yaml': TEMPLATE.replace('name: latency', 'name: latency\n      consecutiveErrorLimit: 0'),
      };
      const measure: Measure = ({ metric }) =>
        Promise.resolve(finished(metric.metric.name === 'latency' ? { phase } : {}));
      const result = await run([], { measure, files });
      expect(result).toMatchObject({ code, closed: 1, err: '' });
      expect(result.out).toContain(`latency #1  ${phase}`);
    },
  );

  it('fills arguments in, and is named after its template', async () => {
    const urls: (string | undefined)[] = [];
    const measure: Measure = ({ metric }) => {
      urls.push(metric.metric.provider.web?.url);
      return Promise.resolve(finished());
    };
    const { out } = await run(['--arg', 'zone=us=1', '-o', 'json'], { measure });
    expect(urls.sort()).toEqual(['http://a.us=1', 'http://a/errors']);
    expect(JSON.parse(out)).toMatchObject({
      metadata: { namespace: 'shop' },
      status: { phase: 'Successful', verdict: 'promote', dryRunSummary: { count: 1, successful: 1 } },
    });
    expect(JSON.parse(out)).toHaveProperty('metadata.name', expect.stringMatching(/^checks-\w+$/));
  });

  it('of chosen metrics leaves the rules of the others out', async () => {
    const { code, out } = await run(['--metric', 'latency', '-o', 'json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ spec: { metrics: [{ name: 'latency' }], dryRun: [] } });
  });

  it('writes the report alone to standard output, and how it went to standard error', async () => {
    const { out, err } = await run(['-o', 'json']);
    expect(JSON.parse(out)).toHaveProperty('status.phase', 'Successful');
    expect(err).toMatch(/latency #1 {2}Successful {2}1$/m);
  });

  it('that takes too long is terminated, reported, and ends the command with 124', async () => {
    const files = {
      't.yaml': TEMPLATE.replace('name: latency', 'name: latency\n      interval: 1h\n      count: 2'),
    };
    const { code, out, err } = await run(['--timeout', '10ms', '-o', 'json'], { files });
    expect(err).toContain('timed out after 10ms: the run was terminated\n');
    expect(JSON.parse(out)).toMatchObject({ status: { message: 'Run Terminated' } });
    expect(code).toBe(124);
  });

  it('that is interrupted is terminated and ends the command with 130', async () => {
    const files = {
      't.yaml': TEMPLATE.replace('name: latency', 'name: latency\n      interval: 1h\n      count: 2'),
    };
    const { code, err } = await run([], { files, interrupt: AbortSignal.abort() });
    expect(err).toBe('interrupted: the run was terminated\n');
    expect(code).toBe(130);
  });

  it('of an AnalysisRun takes the run as it is, whatever its status says', async () => {
    const files = {
      't.yaml': `
kind: AnalysisRun
metadata: {name: mine}
spec:
  args: [{name: service, value: b}]
  metrics:
    - {name: m, successCondition: result > 0, provider: {web: {url: "http://{{args.service}}"}}}
status: {phase: Failed}
`,
    };
    const { code, out } = await run(['-o', 'yaml'], { files });
    expect(code).toBe(0);
    expect(out).toContain('name: mine');
    expect(out).toMatch(/name: service\n +value: a/);
  });

  it('of a run request takes the templates it names, and those that these refer to', async () => {
    const files = {
      't.yaml': 'templates: [{templateName: all}]\nargs: [{name: service, value: c}]\n',
      'u.yaml': `${TEMPLATE}---\nkind: ClusterAnalysisTemplate\nmetadata: {name: unused}\nspec: {metrics: [{name: x, successCondition: result > 0, provider: {web: {url: http://x}}}]}\n---\nkind: AnalysisTemplate\nmetadata: {name: all}\nspec: {templates: [{templateName: checks}]}\n`,
    };
    const { code, out, err } = await command(['run', '-f', 't.yaml', 'u.yaml', '-o', 'json'], { files });
    expect(JSON.parse(out)).toHaveProperty('metadata.name', expect.stringMatching(/^all-\w+$/));
    expect(JSON.parse(out)).toHaveProperty('status.runSummary', { count: 1, successful: 1 });
    expect(err).not.toContain('warning');
    expect(code).toBe(0);
  });

  it('names a template that is referred to and not there', async () => {
    const files = {
      't.yaml': 'kind: AnalysisTemplate\nspec: {templates: [{templateName: gone, clusterScope: true}]}\n',
    };
    const { code, err } = await command(['run', '-f', 't.yaml'], { files });
    expect(err).toContain("\nClusterAnalysisTemplate 'gone' not found: give its file with -f as well\n");
    expect(code).toBe(64);
  });

  it('is refused when two are asked for at once', async () => {
    const files = { 't.yaml': 'templates: [{templateName: a}]\n---\ntemplates: [{templateName: b}]\n' };
    const { code, err } = await command(['run', '-f', 't.yaml'], { files });
    expect(err).toBe('one run at a time: there are 2 runs or run requests (t.yaml, t.yaml)\n');
    expect(code).toBe(64);
  });
});

describe('measure', () => {
  const measure: Measure = ({ metric }) =>
    Promise.resolve(
      finished(
        metric.metric.name === 'errors'
          ? { phase: 'Failed', value: '0.5', message: 'too\nmany', metadata: { query: 'q' } }
          : {},
      ),
    );

  it('takes one measurement of each metric, shows it, and ends with the code of the worst', async () => {
    const { code, out, err } = await command(['measure', '-f', 't.yaml', '--arg', 'service=a'], { measure });
    expect(out).toBe(
      '✔ latency Successful\n  value: 1\n✖ errors Failed\n  value: 0.5\n  message: too\\nmany\n  query: q\n',
    );
    expect({ code, err }).toEqual({ code: 1, err: '' });
  });

  it('shows what each part of a condition came to, nothing twice, and nothing of what was not needed', async () => {
    const part = (depth: number, expression: string, outcome: { value?: string; error?: string }) => {
      return { expression, depth, line: 1, column: 1, ...outcome };
    };
    const explain = {
      successCondition: [
        part(0, 'result[0] > 1 && f(result)', { value: 'false' }),
        part(1, 'result[0] > 1', { value: 'false' }),
        part(2, 'result[0]', { value: '1' }),
        part(1, 'f(result)', {}),
        part(2, 'result', {}),
      ],
      failureCondition: [
        part(0, 'result[0] ==\n result[9]', { error: 'out of range' }),
        part(1, 'result[0]', { value: '1' }),
        part(1, 'result[0]', { value: '1' }),
      ],
    };
    const args = ['measure', '-f', 't.yaml', '--arg', 'service=a', '--metric', 'latency'];
    const { out } = await command(args, { explain });
    expect(out).toBe(`✔ latency Successful
  value: 1
  successCondition:
    result[0] > 1 && f(result)  -> false
      result[0] > 1  -> false
        result[0]  -> 1
      f(result)  -> (not needed)
  failureCondition:
    result[0] ==\\n result[9]  -> error: out of range
      result[0]  -> 1
`);
  });

  it('gives programs the measurements as JSON', async () => {
    const args = ['measure', '-f', 't.yaml', '--arg', 'service=a', '--metric', 'latency', '-o', 'json'];
    const { code, out } = await command(args, { measure });
    expect(JSON.parse(out)).toMatchObject([
      { metric: 'latency', measurement: { phase: 'Successful', value: '1' } },
    ]);
    expect(code).toBe(0);
  });
});
