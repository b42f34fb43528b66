import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../service/platform/index.js';
import { command, TEMPLATE } from './fixtures/command.js';

describe('bad usage', () => {
  it.each`
    args                                                                      | message
    ${['run', '-f', 't.yaml', '--ouput', 'json']}                             | ${"error: unknown option '--ouput'\n(Did you mean --output?)"}
    ${['rnu']}                                                                | ${"error: unknown command 'rnu'\n(Did you mean run?)"}
    ${['measure']}                                                            | ${"error: required option '-f, --file <files...>' not specified"}
    ${['run']}                                                                | ${'there is nothing to measure: give files with -f, or with --server the name of a template that it knows with --template'}
    ${['run', '--template', 'checks']}                                        | ${'--template names what a server knows: name the server with --server, or give files with -f'}
    ${['run', '-f', 't.yaml', '-n', 'shop']}                                  | ${'--namespace goes with --template; files say the namespace in their metadata'}
    ${['run', '-f', 't.yaml', '--template', 'a', '--server', 'http://x']}     | ${'-f and --template can not be combined: a run request in a file may name templates of the server (templates: [{templateName: …}])'}
    ${['run', '--template', 'a', '--metric', 'm', '--server', 'http://x']}    | ${'--metric needs the files of all templates: those that the server knows are run whole'}
    ${['run', '-f', 't.yaml', '-o', 'xml']}                                   | ${"error: option '-o, --output <format>' argument 'xml' is invalid. Allowed choices are text, json, yaml, junit, markdown."}
    ${['run', '-f', 't.yaml', '--timeout', '5 minutes']}                      | ${`--timeout: must be a duration such as 90s or 10m: time: unknown unit " minutes" in duration "5 minutes"`}
    ${['run', '-f', 't.yaml', '--timeout', '0s']}                             | ${'--timeout 0s: must be longer than nothing'}
    ${['run', '-f', 'gone.yaml']}                                             | ${'gone.yaml: can not be read: no such file'}
    ${['run', '-f', 't.yaml', '--arg', 'service']}                            | ${'--arg service: must be name=value'}
    ${['run', '-f', 't.yaml', '--arg', 'sevrice=a']}                          | ${'--arg sevrice: no argument has this name: did you mean service?'}
    ${['run', '-f', 't.yaml']}                                                | ${'args.service was not resolved: give it with --arg service=…'}
    ${['run', '-f', 't.yaml', '--arg', 'service=a', '--metric', 'latencies']} | ${'--metric latencies: there is no such metric: did you mean latency?'}
    ${['measure', '-f', 't.yaml', '--arg', 'service=a', '-o', 'junit']}       | ${"error: option '-o, --output <format>' argument 'junit' is invalid. Allowed choices are text, json, yaml."}
    ${['get', '']}                                                            | ${"error: command-argument value '' is invalid for argument 'id'. It must be the id of a run."}
    ${['watch', ' ']}                                                         | ${"error: command-argument value ' ' is invalid for argument 'id'. It must be the id of a run."}
    ${['terminate', '..']}                                                    | ${"error: command-argument value '..' is invalid for argument 'id'. It must be the id of a run."}
  `('$args is told and ends with 64', async ({ args, message }: { args: string[]; message: string }) => {
    expect(await command(args)).toEqual({ code: 64, closed: 0, out: '', err: `${message}\n` });
  });

  it('without a command shows the help on standard error and ends with 64', async () => {
    const { code, out, err } = await command([]);
    expect(err).toContain('Usage: assay');
    expect({ code, out }).toEqual({ code: 64, out: '' });
  });

  it('of the environment is told with every problem', async () => {
    const openEmbedded = () => Promise.reject(new ConfigError(['ASSAY_RETENTION: must be a duration']));
    const { code, err } = await command(['run', '-f', 't.yaml', '--arg', 'service=a'], { openEmbedded });
    expect(err).toContain('ASSAY_RETENTION: must be a duration');
    expect(code).toBe(64);
  });
});

describe('help and version', () => {
  it('are answers on standard output', async () => {
    expect(await command(['--version'])).toMatchObject({ code: 0, out: '1.2.3\n', err: '' });
    const help = await command(['run', '--help']);
    expect(help).toMatchObject({ code: 0, err: '' });
    expect(help.out).toContain('64 bad usage or invalid spec');
    expect(help.out).not.toContain('[]');
  });
});

describe('a spec that is not valid', () => {
  it('is told with place, caret and every fault, and nothing is measured', async () => {
    const files = {
      't.yaml': TEMPLATE.replace('name: latency', 'name: latency\n      intervall: 5s\n      count: []'),
    };
    const { code, out, err, closed } = await command(['run', '-f', 't.yaml', '--arg', 'service=a'], {
      files,
    });
    expect(err).toMatch(
      /^t\.yaml:12:7: spec\.metrics\[0\]\.count: .*\n12 \| {7}count: \[\]\n {3}\| {7}\^\n/m,
    );
    expect(err).toMatch(/^t\.yaml:11:7: spec\.metrics\[0\]\.intervall: .*did you mean .*interval/m);
    expect({ code, out, closed }).toEqual({ code: 64, out: '', closed: 0 });
  });

  it('in a rule that no shape has is told in the words of the reference', async () => {
    const files = { 't.yaml': TEMPLATE.replace('name: latency', 'name: latency\n      count: 5') };
    const { code, err } = await command(['run', '-f', 't.yaml', '--arg', 'service=a'], { files });
    expect(err).toContain('t.yaml:10:7: spec.metrics[0].interval: interval must be specified when count > 1');
    expect(code).toBe(64);
  });
});

describe('a condition that is not valid', () => {
  it('is told with its place in the file and in the condition, by every command', async () => {
    const files = { 't.yaml': TEMPLATE.replaceAll('service', 'host').replace('result > 0', 'result >') };
    for (const name of ['run', 'measure', 'lint']) {
      const { code, out, err } = await command([name, '-f', 't.yaml'], { files });
      expect(out + err).toMatch(/t\.yaml:11:7: spec\.metrics\[0\]\.successCondition: .*unexpected token/);
      expect(code).toBe(64);
    }
  });
});

describe('lint', () => {
  it('ends with 0 and says that there is nothing to say', async () => {
    expect(await command(['lint', '-f', 't.yaml'])).toMatchObject({ code: 0, err: '' });
    expect(await command(['validate', '-f', 't.yaml'])).toMatchObject({ code: 0, err: '' });
  });

  it('ends with 64 and tells every fault of every file', async () => {
    const files = {
      'a.yaml': 'kind: AnalysisTemplate\nspec: {metrics: {}}\n',
      'b.yaml': 'kind: AnalysisTemplat\n',
    };
    const { code, out } = await command(['lint', '-f', 'a.yaml', 'b.yaml'], { files });
    expect(out).toMatch(/^error: a\.yaml:2:8: spec\.metrics: /m);
    expect(out).toMatch(
      /^error: b\.yaml:1:1: kind: unknown kind "AnalysisTemplat": did you mean AnalysisTemplate\?/m,
    );
    expect(out).toMatch(/^2 errors, 0 warnings$/m);
    expect(code).toBe(64);
  });

  it('finds what is wrong in a template inside a run request, and tells its path there', async () => {
    const files = {
      'r.yaml':
        'templates:\n- templateName: checks\n- spec:\n    metrics:\n    - name: m\n      provider: {}\n',
    };
    const { code, out } = await command(['lint', '-f', 'r.yaml'], { files });
    expect(out).toMatch(
      /^error: r\.yaml:6:7: templates\[1\]\.spec\.metrics\[0\]\.provider: no provider specified$/m,
    );
    expect(code).toBe(64);
  });

  it('warns of a metric that has no condition, and of a template that may be elsewhere', async () => {
    const metric = '{name: m, provider: {web: {url: http://x}}}';
    const files = {
      't.yaml': `kind: AnalysisTemplate\nspec:\n  metrics: [${metric}]\n  templates: [{templateName: other}]\n`,
    };
    const { code, out } = await command(['lint', '-f', 't.yaml'], { files });
    expect(out).toMatch(/^warning: t\.yaml:3:\d+: spec\.metrics\[0\]/m);
    expect(out).toContain(
      "warning: t.yaml:4:3: spec.templates: AnalysisTemplate 'other' not found in the files: what it adds is not checked\n",
    );
    expect(code).toBe(0);
  });

  it('tells programs what would be measured', async () => {
    const { out } = await command(['lint', '-f', 't.yaml', '-o', 'json']);
    expect(JSON.parse(out)).toMatchObject({
      valid: true,
      metrics: [
        { name: 'latency', provider: 'web', dryRun: false },
        { name: 'errors', provider: 'web', dryRun: true },
      ],
    });
  });

  it('gives programs the faults with their positions as JSON', async () => {
    const files = { 'b.yaml': 'kind: AnalysisTemplat\n' };
    const { out } = await command(['lint', '-f', 'b.yaml', '-o', 'json'], { files });
    expect(JSON.parse(out)).toMatchObject({
      valid: false,
      errors: [{ source: 'b.yaml', path: 'kind', position: { line: 1, column: 1 } }],
      warnings: [],
    });
  });
});
