import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Measurement } from '../../schemas/index.js';
import {
  builtInProviders,
  closePlugins,
  createRegistry,
  type HttpClient,
  type MeasureContext,
  type MeasurementTask,
  type Plugins,
  ProviderError,
  readPlugins,
  startPlugins,
  takeMeasurement,
} from '../../service/providers/index.js';
import { type RecordingServer, startRecordingServer } from '../support/recording-server.js';
import { contextWith, openClient } from './measure.js';

const EXAMPLE = fileURLToPath(new URL('../plugins/latency.mjs', import.meta.url));
let folder: string;
let http: HttpClient;
let server: RecordingServer;
let plugins: Plugins = new Map();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'assay-plugins-'));
  http = openClient();
  server = await startRecordingServer();
});
afterEach(() => closePlugins(plugins));
afterAll(async () => {
  http.close();
  await server.close();
  rmSync(folder, { recursive: true });
});

/** A file of plugins, each a module with this provider. */
function configured(sources: Readonly<Record<string, string>>, timeout = '2s'): string {
  const place = mkdtempSync(join(folder, 'case-'));
  mkdirSync(join(place, 'modules'));
  const entries = Object.entries(sources).map(([name, source]) => {
    writeFileSync(join(place, 'modules', `${name}.mjs`), source);
    return `  - {name: ${name}, module: ./modules/${name}.mjs, timeout: ${timeout}}\n`;
  });
  writeFileSync(join(place, 'providers.yaml'), `plugins:\n${entries.join('')}`);
  return join(place, 'providers.yaml');
}

const module = (provider: string): string =>
  `export const interfaceVersion = 1; export const provider = {${provider}};`;

/** Starts one plugin `p` with these functions. */
async function start(provider: string, timeout?: string): Promise<void> {
  plugins = readPlugins(configured({ p: module(provider) }, timeout), new Map());
  await startPlugins(plugins);
}

function take(
  config: unknown,
  more: {
    op?: 'measure' | 'resume' | 'terminate';
    previous?: Measurement;
    condition?: string;
    context?: Partial<MeasureContext>;
    name?: string;
    onMetricMetadata?: NonNullable<MeasurementTask['onMetricMetadata']>;
  } = {},
): Promise<Measurement> {
  const { op = 'measure', previous, condition, context = {}, name = 'p', onMetricMetadata } = more;
  return takeMeasurement({
    metric: {
      name: 'm',
      provider: { plugin: { [name]: config } },
      ...(condition === undefined ? {} : { successCondition: condition }),
    },
    registry: createRegistry(builtInProviders({ plugins })),
    context: contextWith(http, context),
    op,
    ...(onMetricMetadata === undefined ? {} : { onMetricMetadata }),
    ...(previous === undefined ? {} : { previous }),
  });
}

describe('a module plugin', () => {
  it('of the documentation measures through the shared client', async () => {
    writeFileSync(join(folder, 'example.yaml'), `plugins: [{name: latency, module: ${EXAMPLE}}]`);
    plugins = readPlugins(join(folder, 'example.yaml'), new Map());
    await startPlugins(plugins);
    server.answer([{ body: '{"p99": 0.12}' }]);
    const measured = await take(
      { url: server.url, service: 'shop cart' },
      { condition: 'result.p99 < 0.2', name: 'latency' },
    );
    expect(measured).toMatchObject({
      phase: 'Successful',
      value: '{"p99":0.12}',
      metadata: { service: 'shop cart' },
    });
    expect(server.requests.map(({ method, target }) => `${method} ${target}`)).toEqual([
      'GET /latency/shop%20cart',
    ]);
    server.answer([{ body: '{}' }]);
    expect(await take({ url: server.url, service: 'shop' }, { name: 'latency' })).toMatchObject({
      phase: 'Error',
      message: 'failed to run via plugin: there is no p99 of shop yet',
    });
  });

  it.each([
    ['value: 1', '1', 'result == 1.0', 'Successful'],
    ['value: "up"', '"up"', 'result == "up"', 'Successful'],
    ['value: [0.5, 2]', '[0.5,2]', 'result[1] < 1', 'Failed'],
    ['value: {b: 1, a: "x"}, text: "fine"', 'fine', 'result.a == "x"', 'Successful'],
    ['value: null', 'null', 'isNil(result)', 'Successful'],
  ])('may give {%s}', async (reading, value, condition, phase) => {
    await start(`measure: () => ({kind: "value", ${reading}})`);
    expect(await take({}, { condition })).toMatchObject({ phase, value });
  });

  it.each([
    ['async ({q}) => ({query: `up{${q}}`})', { query: 'up{7}' }],
    ['() => { throw new Error("no query") }', { error: 'failed to get metadata via plugin: no query' }],
  ])('may say of the metric what %s gives, which costs no measurement', async (describe, told) => {
    await start(`measure: () => ({kind: "value", value: 1}), describe: ${describe}`);
    const onMetricMetadata = vi.fn();
    expect(await take({ q: 7 }, { onMetricMetadata })).toMatchObject({ phase: 'Successful' });
    expect(onMetricMetadata.mock.calls).toEqual([[told]]);
  });

  it('gives a value of nothing to conditions that do not provide for it as an Error', async () => {
    await start('measure: () => ({kind: "value", value: null})');
    expect(await take({}, { condition: 'result > 0.5' })).toMatchObject({ phase: 'Error' });
  });

  it.each([
    ['undefined', 'the plugin gave no answer'],
    ['5', "the plugin's answer can not be used: it must be an object"],
    ['{}', "the plugin's answer can not be used: kind is required"],
    ['{kind: "value"}', "the plugin's answer can not be used: value is required"],
    ['{kind: "value", value: {x: NaN}}', 'NaN is no JSON number'],
    ['{kind: "value", value: 1n}', 'a bigint is no JSON number'],
    [
      '{kind: "value", value: 1, text: 1}',
      "the plugin's answer can not be used: text must be a string, not the number 1: put it in quotes",
    ],
    ['{kind: "judged"}', "the plugin's answer can not be used: phase is required"],
    ['{kind: "running", resumeAtMs: 1e300}', "the plugin's answer can not be used: resumeAtMs is no time"],
    ['{kind: "value", value: "x".repeat(11e6)}', 'the answer is larger than 10 MiB'],
  ])('that answers %s gives an Error', async (answer, message) => {
    await start(`measure: () => (${answer})`);
    expect(await take({})).toMatchObject({ phase: 'Error', message: `failed to run via plugin: ${message}` });
  });

  it('judges by itself, takes its time and is resumed with its metadata', async () => {
    await start(`
      measure: (config) => ({kind: "running", resumeAtMs: 1714564900000, metadata: {id: config.id}}),
      resume: (config, {metadata}) => ({kind: "judged", phase: "Failed", text: metadata.id, message: "too slow"}),
      terminate: () => { throw new Error("cannot"); },
    `);
    const previous = await take({ id: '7' });
    expect(previous).toMatchObject({
      phase: 'Running',
      resumeAt: '2024-05-01T12:01:40.000Z',
      metadata: { id: '7' },
    });
    expect(await take({ id: '7' }, { op: 'resume', previous })).toMatchObject({
      phase: 'Failed',
      value: '7',
      message: 'too slow',
    });
    expect(await take({ id: '7' }, { op: 'terminate', previous })).toMatchObject({
      phase: 'Error',
      message: 'failed to terminate via plugin: cannot',
      metadata: { id: '7' },
    });
  });

  it('without a function terminate gives its measurement up', async () => {
    await start('measure: () => ({kind: "running"})');
    const previous = { phase: 'Running' as const, metadata: { id: '7' } };
    expect(await take({}, { op: 'terminate', previous })).toMatchObject({
      phase: 'Inconclusive',
      message: 'given up: the plugin has no function terminate',
      metadata: { id: '7' },
    });
    expect((await take({}, { op: 'resume', previous })).message).toBe(
      'failed to resume via plugin: it has no function resume',
    );
  });

  it('that does not say when to look again is looked at in ten seconds', async () => {
    await start('measure: () => ({kind: "running"})');
    expect(await take({})).toMatchObject({ phase: 'Running', resumeAt: '2024-05-01T12:00:10.250Z' });
  });

  it('may have more time than a timer can wait', async () => {
    await start(
      'measure: async () => (await new Promise((go) => setTimeout(go, 50)), {kind: "value", value: 1})',
      '1000h',
    );
    expect(await take({})).toMatchObject({ phase: 'Successful', value: '1' });
  });

  it('that never answers loses its call in time, and goes on', async () => {
    await start(`measure: ({hang}) => hang ? new Promise(() => {}) : {kind: "value", value: 1}`, '300ms');
    const hanging = take({ hang: true });
    expect(await take({})).toMatchObject({ phase: 'Successful' });
    expect(await hanging).toMatchObject({
      phase: 'Error',
      message: 'failed to run via plugin: the plugin gave no answer within 300 ms',
    });
    expect(await take({})).toMatchObject({ phase: 'Successful' });
  });

  it('in an endless loop is ended and started anew, and this process goes on all the while', async () => {
    await start(
      `n: 0, measure({loop}) { this.n++; while (loop) {} return {kind: "value", value: this.n} }`,
      '300ms',
    );
    expect(await take({})).toMatchObject({ value: '1' });
    const looping = take({ loop: true });
    const behind = take({});
    let ticks = 0;
    const ticking = setInterval(() => ticks++, 10);
    expect((await looping).message).toBe('failed to run via plugin: the plugin gave no answer within 300 ms');
    expect((await behind).phase).toBe('Error');
    clearInterval(ticking);
    expect(ticks).toBeGreaterThan(5);
    await expect.poll(async () => (await take({})).value, { timeout: 10_000 }).toBe('1');
  });

  it.each([
    ['setTimeout(() => { throw new Error("oops"); })', 'it ended: oops'],
    ['void Promise.reject(new Error("later"))', 'it ended: later'],
    ['process.exit(3)', 'it ended itself with code 3'],
    ['process.abort()', 'it was ended by SIGABRT, as when its objects take more than 256 MiB'],
    [
      'process.kill(process.pid, "SIGKILL")',
      'it was ended by SIGKILL, as when its process takes more than 768 MiB',
    ],
    ['process.disconnect()', 'it ended itself with code 0'],
  ])('that does %s takes nothing with it', async (fault, message) => {
    await start(
      `measure({bad}) { if (bad) { ${fault}; return new Promise(() => {}); } return {kind: "value", value: 1} }`,
    );
    expect(await take({ bad: true })).toMatchObject({
      phase: 'Error',
      message: `failed to run via plugin: the plugin gave no answer: ${message}`,
    });
    expect(await take({})).toMatchObject({ phase: 'Successful' });
  });

  it.each(['null', '7', '{}', '{type: "new"}', '{type: "result", id: 1}', '{type: "ask", call: 1, ask: 1}'])(
    'that writes %s to its channel is an Error, and is started anew',
    async (message) => {
      await start(
        `n: 0, async measure({bad}) {
          this.n++;
          if (!bad) return {kind: "value", value: this.n};
          process.send(${message});
          return new Promise(() => {});
        }`,
      );
      expect(await take({})).toMatchObject({ value: '1' });
      expect(await take({ bad: true })).toMatchObject({
        phase: 'Error',
        message:
          'failed to run via plugin: the plugin gave no answer: it sent a message that Assay does not know',
      });
      expect(await take({})).toMatchObject({ value: '1' });
    },
  );

  it('that writes too large an answer to its channel is an Error', async () => {
    await start(`
      measure: async () => {
        process.send({type: "result", id: 1, json: JSON.stringify({kind: "value", value: "x".repeat(11e6)})});
        return new Promise(() => {});
      }
    `);
    expect(await take({})).toMatchObject({
      phase: 'Error',
      message: 'failed to run via plugin: the answer is larger than 10 MiB',
    });
  });

  it.each([
    ['throw new Error("x".repeat(50e6))', ''],
    [
      'setTimeout(() => { throw new Error("x".repeat(50e6)); }); await new Promise(() => {})',
      'the plugin gave no answer: it ended: ',
    ],
  ])('that does %s has the beginning of its text in the message', async (fault, words) => {
    await start(`async measure() { ${fault} }`);
    expect((await take({})).message).toBe(`failed to run via plugin: ${words}${'x'.repeat(300)}…`);
  });

  it.each([
    [
      'const all = []; for (;;) all.push(new Array(1e6).fill(Math.random()))',
      'SIGABRT, as when its objects take more than 256 MiB',
    ],
    [
      'const all = new Array(1e8).fill({}).map(() => ({a: [1]}))',
      'SIGABRT, as when its objects take more than 256 MiB',
    ],
    [
      'const all = []; for (;;) all.push(Buffer.alloc(5e7, 1))',
      'SIGKILL, as when its process takes more than 768 MiB',
    ],
  ])(
    'that takes memory by %s is ended alone, and started anew',
    async (greed, message) => {
      await start(
        `measure({bad}) { if (bad) { ${greed}; return all; } return {kind: "value", value: 1} }`,
        '60s',
      );
      expect(await take({ bad: true })).toMatchObject({
        phase: 'Error',
        message: `failed to run via plugin: the plugin gave no answer: it was ended by ${message}`,
      });
      expect(await take({})).toMatchObject({ phase: 'Successful' });
    },
    60_000,
  );

  it('has an environment without the settings of Assay', async () => {
    process.env['ASSAY_WEBHOOK_SECRET'] = 'whsec_marker';
    process.env['STORE_TOKEN'] = 'of-the-plugin';
    try {
      await start('measure: () => ({kind: "value", value: Object.keys(process.env)})');
      const { value = '' } = await take({});
      expect(value).toContain('"STORE_TOKEN"');
      expect(value).not.toContain('ASSAY_');
    } finally {
      delete process.env['ASSAY_WEBHOOK_SECRET'];
      delete process.env['STORE_TOKEN'];
    }
  });

  it('that asks for a secret without saying which is an Error', async () => {
    await start('measure: (_config, {secrets}) => secrets.read("shop")');
    expect((await take({})).message).toBe(
      'failed to run via plugin: a secret needs a namespace, a name and a key',
    );
  });

  it('is told when nobody waits any more', async () => {
    server.answer([{ body: 'told' }]);
    await start(`
      measure: ({url}, {signal, http}) => new Promise((resolve) => {
        signal.addEventListener("abort", () => fetch(url + "/aborted").then(resolve));
        void http.request({url: url + "/begun"});
      })
    `);
    const canceled = new AbortController();
    const measured = take({ url: server.url }, { context: { signal: canceled.signal } });
    const targets = () => server.requests.map(({ target }) => target);
    await expect.poll(targets).toEqual(['/begun']);
    canceled.abort();
    expect(await measured).toMatchObject({
      phase: 'Error',
      message: 'failed to run via plugin: the measurement was canceled',
    });
    await expect.poll(targets).toEqual(['/begun', '/aborted']);
  });

  it('reads secrets, which nothing shows', async () => {
    await start(`
      async measure(config, {secrets, run}) {
        const token = await secrets.read(run.namespace, "store", "token");
        if (config.fail) throw new Error("refused " + token);
        return {kind: "value", value: {token}, metadata: {token}};
      }
    `);
    const secrets = { read: () => Promise.resolve('marker-4711') };
    const measured = await take({}, { context: { secrets } });
    expect(measured).toMatchObject({ phase: 'Successful', value: '{"token":"*****"}' });
    expect(JSON.stringify(measured)).not.toContain('marker');
    expect((await take({ fail: true }, { context: { secrets } })).message).toBe(
      'failed to run via plugin: refused *****',
    );
  });

  it('reaches the network under the rules of the client only', async () => {
    await start(`
      measure: async (_config, {http}) => ({kind: "value", value: (await http.request({url: "http://x/"})).status})
    `);
    const denied: HttpClient = {
      request: () => Promise.reject(new ProviderError('egressDenied', 'x is forbidden')),
      close: () => undefined,
    };
    expect(await take({}, { context: { http: denied } })).toMatchObject({
      phase: 'Error',
      message: 'failed to run via plugin: x is forbidden',
    });
  });

  it('that the configuration does not have is an Error that names the nearest', async () => {
    await start('measure: () => ({kind: "value", value: 1})');
    plugins = new Map([...plugins].map(([, plugin]) => ['latency', plugin]));
    expect((await take({}, { name: 'latencey' })).message).toBe(
      'failed to create plugin: unable to get metric plugin: unable to start plugin system: no plugin is named "latencey" in the file of ASSAY_PROVIDERS_FILE: did you mean latency?',
    );
  });
});

describe('the start with a plugin', () => {
  it.each([
    ['export const provider = {measure() {}}', 'it must export interfaceVersion = 1, and has none'],
    ['export const interfaceVersion = 2', 'it must export interfaceVersion = 1, and has 2'],
    ['export const interfaceVersion = 1', 'it must export provider, an object with a function measure'],
    [module('measure() {}, resume: 1'), 'resume of its provider must be a function'],
    ['throw new Error("no licence")', 'no licence'],
    ['process.exit(1)', 'it ended itself with code 1'],
    ['export const', 'Unexpected end of input'],
  ])('whose module is %s fails', async (source, message) => {
    plugins = readPlugins(configured({ p: source }), new Map());
    await expect(startPlugins(plugins)).rejects.toThrow(message);
    await expect(startPlugins(plugins)).rejects.toThrow('the plugin "p" (file://');
  });

  it.each([
    ['[{name: a}]', 'plugins[0]: must have exactly one of module and url'],
    ['[{name: a, module: ./a.mjs, url: "http://a"}]', 'plugins[0]: must have exactly one of module and url'],
    ['[{name: a, url: "http://a"}, {name: a, url: "http://b"}]', 'plugins[1]: "a" is used twice'],
    ['[{name: a, url: "http://a", timeout: 0s}]', 'plugins[0]: timeout must be more than zero'],
    ['[{name: a, url: "provider://x"}]', 'plugins[0]: url: no provider is named "x"'],
    ['[{name: a, modul: ./a.mjs}]', 'plugins[0].modul'],
  ])('configured as %s fails', (config, message) => {
    const path = join(folder, 'faulty.yaml');
    writeFileSync(path, `plugins: ${config}`);
    expect(() => readPlugins(path, new Map())).toThrow(message);
  });
});
