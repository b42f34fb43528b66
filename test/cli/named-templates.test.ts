import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  type AnalysisTemplate,
  type ClusterAnalysisTemplate,
  parseDocuments,
  validateDocument,
} from '../../schemas/index.js';
import { scripted } from '../engine/fixtures.js';
import { type ApiServer, startApiServer } from './fixtures/api-server.js';
import { command, TEMPLATE } from './fixtures/command.js';

let server: ApiServer;
beforeEach(async () => {
  const known = templateOf(TEMPLATE);
  const endless = templateOf(
    TEMPLATE.replace('name: checks', 'name: endless').replace(
      '- name: latency',
      '- name: latency\n      interval: 1h\n      count: 2',
    ),
  );
  server = await startApiServer(scripted(() => 'Successful').measure, {
    list: () => Promise.resolve({ templates: [known, endless], clusterTemplates: [EVERYWHERE], errors: [] }),
  });
});
afterEach(() => server.close());

const EVERYWHERE: ClusterAnalysisTemplate = {
  kind: 'ClusterAnalysisTemplate',
  metadata: { name: 'everywhere' },
  spec: {
    args: [{ name: 'service' }],
    metrics: [
      { name: 'up', successCondition: 'result > 0', provider: { web: { url: 'http://{{args.service}}' } } },
    ],
  },
};

function templateOf(text: string): AnalysisTemplate {
  const { value } = validateDocument('AnalysisTemplate', parseDocuments(text)[0]?.value);
  if (value === undefined) throw new Error('the template of the test is faulty');
  return value;
}

const run = (args: readonly string[], files: Readonly<Record<string, string>> = {}) =>
  command(['run', '--server', server.url, '-o', 'json', ...args], { files });
const metricsOf = (out: string): unknown =>
  (JSON.parse(out) as { status: { metricResults: { name: string }[] } }).status.metricResults.map(
    ({ name }) => name,
  );

it('a template that only the server knows is run by its name, with the arguments that are given', async () => {
  const { code, out, err } = await run(['--template', 'checks', '-n', 'shop', '--arg', 'service=a']);
  expect(code, err).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    metadata: { namespace: 'shop' },
    spec: {
      args: [
        { name: 'service', value: 'a' },
        { name: 'zone', value: 'eu' },
      ],
    },
    status: { verdict: 'promote' },
  });
});

it('several are measured together, those of the cluster too', async () => {
  const both = ['--template', 'checks', '--cluster-template', 'everywhere', '-n', 'shop'];
  const { code, out, err } = await run([...both, '--arg', 'service=a']);
  expect(code, err).toBe(0);
  expect(metricsOf(out)).toEqual(['latency', 'errors', 'up']);
});

it('a run request in a file may name one, beside templates of files', async () => {
  const request = `
templates:
  - templateName: everywhere
    clusterScope: true
  - templateName: own
args: [{name: service, value: b}]
`;
  const own =
    'kind: AnalysisTemplate\nmetadata: {name: own}\nspec: {metrics: [{name: own, provider: {web: {url: "http://x"}}}]}';
  const { code, out, err } = await run(['-f', 'request.yaml', 'own.yaml', '--arg', 'service=a'], {
    'request.yaml': request,
    'own.yaml': own,
  });
  expect(code, err).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ spec: { args: [{ name: 'service', value: 'a' }] } });
  expect(metricsOf(out)).toEqual(['own', 'up']);
});

it('one that the server does not know is told as the server tells it', async () => {
  const { code, out, err } = await run(['--template', 'gone']);
  expect(err).toContain("templates[0].templateName: AnalysisTemplate 'gone' not found");
  expect({ code, out }).toEqual({ code: 64, out: '' });
  expect((await server.engine.list({ limit: 1 })).items).toEqual([]);
});

it('a misspelt argument ends the run, as the default would be in force', async () => {
  const { code, err } = await run([
    ...['--template', 'endless', '-n', 'shop', '--arg', 'service=a', '--arg', 'zoen=us'],
  ]);
  expect(err).toContain('--arg zoen: no argument has this name: did you mean zone?');
  expect(code).toBe(64);
  const { items } = await server.engine.list({ limit: 1 });
  expect(items.map(({ status }) => status?.message)).toEqual(['Run Terminated']);
});
