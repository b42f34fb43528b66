import { describe, expect, it } from 'vitest';
import type { Measurement } from '../../schemas/index.js';
import {
  type Measure,
  RedisAccessError,
  RedisSetupError,
  RedisUnreachableError,
  RedisUrlError,
} from '../../service/engine/index.js';
import { ConfigError } from '../../service/platform/index.js';
import { command, type CommandOptions, finished, TEMPLATE } from './fixtures/command.js';

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

describe('assay serve', () => {
  it('serves as its flags say until the process is told to end', async () => {
    const ending = new AbortController();
    const seen: string[] = [];
    const { code, err } = await command(['serve', '--port', '0', '--host', '::1', '--role', 'api'], {
      interrupt: ending.signal,
      openServer: (flags) => {
        seen.push(JSON.stringify(flags));
        setImmediate(() => {
          ending.abort();
        });
        const close = () => {
          seen.push(`closed, told to end: ${ending.signal.aborted}`);
          return Promise.resolve();
        };
        return Promise.resolve({ url: 'http://127.0.0.1:81', close });
      },
    });
    expect(seen).toEqual(['{"port":"0","host":"::1","role":"api"}', 'closed, told to end: true']);
    expect({ code, err }).toEqual({ code: 0, err: 'assay 1.2.3 listens on http://127.0.0.1:81\n' });
  });

  it('ends the process by force, with a code that says so, when something keeps it', async () => {
    const seen: string[] = [];
    await new Promise<void>((resolve) => {
      void command(['serve'], {
        interrupt: AbortSignal.abort(),
        openServer: () =>
          Promise.resolve({
            url: 'http://127.0.0.1:81',
            close: () => new Promise<never>(() => undefined),
            lastResort: { afterMs: 1, tell: () => void seen.push('told') },
          }),
        exit(code) {
          seen.push(`exit ${code}`);
          resolve();
        },
      });
    });
    expect(seen).toEqual(['told', 'exit 70']);
  });

  it.each([
    [new RedisUrlError('the Redis URL is odd'), 64, 'ASSAY_REDIS_URL: the Redis URL is odd\n'],
    [
      new RedisSetupError(['version 5 is too old']),
      64,
      'ASSAY_REDIS_URL: Redis can not be used:\n  version 5 is too old\n',
    ],
    [
      new RedisUnreachableError('Redis can not be reached: connect ECONNREFUSED 127.0.0.1:1'),
      69,
      'ASSAY_REDIS_URL: Redis can not be reached: connect ECONNREFUSED 127.0.0.1:1\n',
    ],
    [
      new RedisAccessError('Redis refused the password (or user): WRONGPASS'),
      64,
      'ASSAY_REDIS_URL: Redis refused the password (or user): WRONGPASS\n',
    ],
    [
      Object.assign(new Error('listen EADDRINUSE'), { syscall: 'listen' }),
      69,
      'can not listen: listen EADDRINUSE\n',
    ],
  ])('tells a setup that can not be used: %s', async (error, exitCode, told) => {
    const { code, err } = await command(['serve'], { openServer: () => Promise.reject(error) });
    expect({ code, err }).toEqual({ code: exitCode, err: told });
  });
});

describe('assay controller', () => {
  it.each([
    [['--leader-elect'], { leaderElect: true }],
    [['--no-leader-elect'], { leaderElect: false }],
    [[], {}],
  ])('with %j is asked for %j', async (flags, asked) => {
    const ending = new AbortController();
    let seen: object = {};
    const { code } = await command(['controller', ...flags], {
      interrupt: ending.signal,
      openController: (options) => {
        seen = options;
        ending.abort();
        return Promise.resolve({
          ...{ url: 'http://localhost:8081', ended: new Promise(() => undefined) },
          stop: () => Promise.resolve(),
        });
      },
    });
    expect({ code, seen }).toEqual({ code: 0, seen: asked });
  });

  it('says that its port is taken', async () => {
    const taken = Object.assign(new Error('listen EADDRINUSE: address already in use :::8081'), {
      syscall: 'listen',
    });
    const { code, err } = await command(['controller'], { openController: () => Promise.reject(taken) });
    expect({ code, err }).toEqual({
      ...{ code: 69, err: 'can not listen: listen EADDRINUSE: address already in use :::8081\n' },
    });
  });
});
