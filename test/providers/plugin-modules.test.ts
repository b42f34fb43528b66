import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type HttpClient, ProviderError, readPlugins, startPlugins } from '../../service/providers/index.js';
import { type RecordingServer, startRecordingServer } from '../support/recording-server.js';
import { module, modulePlugins } from './module-plugins.js';

const EXAMPLE = fileURLToPath(new URL('../plugins/latency.mjs', import.meta.url));
const { use, fileWith, configured, start, take } = modulePlugins();
let server: RecordingServer;
beforeAll(async () => {
  server = await startRecordingServer();
});
afterAll(() => server.close());

describe('a module plugin', () => {
  it('of the documentation measures through the shared client', async () => {
    const file = fileWith(`plugins: [{name: latency, module: ${EXAMPLE}}]`);
    await startPlugins(use(readPlugins(file, new Map())));
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
    const started = await start('measure: () => ({kind: "value", value: 1})');
    use(new Map([...started].map(([, plugin]) => ['latency', plugin])));
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
    const plugins = use(readPlugins(configured({ p: source }), new Map()));
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
    const path = fileWith(`plugins: ${config}`);
    expect(() => readPlugins(path, new Map())).toThrow(message);
  });
});
