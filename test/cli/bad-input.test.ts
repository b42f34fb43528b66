import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEmbedded } from '../../service/cli/embedded.js';
import { scripted } from '../engine/fixtures.js';
import { type ApiServer, startApiServer } from './fixtures/api-server.js';
import { command } from './fixtures/command.js';

let server: ApiServer;
beforeAll(async () => {
  server = await startApiServer(scripted(() => 'Successful').measure);
});
afterAll(() => server.close());

const WEB = 'provider: { web: { url: "http://127.0.0.1:1", jsonPath: "{$.ok}" } }';
const CONDITION = 'successCondition: result == true';

/** A template with one metric of these lines; the first of them is line 5. */
const template = (lines: readonly string[], head = ''): string =>
  `kind: AnalysisTemplate\n${head}spec:\n  metrics:\n  - name: errors\n${lines.map((line) => `    ${line}\n`).join('')}`;

/** Each anchor is ten times the one before: a billion items, were it read. */
const ALIAS_BOMB = [
  'a: &a [x, x, x, x, x, x, x, x, x, x]',
  ...Array.from('bcdefghi', (name, index) => {
    const before = `*${'abcdefgh'.charAt(index)}`;
    return `${name}: &${name} [${Array.from({ length: 10 }, () => before).join(', ')}]`;
  }),
].join('\n');

interface Case {
  readonly what: string;
  readonly text: string;
  /** What `assay run` writes to standard error. */
  readonly cli: string;
  /** Status of the API, and what its problem says: the path and the message of its fault, else its detail. */
  readonly api: readonly [number, string];
}

const CASES: readonly Case[] = [
  {
    what: 'malformed YAML',
    text: template(['interval: 5m: 10m', WEB]),
    cli: `t.yaml:5:15: Nested mappings are not allowed in compact mappings: if this is one text, put it in quotes
5 |     interval: 5m: 10m
  |               ^
`,
    api: [
      400,
      '6:19: Nested mappings are not allowed in compact mappings: if this is one text, put it in quotes\n6 |         interval: 5m: 10m\n  |                   ^',
    ],
  },
  {
    what: 'an unknown field',
    text: template(['intervall: 5m', CONDITION, WEB]),
    cli: `t.yaml:5:5: spec.metrics[0].intervall: unknown field: did you mean \`interval\`?
5 |     intervall: 5m
  |     ^
`,
    api: [422, 'templates[0].spec.metrics[0].intervall: unknown field: did you mean `interval`?'],
  },
  {
    what: 'unknown fields beside other faults, and not what follows from their names',
    text: template([
      ...['intervall: 5m', 'count: 2', 'initialDelay: soon', 'successCondition: result[0] =='],
      ...['failureLimt: 1', WEB],
    ]),
    cli: `t.yaml:9:5: spec.metrics[0].failureLimt: unknown field: did you mean \`failureLimit\`?
9 |     failureLimt: 1
  |     ^
t.yaml:5:5: spec.metrics[0].intervall: unknown field: did you mean \`interval\`?
5 |     intervall: 5m
  |     ^
t.yaml:7:5: spec.metrics[0].initialDelay: invalid startDelay string: time: invalid duration "soon"
7 |     initialDelay: soon
  |     ^
t.yaml:8:5: spec.metrics[0].successCondition: unexpected token EOF (1:13)
result[0] ==
            ^
hint: the condition ends too early. In YAML, # after a space begins a comment: put a condition that has one in quotes
8 |     successCondition: result[0] ==
  |     ^
`,
    api: [422, 'templates[0].spec.metrics[0].failureLimt: unknown field: did you mean `failureLimit`?'],
  },
  {
    what: 'a wrong type',
    text: template(['failureLimit: [1]', CONDITION, WEB]),
    cli: `t.yaml:5:5: spec.metrics[0].failureLimit: must be a whole number or a string, not a list
5 |     failureLimit: [1]
  |     ^
`,
    api: [422, 'templates[0].spec.metrics[0].failureLimit: must be a whole number or a string, not a list'],
  },
  {
    what: 'an argument that nobody declares',
    text: template([CONDITION, WEB.replace('127.0.0.1', '{{args.host}}')]),
    cli: `t.yaml:6:24: spec.metrics[0].provider.web.url: failed to resolve {{args.host}}
6 |     provider: { web: { url: "http://{{args.host}}:1", jsonPath: "{$.ok}" } }
  |                        ^
`,
    api: [422, 'templates[0].spec.metrics[0].provider.web.url: failed to resolve {{args.host}}'],
  },
  {
    what: 'a duration that is none',
    text: template(['interval: 5 minutes', 'count: 2', CONDITION, WEB]),
    cli: `t.yaml:5:5: spec.metrics[0].interval: invalid interval string: time: unknown unit " minutes" in duration "5 minutes"
5 |     interval: 5 minutes
  |     ^
`,
    api: [
      422,
      'templates[0].spec.metrics[0].interval: invalid interval string: time: unknown unit " minutes" in duration "5 minutes"',
    ],
  },
  {
    what: 'a condition that can not be read, with its caret in the condition too',
    text: template(['successCondition: result[0] = 1', WEB]),
    cli: `t.yaml:5:5: spec.metrics[0].successCondition: unexpected token Operator("=") (1:11)
result[0] = 1
          ^
hint: compare with ==
5 |     successCondition: result[0] = 1
  |     ^
`,
    api: [
      422,
      'templates[0].spec.metrics[0].successCondition: unexpected token Operator("=") (1:11)\nresult[0] = 1\n          ^\nhint: compare with ==',
    ],
  },
  {
    what: 'two providers in a metric',
    text: template([CONDITION, 'provider: { web: { url: "http://a" }, prometheus: { query: up } }']),
    cli: `t.yaml:6:5: spec.metrics[0].provider: multiple providers specified
6 |     provider: { web: { url: "http://a" }, prometheus: { query: up } }
  |     ^
`,
    api: [422, 'templates[0].spec.metrics[0].provider: multiple providers specified'],
  },
  {
    what: 'a text of 2 MB',
    text: `${template([CONDITION, WEB])}#${'x'.repeat(2 * 1024 * 1024)}`,
    cli: 't.yaml: too large: 2097320 bytes, at most 1048576 are read\n',
    api: [413, 'the body is too large: at most 262144 bytes are read'],
  },
  {
    what: 'a bomb of aliases',
    text: ALIAS_BOMB,
    cli: 't.yaml: more than 100 uses of anchors, counting nested ones\n',
    api: [400, 'more than 100 uses of anchors, counting nested ones'],
  },
];

/** Sends a text to the API, a template as the one of a run request, and answers the status and what the problem says. */
async function posted(text: string, type = 'application/yaml'): Promise<readonly [number, string]> {
  const isTemplate = text.startsWith('kind:');
  const body = isTemplate ? `templates:\n  - ${text.replaceAll('\n', '\n    ')}` : text;
  const headers = { 'content-type': type };
  const answer = await fetch(`${server.url}/v1/analysisruns`, { method: 'POST', headers, body });
  expect(answer.headers.get('content-type')).toContain('application/problem+json');
  const problem = (await answer.json()) as { detail: string; errors?: { path: string; message: string }[] };
  const fault = problem.errors?.[0];
  return [answer.status, fault === undefined ? problem.detail : `${fault.path}: ${fault.message}`];
}

describe('what is wrong with a spec', () => {
  it.each(CASES)('such as $what is told by the command, with place and caret', async ({ text, cli }) => {
    const { code, out, err } = await command(['run', '-f', 't.yaml'], { files: { 't.yaml': text } });
    expect({ code, out, err }).toEqual({ code: 64, out: '', err: cli });
  });

  it.each(CASES)('such as $what is told by the API, with its path', async ({ text, api }) => {
    expect(await posted(text)).toEqual(api);
  });

  it('such as an argument without a value is told with what to do', async () => {
    const text = template([CONDITION, WEB.replace('127.0.0.1', '{{args.host}}')]).replace(
      'spec:\n',
      'spec:\n  args: [{ name: host }]\n',
    );
    const { code, err } = await command(['run', '-f', 't.yaml'], { files: { 't.yaml': text } });
    expect({ code, err }).toEqual({
      code: 64,
      err: 'args.host was not resolved: give it with --arg host=…\n',
    });
    expect(await posted(text)).toEqual([422, 'args: args.host was not resolved']);
  });
});

describe('what is wrong with a request', () => {
  it('such as its content type is told with those that there are', async () => {
    expect(await posted(template([CONDITION, WEB]), 'text/plain')).toEqual([
      415,
      'Content-Type must be application/json or application/yaml, not text/plain',
    ]);
  });

  it('such as an unknown id is told by the API and by the command that asks it', async () => {
    const answer = await fetch(`${server.url}/v1/analysisruns/gone`);
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({ detail: 'there is no run with the id "gone"' });
    const { code, err } = await command(['get', 'gone', '--server', server.url]);
    expect(err).toBe(`${server.url} answered 404: there is no run with the id "gone"\n`);
    expect(code).toBe(64);
  });

  it('such as an unknown flag or query parameter is told with the one that was meant', async () => {
    const { code, err } = await command(['list', '--phas', 'Failed']);
    expect({ code, err }).toEqual({
      code: 64,
      err: "error: unknown option '--phas'\n(Did you mean --phase?)\n",
    });
    const answer = await fetch(`${server.url}/v1/analysisruns?phas=Failed`);
    expect(await answer.json()).toMatchObject({
      status: 400,
      detail: 'phas: unknown query parameter: did you mean phase?',
    });
  });
});

describe('a Prometheus that can not be reached', () => {
  it('is an Error that says which address refused the connection', async () => {
    const text = template([
      'successCondition: result[0] > 0',
      'provider: { prometheus: { address: "http://127.0.0.1:1", query: up } }',
    ]);
    const { code, out } = await command(['measure', '-f', 't.yaml'], {
      files: { 't.yaml': text },
      openEmbedded: () => openEmbedded({}, () => undefined),
    });
    expect(out).toMatch(/^! errors Error\n/);
    expect(out).toContain('dial tcp 127.0.0.1:1: connect: connection refused');
    expect(code).toBe(2);
  });
});
