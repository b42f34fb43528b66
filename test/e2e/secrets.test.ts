import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AnalysisRun, DeliveryRecord, Metric, MetricProviderSpec } from '../../schemas/index.js';
import { eventually } from '../support/eventually.js';
import { type RecordingServer, startRecordingServer } from '../support/recording-server.js';
import { startRedis, type TestRedis } from '../support/redis.js';

const MAIN = fileURLToPath(new URL('../../service/main.ts', import.meta.url));
/** Each secret is one of these and has a `/`, so that it is another text where it is encoded. */
const marker = (name: string): string => `MARKER-${name}/secret`;
/** A marker as it is, or somewhere within base64, as in basic authentication. */
const FOUND = new RegExp(
  ['MARKER-[A-Za-z]+', ...['', 'x', 'xx'].map((before) => base64Core(`${before}MARKER`, before.length))].join(
    '|',
  ),
  'g',
);
/** What is the same in the base64 of every text with this one in it, at its place modulo three. */
function base64Core(text: string, skip: number): string {
  const whole = Buffer.from(text.slice(0, text.length - (text.length % 3))).toString('base64');
  return whole.slice(skip === 0 ? 0 : skip + 1);
}
const signingSecret = (name: string): string =>
  `whsec_${Buffer.from(`${marker(name)} and the rest of it`).toString('base64')}`;

/** Secrets as `ASSAY_SECRETS_DIR` has them. */
const SECRETS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  args: Object.fromEntries(
    ['url', 'header', 'body', 'condition', 'clientSecret', 'password', 'query'].map((key) => [
      key,
      marker(key),
    ]),
  ),
  named: { bearer: marker('bearer'), header: marker('namedHeader') },
  callback: { secret: signingSecret('callback') },
};

let redis: TestRedis;
let store: RecordingServer;
let receiver: RecordingServer;
let directory: string;
let assay: ChildProcess;
let admin: Redis;
let monitor: Redis;
let url: string | undefined;
/** Everything that was emitted, by where. */
const emitted: { readonly where: string; readonly text: string }[] = [];
const saw = (where: string, text: string): void => void emitted.push({ where, text });

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'assay-secrets-'));
  redis = await startRedis({ password: marker('redis') });
  admin = new Redis(redis.url);
  monitor = await admin.monitor();
  // It ends with its server.
  for (const client of [admin, monitor]) client.on('error', () => undefined);
  monitor.on('monitor', (_time: string, args: readonly string[]) => {
    saw('a command to Redis', args.join(' '));
  });
  receiver = await startRecordingServer();
  receiver.answer([{ status: 500, body: 'come again' }, { status: 204 }]);
  store = await startRecordingServer();
  store.answer(({ target, headers, body }) => {
    const echo = JSON.stringify({
      ok: true,
      echo: [target, headers, body],
      status: 'error',
      error: `${target} ${body}`,
    });
    if (target.startsWith('/token'))
      return { body: '{"access_token": "MARKER-accessToken", "expires_in": 60}' };
    if (target.startsWith('/bad')) return { status: 400, body: echo };
    return { headers: { 'content-type': 'application/json' }, body: echo };
  });
  const secrets = {
    ...SECRETS,
    datadog: { address: store.url, 'api-key': marker('datadogApi'), 'app-key': marker('datadogApp') },
    influx: { address: store.url, org: 'org', authToken: marker('influx') },
  };
  for (const [name, keys] of Object.entries(secrets)) {
    mkdirSync(join(directory, name));
    for (const [key, value] of Object.entries(keys)) writeFileSync(join(directory, name, key), value);
  }
  const passwordFile = join(directory, 'named-password');
  writeFileSync(passwordFile, marker('namedPassword'));
  const providersFile = join(directory, 'providers.yaml');
  writeFileSync(
    providersFile,
    `providers:
  - name: bearer
    address: ${store.url}
    loopback: true
    headers: [{ key: X-Key, secretKeyRef: { name: named, key: header } }]
    authentication: { bearer: { secretKeyRef: { name: named, key: bearer } } }
  - name: basic
    address: ${store.url}/bad
    loopback: true
    authentication: { basicAuth: { username: u, password: { file: ${passwordFile} } } }
`,
  );
  assay = spawn(process.execPath, ['--import', 'tsx', MAIN, 'serve', '--port', '0'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      ASSAY_REDIS_URL: redis.url,
      ASSAY_LOG_LEVEL: 'trace',
      ASSAY_SECRETS_DIR: directory,
      ASSAY_PROVIDERS_FILE: providersFile,
      ASSAY_WEBHOOK_SECRET: signingSecret('webhook'),
    },
  });
  assay.stdout?.on('data', (chunk: Buffer) => {
    saw('standard output', chunk.toString());
  });
  assay.stderr?.on('data', (chunk: Buffer) => {
    saw('standard error', chunk.toString());
    url ??= /listens on (\S+)/.exec(chunk.toString())?.[1];
  });
  await eventually('assay serve listens', () => url, 60_000);
}, 120_000);

afterAll(async () => {
  if (assay.exitCode === null) assay.kill('SIGKILL');
  monitor.disconnect();
  admin.disconnect();
  await receiver.close();
  await store.close();
  await redis.stop();
  rmSync(directory, { recursive: true });
});

/** What Assay answers; all of it is kept to be looked through. */
async function ask(path: string, init: RequestInit = {}): Promise<string> {
  const answer = await fetch(`${url ?? ''}${path}`, init);
  const text = await answer.text();
  saw(`${init.method ?? 'GET'} ${path}`, `${JSON.stringify([...answer.headers])} ${text}`);
  return text;
}

const send = (method: string, path: string, body: unknown): Promise<string> =>
  ask(path, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

const web = (path: string, rest: Partial<MetricProviderSpec['web']> = {}): MetricProviderSpec => ({
  web: { url: `${store.url}${path}`, jsonPath: '{$}', timeoutSeconds: 5, ...rest },
});
const header = [{ key: 'Authorization', value: 'Bearer {{args.header}}' }];

/** Metrics that succeed, fail, and are Errors of every kind, while the server sends back what it was sent. */
const METRICS: Readonly<Record<string, () => Omit<Metric, 'name'>>> = {
  url: () => ({ provider: web('/x?k={{args.url}}', { headers: header }), successCondition: 'result.ok' }),
  body: () => ({
    provider: web('/x', { method: 'POST', body: '{"k": "{{args.body}}"}' }),
    successCondition: 'not result.ok',
  }),
  refused: () => ({ provider: web('/bad?k={{args.url}}', { headers: header }), successCondition: 'true' }),
  gone: () => ({
    provider: { web: { url: 'http://127.0.0.1:1/{{args.url}}', jsonPath: '{$}' } },
    successCondition: 'true',
  }),
  condition: () => ({ provider: web('/x'), successCondition: 'result.echo[0] != "{{args.condition}}"' }),
  conditionFails: () => ({
    provider: web('/x'),
    successCondition: 'result.echo.none.none == "{{args.condition}}"',
  }),
  conditionIsNone: () => ({ provider: web('/x'), successCondition: 'result.ok == {{args.condition}} ==' }),
  oauth2: () => ({
    provider: web('/x', {
      authentication: {
        oauth2: { tokenUrl: `${store.url}/token`, clientId: 'id', clientSecret: '{{args.clientSecret}}' },
      },
    }),
    successCondition: 'result.ok',
  }),
  oauth2Refused: () => ({
    provider: web('/x', {
      authentication: {
        oauth2: { tokenUrl: `${store.url}/bad`, clientId: 'id', clientSecret: '{{args.clientSecret}}' },
      },
    }),
    successCondition: 'true',
  }),
  basicAuth: () => ({
    provider: web('/x', { authentication: { basicAuth: { username: 'u', password: '{{args.password}}' } } }),
    successCondition: 'result.ok',
  }),
  prometheus: () => ({
    provider: { prometheus: { address: store.url, query: 'up{k="{{args.query}}"}' } },
    successCondition: 'true',
  }),
  prometheusRefused: () => ({
    provider: { prometheus: { address: `${store.url}/bad`, query: 'up{k="{{args.query}}"}' } },
    successCondition: 'true',
  }),
  datadog: () => ({
    provider: { datadog: { apiVersion: 'v2', query: 'avg:e{*}', secretRef: { name: 'datadog' } } },
    successCondition: 'true',
  }),
  datadogV1: () => ({
    provider: { datadog: { apiVersion: 'v1', query: 'avg:e{*}', secretRef: { name: 'datadog' } } },
    successCondition: 'true',
  }),
  influxdb: () => ({
    provider: { influxdb: { profile: 'influx', query: 'from(bucket: "{{args.query}}")' } },
    successCondition: 'true',
  }),
  bearer: () => ({
    provider: { web: { url: 'provider://bearer/x', jsonPath: '{$}' } },
    successCondition: 'result.ok',
  }),
  basic: () => ({
    provider: { web: { url: 'provider://basic/x', jsonPath: '{$}' } },
    successCondition: 'true',
  }),
};

const args = Object.keys(SECRETS['args'] ?? {}).map((key) => ({
  name: key,
  valueFrom: { secretKeyRef: { name: 'args', key } },
}));

const callbacks = () => [
  {
    url: `${receiver.url}/signed`,
    events: ['verdict', 'measurement'],
    headers: { Authorization: `Bearer ${marker('callbackHeader')}` },
    secretRef: { name: 'callback' },
  },
  { url: receiver.url.replace('//', `//u:${encodeURIComponent(marker('callbackUrl'))}@`) },
];

/** Every key of Redis and what it holds. */
async function stored(): Promise<void> {
  for (const key of await admin.keys('*')) {
    saw('a key of Redis', key);
    // The client's types do not know that it may have expired since.
    const dumped = (await admin.dumpBuffer(key)) as Buffer | null;
    if (dumped === null) continue;
    saw(`Redis: ${key}`, dumped.toString('latin1'));
    const read = {
      string: () => admin.get(key),
      hash: () => admin.hgetall(key),
      list: () => admin.lrange(key, 0, -1),
      set: () => admin.smembers(key),
      zset: () => admin.zrange(key, 0, -1),
      stream: () => admin.xrange(key, '-', '+'),
    };
    const type = await admin.type(key);
    // It may have expired since.
    if (type === 'none') continue;
    if (!(type in read)) throw new Error(`a key of Redis is of type ${type}, which this test can not read`);
    saw(`Redis: ${key}`, JSON.stringify(await read[type as keyof typeof read]()));
  }
}

/** The secrets that were seen, and where. */
function leaks(): readonly string[] {
  const found = emitted.flatMap(({ where, text }) =>
    [...text.matchAll(FOUND)]
      // What a callback is to be sent with is in its request, and must be kept until it is sent.
      .filter(
        ([name]) =>
          !(where.includes('Redis') && ['MARKER-callbackHeader', 'MARKER-callbackUrl'].includes(name)),
      )
      .map(
        ({ 0: name, index }) => `${name} in ${where}: …${text.slice(Math.max(0, index - 100), index + 40)}`,
      ),
  );
  return [...new Set(found)];
}

it('no secret comes out anywhere, whatever servers answer', async () => {
  const phases = await Promise.all(
    Object.entries(METRICS).map(async ([name, metric]): Promise<[string, string | undefined]> => {
      const metadata = {
        name: name.toLowerCase(),
        annotations: { 'assay.dev/callbacks': JSON.stringify(callbacks()) },
      };
      const spec = { args, metrics: [{ name, ...metric() }] };
      await send('PUT', `/v1/analysisruns/${name}`, { kind: 'AnalysisRun', metadata, spec });
      const events = ask(`/v1/analysisruns/${name}/events`);
      const run = JSON.parse(await ask(`/v1/analysisruns/${name}?wait=60s`)) as Partial<AnalysisRun>;
      await events;
      return [name, run.status?.phase];
    }),
  );
  await stored();
  for (const [name, metric] of Object.entries(METRICS))
    await send('POST', '/v1/measurements', { metric: { name, ...metric() }, args });
  await eventually(
    'webhooks are delivered',
    async () => {
      const records = JSON.parse(await ask('/v1/analysisruns/url/deliveries')) as {
        readonly items: readonly DeliveryRecord[];
      };
      return records.items.every(({ state }) => state === 'delivered') ? true : undefined;
    },
    60_000,
  );
  await stored();
  for (const path of ['/v1/analysisruns', '/metrics', '/readyz', '/v1/analysisruns/body/deliveries'])
    await ask(path);
  await send('POST', '/v1/analysisruns/url/terminate', {});
  const ended = once(assay, 'exit');
  assay.kill('SIGTERM');
  await ended;
  for (const { body } of receiver.requests) saw('a webhook', body);

  expect(leaks()).toEqual([]);
  // All of them were used, or nothing was proved.
  expect(Object.fromEntries(phases)).toEqual({
    ...{ url: 'Successful', body: 'Failed', refused: 'Error', gone: 'Error' },
    ...{ condition: 'Successful', conditionFails: 'Error', conditionIsNone: 'Error' },
    ...{ oauth2: 'Successful', oauth2Refused: 'Error', basicAuth: 'Successful' },
    ...{ prometheus: 'Error', prometheusRefused: 'Error', influxdb: 'Error' },
    ...{ datadog: 'Successful', datadogV1: 'Successful', bearer: 'Successful', basic: 'Error' },
  });
  const sent = [...store.requests, ...receiver.requests]
    .map(({ target, headers, body }) =>
      decodeURIComponent(`${target} ${Object.values(headers).join(' ')} ${body}`),
    )
    .join('\n');
  for (const name of [
    'url',
    'header',
    'body',
    'query',
    'clientSecret',
    'accessToken',
    'datadogApi',
    'influx',
    'bearer',
    'namedHeader',
    'callbackHeader',
  ])
    expect(sent).toContain(`MARKER-${name}`);
  for (const password of [
    `u:${marker('password')}`,
    `u:${marker('namedPassword')}`,
    `u:${marker('callbackUrl')}`,
  ])
    expect(sent).toContain(Buffer.from(password).toString('base64'));
  expect(emitted.map(({ where }) => where)).toEqual(
    expect.arrayContaining(['a webhook', 'a command to Redis', 'standard output']),
  );
});
