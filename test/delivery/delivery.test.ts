import { createServer, type RequestListener, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Callback } from '../../schemas/index.js';
import { createDelivery, SigningSecretError } from '../../service/delivery/index.js';
import { createMemoryEngine, type Engine } from '../../service/engine/index.js';
import {
  type Clock,
  createLog,
  createMetrics,
  type Metrics,
  Secret,
  systemClock,
} from '../../service/platform/index.js';
import {
  createEgressPolicy,
  createHttpClient,
  type HttpClient,
  ProviderError,
  type SecretReader,
} from '../../service/providers/index.js';
import { metric, realDeps, runOf, scripted } from '../engine/fixtures.js';
import { type RecordingServer, startRecordingServer } from '../support/recording-server.js';

const secretOf = (letter: string): string => `whsec_${Buffer.from(letter.repeat(32)).toString('base64')}`;
const SECRETS: Readonly<Record<string, string>> = {
  'shop/hooks/secret': secretOf('h'),
  'shop/hooks/both': `${secretOf('n')} ${secretOf('o')}`,
  'shop/hooks/bad': 'hunter2',
};
const secrets: SecretReader = {
  read(namespace, name, key) {
    const secret = SECRETS[`${namespace}/${name}/${key}`];
    return secret === undefined
      ? Promise.reject(new ProviderError('secret', `secrets "${name}" not found`))
      : Promise.resolve(secret);
  },
};

let receiver: RecordingServer;
let raw: Server;
let rawUrl: string;
let rawListener: RequestListener;
let http: HttpClient;
let metrics: Metrics;
let engines: Engine[];
let logged: string[];

beforeEach(async () => {
  receiver = await startRecordingServer();
  receiver.answer([{ status: 204 }]);
  raw = createServer((request, response) => {
    rawListener(request, response);
  });
  await new Promise<void>((resolve) => raw.listen(0, '127.0.0.1', resolve));
  const address = raw.address();
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port');
  rawUrl = `http://127.0.0.1:${address.port}`;
  http = createHttpClient({ egress: createEgressPolicy({ loopback: true }) });
  metrics = createMetrics({ version: '1', nodeMetrics: false });
  engines = [];
  logged = [];
});
afterEach(async () => {
  await Promise.all(engines.map((engine) => engine.stop()));
  http.close();
  raw.closeAllConnections();
  await new Promise((resolve) => raw.close(resolve));
  await receiver.close();
});

interface Options {
  readonly webhookSecret?: string;
  readonly clock?: Clock;
  readonly client?: HttpClient;
  readonly secretsOfCluster?: (cluster: string | undefined) => SecretReader | undefined;
}

/** An engine whose webhooks are sent, each retry as early as the policy allows. */
async function begin(options: Options = {}): Promise<Engine> {
  const { webhookSecret, clock = systemClock, client = http, secretsOfCluster } = options;
  const log = createLog({ level: 'trace', destination: { write: (line) => logged.push(line) } });
  const { deps } = realDeps(scripted(() => 'Successful').measure, { retentionMs: 48 * 3_600_000 });
  const engine = createMemoryEngine({ ...deps, clock, log });
  engines.push(engine);
  await engine.start();
  createDelivery({
    ...{ engine, http: client, secrets, clock, random: () => 0, log, metrics },
    ...(webhookSecret === undefined ? {} : { webhookSecret: new Secret(webhookSecret) }),
    ...(secretsOfCluster === undefined ? {} : { secretsOfCluster }),
  }).start();
  return engine;
}

const create = (engine: Engine, ...callbacks: Callback[]) =>
  engine.create(runOf([metric('web')]), { id: 'run-1', callbacks });

/** The delivery to the first callback, once it is as `matching` says. */
const recordOf = (engine: Engine, matching: object, id = 'verdict-0') =>
  vi.waitFor(
    async () => {
      const record = (await engine.deliveries('run-1'))?.find((each) => each.id === id);
      expect(record).toMatchObject(matching);
      return record;
    },
    { timeout: 10_000, interval: 10 },
  );

describe('a webhook', () => {
  it('is a signed CloudEvent with the verdict and without the spec', async () => {
    const engine = await begin({ webhookSecret: secretOf('a') });
    await create(engine, {
      url: `${receiver.url}/hook?x=1`,
      headers: { Authorization: 'Bearer t', 'X-Team': 'ü' },
    });
    const attempts = [{ outcome: 'delivered', status: 204 }];
    const { webhookId } = (await recordOf(engine, { state: 'delivered', attempts })) ?? {};
    const [request] = receiver.requests;
    expect(request).toMatchObject({ method: 'POST', target: '/hook?x=1' });
    expect(request?.headers).toMatchObject({
      'content-type': 'application/cloudevents+json; charset=utf-8',
      authorization: 'Bearer t',
      'webhook-id': webhookId,
    });
    const event: unknown = new Webhook(secretOf('a')).verify(request?.body ?? '', { ...request?.headers });
    expect(event).toEqual({
      specversion: '1.0',
      id: webhookId,
      source: '/v1/analysisruns/run-1',
      type: 'dev.assay.analysisrun.verdict.v1',
      subject: 'shop/checkout',
      time: expect.stringMatching(/^20.*Z$/) as unknown,
      datacontenttype: 'application/json',
      data: {
        metadata: expect.objectContaining({ uid: 'run-1', name: 'checkout', namespace: 'shop' }) as unknown,
        status: expect.objectContaining({ phase: 'Successful', verdict: 'promote' }) as unknown,
      },
    });
    expect(await metrics.text()).toContain('assay_webhook_attempts_total{outcome="delivered"} 1');
  });

  it('tells of a measurement', async () => {
    const engine = await begin();
    await create(engine, { url: receiver.url, events: ['measurement'] });
    await recordOf(engine, { state: 'delivered' }, 'measurement-web-1-0');
    const [request] = receiver.requests;
    expect(JSON.parse(request?.body ?? '')).toMatchObject({
      id: expect.stringMatching(/^run-1\..*\.web\.1$/) as unknown,
      type: 'dev.assay.analysisrun.measurement.v1',
      data: { metric: 'web', measurement: { phase: 'Successful' }, metadata: { uid: 'run-1' } },
    });
    expect(request?.headers).not.toHaveProperty('webhook-signature');
  });

  it('is signed with the secret of its callback, read for each attempt, with all that are valid', async () => {
    const engine = await begin({ webhookSecret: secretOf('a') });
    await create(
      engine,
      { url: receiver.url, secretRef: { name: 'hooks' } },
      { url: receiver.url, secretRef: { name: 'hooks', key: 'both' } },
    );
    await recordOf(engine, { state: 'delivered' });
    await recordOf(engine, { state: 'delivered' }, 'verdict-1');
    const verified = receiver.requests.map(({ body, headers }) =>
      ['h', 'n', 'o', 'a'].filter((letter) => {
        try {
          return new Webhook(secretOf(letter)).verify(body, { ...headers }) !== undefined;
        } catch {
          return false;
        }
      }),
    );
    expect(verified.sort()).toEqual([['h'], ['n', 'o']]);
  });

  it('goes out with the trace of its run however that was written, and without what is none', async () => {
    const trace = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    const engine = await begin();
    for (const [id, text] of [
      ['run-1', `${trace}\n`],
      ['run-2', `01${trace.slice(2)}-\u0007`],
    ] as const) {
      const metadata = { name: 'checkout', annotations: { 'assay.dev/traceparent': text } };
      await engine.create(runOf([metric('web')], { metadata }), { id, callbacks: [{ url: receiver.url }] });
    }
    await vi.waitFor(() => {
      expect(receiver.requests).toHaveLength(2);
    });
    const sent = receiver.requests.map(({ headers }) => [
      headers['webhook-id']?.replace(/\..*/, ''),
      headers['traceparent'] ?? 'none',
    ]);
    expect(sent.sort()).toEqual([
      ['run-1', trace],
      ['run-2', 'none'],
    ]);
  });

  it('has one place in one trace, though its callback names another in its own spelling', async () => {
    const trace = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    const seen: string[][] = [];
    rawListener = ({ rawHeaders }, response) => {
      seen.push(rawHeaders.filter((_text, nth) => /^traceparent$/i.test(rawHeaders[nth - (nth % 2)] ?? '')));
      response.writeHead(204).end();
    };
    const engine = await begin();
    const headers = { Traceparent: `00-${'c'.repeat(32)}-${'d'.repeat(16)}-01` };
    for (const [id, annotations] of [
      ['run-1', { 'assay.dev/traceparent': trace }],
      ['run-2', {}],
    ] as const) {
      const metadata = { name: 'checkout', annotations };
      await engine.create(runOf([metric('web')], { metadata }), {
        id,
        callbacks: [{ url: rawUrl, headers }],
      });
      await vi.waitFor(async () => {
        expect(await engine.deliveries(id)).toMatchObject([{ state: 'delivered' }]);
      });
    }
    expect(seen).toEqual([
      ['traceparent', trace],
      ['Traceparent', headers.Traceparent],
    ]);
  });

  it('of a run of another cluster is signed with the secret of that cluster', async () => {
    const engine = await begin({
      secretsOfCluster: (cluster) =>
        cluster === 'east' ? { read: () => Promise.resolve(secretOf('e')) } : undefined,
    });
    const metadata = { name: 'checkout', namespace: 'shop', labels: { 'assay.dev/cluster': 'east' } };
    const callbacks = [{ url: receiver.url, secretRef: { name: 'hooks' } }];
    await engine.create(runOf([metric('web')], { metadata }), { id: 'run-1', callbacks });
    await recordOf(engine, { state: 'delivered' });
    const [request] = receiver.requests;
    expect(new Webhook(secretOf('e')).verify(request?.body ?? '', { ...request?.headers })).toBeDefined();
  });

  it.each([
    [{ name: 'none' }, 'secrets "none" not found'],
    [{ name: 'hooks', key: 'bad' }, "key 'bad' of secret 'hooks' must be whsec_ and the base64 of"],
  ])('is not sent unsigned when its secret can not be used: %j', async (secretRef, error) => {
    const engine = await begin({ webhookSecret: secretOf('a') });
    await create(engine, { url: receiver.url, secretRef });
    const record = await recordOf(engine, { state: 'pending', attempts: [{ outcome: 'secret' }] });
    expect(record?.attempts[0]?.error).toContain(error);
    expect(receiver.requests).toEqual([]);
  });

  it('is sent again, with the same id and a new time, until it is taken', async () => {
    receiver.answer([{ status: 500, body: 'internal details' }, { status: 200 }]);
    const engine = await begin({ webhookSecret: secretOf('a') });
    await create(engine, { url: receiver.url });
    const record = await recordOf(engine, { state: 'delivered', attemptCount: 2 });
    expect(record?.attempts[0]).toMatchObject({
      outcome: 'rejected',
      status: 500,
      error: 'the receiver answered 500 Internal Server Error',
    });
    expect(JSON.stringify(record)).not.toContain('internal details');
    const [first, second] = receiver.requests;
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    expect(Number(second?.headers['webhook-timestamp'])).toBeGreaterThan(
      Number(first?.headers['webhook-timestamp']),
    );
    expect(new Webhook(secretOf('a')).verify(second?.body ?? '', { ...second?.headers })).toBeDefined();
  });

  it('shows no credential in records and logs', async () => {
    receiver.answer([{ closeConnection: true }]);
    const engine = await begin({ webhookSecret: secretOf('a') });
    await create(engine, {
      url: `${receiver.url.replace('://', '://me:hunter2@')}/hook?token=hunter2`,
      headers: [{ key: 'X-Token', value: 'hunter2' }],
    });
    const record = await recordOf(engine, { attempts: [{ outcome: 'unreachable' }] });
    expect(record?.url).toBe(`${receiver.url}/hook?[redacted]`);
    expect(receiver.requests[0]?.headers['authorization']).toBe(`Basic ${btoa('me:hunter2')}`);
    const shown = `${JSON.stringify(record)}${logged.join('')}`;
    expect(shown).toContain('a webhook will be tried again');
    expect(shown).not.toContain('hunter2');
    expect(shown).not.toContain(secretOf('a'));
  });
});

describe('a receiver', () => {
  it('that is gone is sent nothing more', async () => {
    receiver.answer([{ status: 410 }]);
    const engine = await begin();
    await create(engine, { url: receiver.url });
    const record = await recordOf(engine, {
      ...{ state: 'failed', attemptCount: 1 },
      attempts: [{ outcome: 'rejected', status: 410 }],
    });
    expect(record).not.toHaveProperty('nextAttemptAt');
    expect(receiver.requests).toHaveLength(1);
  });

  it('that asks for time gets it', async () => {
    receiver.answer([{ status: 503, headers: { 'Retry-After': '600' } }]);
    const engine = await begin();
    await create(engine, { url: receiver.url });
    const record = await recordOf(engine, { state: 'pending', attemptCount: 1 });
    const waitMs = Date.parse(record?.nextAttemptAt ?? '') - Date.parse(record?.attempts[0]?.at ?? '');
    expect(waitMs).toBeGreaterThanOrEqual(600_000);
    expect(waitMs).toBeLessThan(610_000);
  });

  it('that redirects is not followed', async () => {
    receiver.answer([{ status: 307, headers: { Location: '/elsewhere' } }]);
    const engine = await begin();
    await create(engine, { url: receiver.url });
    const record = await recordOf(engine, {
      state: 'pending',
      attempts: [{ outcome: 'rejected', status: 307 }],
    });
    expect(record?.attempts[0]?.error).toBe(
      'the receiver answered 307 Temporary Redirect: redirects are not followed',
    );
    expect(receiver.requests.map(({ target }) => target)).toEqual(['/']);
  });

  it('that resets connections is tried again', async () => {
    rawListener = (request) => request.socket.resetAndDestroy();
    const engine = await begin();
    await create(engine, { url: rawUrl });
    await recordOf(engine, { state: 'pending', attempts: [{ outcome: 'unreachable' }] });
  });

  it('that has just closed a kept connection gets the webhook over a new one at once', async () => {
    const seen = new Set<Socket>();
    rawListener = (request, response) => {
      if (seen.has(request.socket)) request.socket.resetAndDestroy();
      else response.writeHead(204).end();
      seen.add(request.socket);
    };
    const engine = await begin();
    await engine.create(runOf([metric('web')]), { id: 'before', callbacks: [{ url: rawUrl }] });
    await vi.waitFor(async () => {
      expect(await engine.deliveries('before')).toMatchObject([{ state: 'delivered' }]);
    });
    await create(engine, { url: rawUrl });
    await recordOf(engine, { state: 'delivered', attemptCount: 1, attempts: [{ outcome: 'delivered' }] });
    expect(seen.size).toBe(2);
  });

  it('that answers with an endless body has taken the webhook', async () => {
    let sentBytes = 0;
    rawListener = (_request, response) => {
      const more = (): void => {
        while (response.writable && response.write(Buffer.alloc(16_384))) sentBytes += 16_384;
      };
      response.on('drain', more).writeHead(200);
      more();
    };
    const engine = await begin();
    await create(engine, { url: rawUrl });
    await recordOf(engine, { state: 'delivered', attempts: [{ status: 200 }] });
    expect(sentBytes).toBeLessThan(64 * 1024 * 1024);
  });

  it('that the egress rules forbid is not connected to', async () => {
    const client = createHttpClient({ egress: createEgressPolicy({ loopback: false }) });
    const engine = await begin({ client });
    await create(engine, { url: receiver.url });
    await recordOf(engine, { state: 'pending', attempts: [{ outcome: 'denied' }] });
    expect(receiver.connections).toBe(0);
    expect(await metrics.text()).toContain('assay_webhook_attempts_total{outcome="denied"} 1');
    client.close();
  });

  it('that hangs delays no other one, and gives up its attempts when the process ends', async () => {
    let hanging = 0;
    rawListener = (_request, response) => {
      if (hanging++ === 0) response.writeHead(204).end();
    };
    const engine = await begin();
    const hangs: Callback = { url: rawUrl };
    for (let nth = 0; nth < 12; nth++)
      await engine.create(runOf([metric('web')]), { id: `hangs-${nth}`, callbacks: [hangs, hangs] });
    await vi.waitFor(
      () => {
        expect(hanging).toBe(9);
      },
      { timeout: 10_000 },
    );
    await create(engine, { url: receiver.url });
    await recordOf(engine, { state: 'delivered' });
    expect(hanging).toBe(9);
    await engine.stop();
    expect(logged.join('')).not.toContain('could not be made');
  });

  it('is not delayed by 150 others that hang, whether it is new or answered before', async () => {
    let hanging = 0;
    rawListener = () => {
      hanging++;
    };
    const client = createHttpClient({
      egress: createEgressPolicy({ loopback: true }),
      resolve: (_name, _options, callback) => {
        callback(null, [{ address: '127.0.0.1', family: 4 }]);
      },
    });
    const engine = await begin({ client });
    const before = { metadata: { name: 'before', namespace: 'good' } };
    await engine.create(runOf([metric('web')], before), {
      id: 'before',
      callbacks: [{ url: receiver.url }],
    });
    await vi.waitFor(() => {
      expect(receiver.requests).toHaveLength(1);
    });
    const { port } = new URL(rawUrl);
    for (let run = 0; run < 15; run++)
      await engine.create(runOf([metric('web')], { metadata: { name: 'evil', namespace: 'evil' } }), {
        id: `evil-${run}`,
        callbacks: Array.from({ length: 10 }, (_, nth) => ({
          url: `http://r${run}-${nth}.wildcard.test:${port}`,
        })),
      });
    // As many as ever hang at once.
    await vi.waitFor(
      () => {
        expect(hanging).toBe(16);
      },
      { timeout: 10_000 },
    );
    const urls = [receiver.url, receiver.url.replace('127.0.0.1', 'new.test')];
    for (const [nth, url] of urls.entries())
      await engine.create(runOf([metric('web')], { metadata: { name: 'good', namespace: 'good' } }), {
        id: `good-${nth}`,
        callbacks: [{ url }],
      });
    await vi.waitFor(
      () => {
        expect(receiver.requests).toHaveLength(3);
      },
      { timeout: 5_000 },
    );
    // None of them had been let go.
    expect(hanging).toBe(16);
    const pending = await Promise.all(
      Array.from({ length: 15 }, (_, run) => engine.deliveries(`evil-${run}`)),
    );
    expect(pending.flat().filter((record) => record?.state === 'pending')).toHaveLength(150);
    client.close();
  });

  it('that a fault of ours keeps the webhook from is tried again as others are, and the log says why', async () => {
    const client: HttpClient = {
      request: () => Promise.reject(new TypeError('x is not a function')),
      close: () => undefined,
    };
    const engine = await begin({ client });
    await create(engine, { url: receiver.url });
    const record = await recordOf(engine, {
      ...{ state: 'pending', attemptCount: 1 },
      attempts: [{ outcome: 'internal', error: 'a fault of Assay; its log says more' }],
    });
    expect(record?.nextAttemptAt).toBeDefined();
    const [line = ''] = logged.filter((each) => each.includes('a webhook could not be made'));
    expect(line).toContain('"level":"error"');
    expect(line).toContain('x is not a function');
  });

  it('that hangs has fifteen seconds', async () => {
    const asked: (number | undefined)[] = [];
    const client: HttpClient = {
      request: ({ timeoutMs }) => {
        asked.push(timeoutMs);
        return Promise.reject(new ProviderError('timeout', 'Post "http://x": context deadline exceeded'));
      },
      close: () => undefined,
    };
    const engine = await begin({ client });
    await create(engine, { url: receiver.url });
    await recordOf(engine, {
      attempts: [{ outcome: 'timeout', error: 'Post "http://x": context deadline exceeded' }],
    });
    expect(asked).toEqual([15_000]);
  });

  it('that never answers is given up 24 hours after the first attempt', async () => {
    receiver.answer([{ status: 500 }]);
    let aheadMs = 0;
    const clock = { nowMs: () => Date.now() + aheadMs };
    const engine = await begin({ clock });
    await create(engine, { url: receiver.url });
    await recordOf(engine, { state: 'pending', attemptCount: 1 });
    aheadMs = 24 * 3_600_000;
    await recordOf(engine, { state: 'failed', attemptCount: 2 });
    expect(logged.join('')).toContain('a webhook was given up');
    expect(await metrics.text()).toContain('assay_webhooks_total{state="failed"} 1');
  });

  const TEN_GB = 10_000_000_000;
  const bad: readonly (readonly [string, (sent: { bytes: number }) => RequestListener])[] = [
    ['hangs', () => () => undefined],
    ['resets connections', () => (request) => request.socket.resetAndDestroy()],
    [
      'redirects to a private address',
      () => (_request, response) =>
        response.writeHead(307, { location: 'http://169.254.169.254/latest/meta-data/' }).end(),
    ],
    [
      'answers 10 GB',
      (sent) => (_request, response) => {
        response.writeHead(200, { 'content-length': TEN_GB });
        const chunk = Buffer.alloc(64 * 1024);
        const more = (): void => {
          if (response.destroyed) return;
          sent.bytes += chunk.byteLength;
          if (response.write(chunk)) setImmediate(more);
          else response.once('drain', more);
        };
        more();
      },
    ],
    [
      'never comes to the end of its headers',
      () => (request) => {
        request.socket.write('HTTP/1.1 200 OK\r\n');
        const timer = setInterval(() => request.socket.write('x-more: 1\r\n'), 20);
        request.socket.on('close', () => {
          clearInterval(timer);
        });
        request.socket.on('error', () => undefined);
      },
    ],
  ];
  it.each(bad)('that %s hurts no other one', async (_what, listener) => {
    const sent = { bytes: 0 };
    rawListener = listener(sent);
    const engine = await begin();
    const memory = process.memoryUsage().rss;
    const many = Array.from({ length: 40 }, (_, nth) => `bad-${nth}`);
    for (const id of many) await engine.create(runOf([metric('web')]), { id, callbacks: [{ url: rawUrl }] });
    await vi.waitFor(
      async () => {
        const asked = await new Promise<number>((resolve, reject) => {
          raw.getConnections((error, count) => {
            if (error === null) resolve(count);
            else reject(error);
          });
        });
        const records = await Promise.all(many.map((id) => engine.deliveries(id)));
        const tried = records.flat().some((record) => (record?.attemptCount ?? 0) > 0);
        expect(tried || asked > 0).toBe(true);
      },
      { timeout: 10_000, interval: 10 },
    );
    const began = performance.now();
    await create(engine, { url: receiver.url });
    await recordOf(engine, { state: 'delivered', attemptCount: 1 });
    expect(performance.now() - began).toBeLessThan(5_000);
    expect(sent.bytes).toBeLessThan(40 * 4 * 1024 * 1024);
    expect(process.memoryUsage().rss - memory).toBeLessThan(200 * 1024 * 1024);
  });
});

it('a secret of the configuration that is none is refused at the start', () => {
  const deps = { http, secrets, clock: systemClock, random: () => 0, metrics };
  const log = createLog({ level: 'silent' });
  const engine = { takeDeliveries: () => () => Promise.resolve() };
  expect(() => createDelivery({ ...deps, engine, log, webhookSecret: new Secret('hunter2') })).toThrow(
    SigningSecretError,
  );
});
