import { Ajv2020 } from 'ajv/dist/2020.js';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonSchemaFiles, type Measurement } from '../../schemas/index.js';
import {
  builtInProviders,
  collectGarbage,
  createNamedClient,
  createRegistry,
  type HttpClient,
  noSecrets,
  type Plugins,
  readPlugins,
  readServers,
  takeMeasurement,
} from '../../service/providers/index.js';
import { systemClock } from '../../service/platform/index.js';
import {
  type RecordingServer,
  type ScriptedResponse,
  startRecordingServer,
} from '../support/recording-server.js';
import { contextWith, openClient } from './measure.js';

let folder: string;
let http: HttpClient;
let server: RecordingServer;
let plugins: Plugins;

beforeAll(async () => {
  server = await startRecordingServer();
  folder = mkdtempSync(join(tmpdir(), 'assay-plugins-'));
  const file = join(folder, 'providers.yaml');
  writeFileSync(
    file,
    `
providers:
  - {name: gates, address: ${server.url}/api, authentication: {bearer: {value: marker-4711}}}
plugins:
  - {name: gate, url: provider://gates/v1/, timeout: 400ms}
`,
  );
  const servers = readServers(file);
  const open = openClient();
  http = createNamedClient({ http: open, loopback: open, servers, secrets: noSecrets, clock: systemClock });
  plugins = readPlugins(file, servers);
});
afterAll(async () => {
  http.close();
  await server.close();
  rmSync(folder, { recursive: true });
});

const metric = { name: 'm', provider: { plugin: { gate: { q: 1 } } } };
const registry = () => createRegistry(builtInProviders({ plugins }));
const run = { id: 'id', name: 'run', namespace: 'app', startedAtMs: 1_714_564_800_000 };

function take(op: 'measure' | 'resume' | 'terminate' = 'measure', previous?: Measurement) {
  const context = contextWith(http, { run, measurementNumber: 2 });
  return takeMeasurement({
    metric,
    registry: registry(),
    context,
    op,
    ...(previous === undefined ? {} : { previous }),
  });
}

const json = (body: unknown, more: ScriptedResponse = {}): ScriptedResponse => ({
  body: JSON.stringify(body),
  ...more,
});

describe('an HTTP plugin', () => {
  it('is asked below the address of a server by name, with its credentials, as its schema says', async () => {
    server.answer([json({ kind: 'running', resumeAtMs: 1_714_564_900_000, metadata: { id: '7' } })]);
    const previous = await take();
    expect(previous).toMatchObject({
      phase: 'Running',
      resumeAt: '2024-05-01T12:01:40.000Z',
      metadata: { id: '7' },
    });
    server.answer([json({ kind: 'judged', phase: 'Successful', text: '2' })]);
    expect(await take('resume', previous)).toMatchObject({ phase: 'Successful', value: '2' });
    const [resume] = server.requests;
    expect(resume).toMatchObject({ method: 'POST', target: '/api/v1/resume' });
    expect(resume?.headers).toMatchObject({
      authorization: 'Bearer marker-4711',
      'content-type': 'application/json',
    });
    const body: unknown = JSON.parse(resume?.body ?? '');
    expect(body).toEqual({
      interfaceVersion: 1,
      plugin: 'gate',
      metric: 'm',
      config: { q: 1 },
      run,
      measurementNumber: 2,
      timeoutMs: 400,
      measurement: previous,
    });
    const validate = new Ajv2020({ strict: false }).compile(
      jsonSchemaFiles()['plugin-request.json'] ?? false,
    );
    expect(validate(body), JSON.stringify(validate.errors)).toBe(true);
  });

  it('terminates and collects garbage', async () => {
    server.answer([json({ kind: 'judged', phase: 'Inconclusive' })]);
    expect(await take('terminate', { phase: 'Running' })).toMatchObject({ phase: 'Inconclusive' });
    expect(server.requests[0]?.target).toBe('/api/v1/terminate');

    server.answer([{ status: 204 }]);
    await collectGarbage(metric, registry(), 3, contextWith(http));
    expect(server.requests[0]?.target).toBe('/api/v1/garbageCollect');
    expect(JSON.parse(server.requests[0]?.body ?? '')).toMatchObject({ limit: 3 });

    server.answer([json({ message: 'read only' }, { status: 500 })]);
    await expect(collectGarbage(metric, registry(), 3, contextWith(http))).rejects.toThrow(
      'failed to garbage collect via plugin: read only',
    );
  });

  it.each([
    [json({ message: 'no data' }, { status: 500 }), 'no data'],
    [json({ message: 'x'.repeat(301) }, { status: 500 }), `${'x'.repeat(300)}…`],
    [json({ kind: 'judged', phase: 'Error', message: 'x'.repeat(301) }), `${'x'.repeat(300)}…`],
    [{ status: 503, body: '<html>' }, 'the plugin answered 503 Service Unavailable'],
    [{ status: 401, body: '[]' }, 'the plugin answered 401 Unauthorized'],
    [{ body: 'up' }, "the plugin's answer can not be used: it is not JSON"],
    [{ body: '' }, "the plugin's answer can not be used: it is not JSON"],
    [json({ kind: 'value' }), "the plugin's answer can not be used: value is required"],
    [json({ kind: 'judged', phase: 'Error', message: 'gone' }), 'gone'],
    [{ body: '['.repeat(1_001) }, "the plugin's answer can not be used: it is nested too deeply"],
  ])('that answers %j gives an Error', async (answer: ScriptedResponse, message: string) => {
    server.answer([answer]);
    expect(await take()).toMatchObject({ phase: 'Error', message: `failed to run via plugin: ${message}` });
  });

  it.each([
    ['says nothing', { delayMs: 5_000 }, 'context deadline exceeded'],
    ['hangs up', { closeConnection: true }, 'EOF'],
    ['says too much', { body: new Uint8Array(11 * 1024 * 1024) }, 'the answer is larger than 10485760 bytes'],
  ])(
    'that %s gives an Error in time, without its credentials',
    async (_what, answer: ScriptedResponse, message) => {
      server.answer([answer]);
      const measured = await take();
      expect(measured.phase).toBe('Error');
      expect(measured.message).toContain(message);
      expect(JSON.stringify(measured)).not.toContain('marker');
    },
  );
});
