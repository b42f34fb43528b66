import supertest from 'supertest';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createApi } from '../../service/api/index.js';
import { EngineTimeoutError } from '../../service/api/prompt-engine.js';
import {
  createMemoryEngine,
  type Engine,
  type EngineHealth,
  StoreAwayError,
} from '../../service/engine/index.js';
import { createLog, createMetrics } from '../../service/platform/index.js';
import { metric, realDeps, scripted } from '../engine/fixtures.js';
import { notAsked } from './fixtures.js';

const log = createLog({ level: 'silent' });
const metrics = createMetrics({ version: '1.2.3', nodeMetrics: false });
const script = scripted((name) => (name === 'bad' ? 'Failed' : 'Successful'));

/** The fields of answers that tests look at. Which of them there are is what the tests check. */
interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: {
    readonly metadata: { readonly uid: string; readonly name: string; readonly continue: string };
    readonly spec: { readonly args: object };
    readonly status: { readonly phase: string };
    readonly items: readonly Answer['body'][];
    readonly title: string;
    readonly detail: string;
    readonly errors: readonly { readonly path: string; readonly message: string }[];
  };
}
interface Call extends PromiseLike<Answer> {
  send(body: object | string): Call;
  set(name: string, value: string): Call;
  expect(status: number, body?: object): Call;
}
type Client = Readonly<Record<'get' | 'post' | 'put' | 'patch' | 'delete', (path: string) => Call>>;

const clientOf = (over: Engine): Client =>
  supertest(createApi({ engine: over, metrics, log, measureOnce: notAsked }));

let engine: Engine;
let api: Client;

beforeEach(async () => {
  engine = createMemoryEngine(realDeps(script.measure).deps);
  await engine.start();
  api = clientOf(engine);
});
afterEach(() => engine.stop());

const runBody = (name = 'good', fields: object = {}) => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'AnalysisRun',
  metadata: { name: 'checkout', namespace: 'shop', labels: { app: name } },
  spec: { metrics: [metric(name)] },
  ...fields,
});
const endless = () => ({ ...runBody(), spec: { metrics: [metric('slow', { interval: '1h' })] } });
const template = (fields: object = {}) => ({
  kind: 'AnalysisTemplate',
  metadata: { name: 'latency' },
  spec: { args: [{ name: 'service' }], metrics: [metric('good')] },
  ...fields,
});

describe('starting a run', () => {
  it('answers 201 with the run and its place, and the verdict to whoever waits', async () => {
    const started = await api.post('/v1/analysisruns').send(runBody('bad')).expect(201);
    const { uid } = started.body.metadata;
    expect(started.headers['location']).toBe(`/v1/analysisruns/${uid}`);
    const ended = await api.get(`${started.headers['location'] ?? ''}?wait=10s`).expect(200);
    expect(ended.body.status).toMatchObject({ phase: 'Failed', verdict: 'rollback' });
  });

  it('puts the answer together when the queries of the run have gone out', async () => {
    const order: string[] = [];
    const asking = clientOf({
      ...engine,
      async create(run, options) {
        const { created, run: stored } = await engine.create(run, options);
        // A request of Node is written once nothing that is ready to go on is left.
        process.nextTick(() => order.push('asked'));
        const shown = {
          ...stored,
          get spec() {
            order.push('shown');
            return stored.spec;
          },
        };
        return { created, run: shown };
      },
    });
    await asking.post('/v1/analysisruns').send(runBody()).expect(201);
    expect(order).toEqual(['asked', 'shown']);
  });

  it('answers a wait with the running run when the time is up', async () => {
    await api.put('/v1/analysisruns/slow').send(endless()).expect(201);
    const { body } = await api.get('/v1/analysisruns/slow?wait=20ms').expect(200);
    expect(body.status.phase).toBe('Running');
    expect(body.status).not.toHaveProperty('verdict');
  });

  it('takes YAML, and ignores a status that comes along', async () => {
    const yaml = [
      'kind: AnalysisRun',
      'spec:',
      '  metrics:',
      '  - name: slow',
      '    interval: 1h',
      '    provider: { web: { url: "http://stub/slow", jsonPath: "{$.value}" } }',
      'status: { phase: Successful }',
    ].join('\n');
    const { body } = await api
      .post('/v1/analysisruns')
      .set('Content-Type', 'application/yaml')
      .send(yaml)
      .expect(201);
    expect(body.status.phase).not.toBe('Successful');
  });

  it('puts the templates and arguments of a run request together', async () => {
    const { body } = await api
      .post('/v1/analysisruns')
      .send({ templates: [template()], args: [{ name: 'service', value: 'cart' }] })
      .expect(201);
    expect(body.spec.args).toEqual([{ name: 'service', value: 'cart' }]);
    expect(body.metadata.name).toMatch(/^latency-/);
  });

  it('answers the first run to the same Idempotency-Key, and 409 when the body is another', async () => {
    const post = () => api.post('/v1/analysisruns').set('Idempotency-Key', 'deploy-7');
    const first = await post().send(runBody()).expect(201);
    const second = await post().send(runBody()).expect(200);
    expect(second.body.metadata.uid).toBe(first.body.metadata.uid);
    const other = await post().send(runBody('bad')).expect(409);
    expect(other.body.detail).toContain('the Idempotency-Key "deploy-7" was used for another request before');
  });

  it('may be repeated with an id of the caller', async () => {
    await api.put('/v1/analysisruns/my-id').send(runBody()).expect(201);
    const { body } = await api.put('/v1/analysisruns/my-id').send(runBody()).expect(200);
    expect(body.metadata.uid).toBe('my-id');
    await api.put('/v1/analysisruns/my-id').send(runBody('bad')).expect(409);
    // The id of a run that was started with a key, which somebody else may know.
    const { body: refused } = await api
      .put(`/v1/analysisruns/key-${'0'.repeat(32)}`)
      .send(runBody())
      .expect(400);
    expect(refused.detail).toContain('started with an Idempotency-Key');
  });
});

describe('a body that can not be used', () => {
  const post = (body: object) => api.post('/v1/analysisruns').send(body);

  it('is 400 with the line when it is malformed', async () => {
    const { body, type } = await api
      .post('/v1/analysisruns')
      .set('Content-Type', 'application/json')
      .send('{"kind": "AnalysisRun",\n "spec": [}')
      .expect(400);
    expect(type).toBe('application/problem+json');
    expect(body).toMatchObject({ type: 'about:blank', title: 'Bad Request', status: 400 });
    expect(body.detail).toMatch(/^2:\d+: /);
  });

  it.each([
    ['', 'the body is empty'],
    ['a: 1\n---\nb: 2\n', 'the body has 2 documents, not one'],
  ])('is 400 when %j is not one document', async (text, detail) => {
    const answer = await api.post('/v1/analysisruns').set('Content-Type', 'application/yaml').send(text);
    expect(answer.status).toBe(400);
    expect(answer.body.detail).toBe(detail);
  });

  it('is 413 when it is larger than 256 KiB', async () => {
    const answer = await post({ filler: 'x'.repeat(256 * 1024) });
    expect(answer.status).toBe(413);
    expect(answer.body.title).toBe('Payload Too Large');
  });

  it('is 400 with the place of a byte that is no UTF-8, and 415 in another charset', async () => {
    const send = (type: string, body: Buffer) =>
      api.post('/v1/analysisruns').set('Content-Type', type).send(body.toString('latin1'));
    const answer = await send('application/yaml; charset=latin1', Buffer.from('a: b'));
    expect([answer.status, answer.body.detail]).toEqual([415, 'unsupported charset "LATIN1": send UTF-8']);
    const raw = await post(
      Buffer.concat([Buffer.from('a: ä\nb: é'), Buffer.from([0xff]), Buffer.from('x')]),
    ).set('Content-Type', 'application/yaml');
    expect([raw.status, raw.body.detail]).toEqual([400, '2:5: the body is not UTF-8: byte 0xff']);
  });

  it('is answered with the warnings of lint', async () => {
    const start = async (conditions: object) =>
      (
        await post({
          ...runBody(),
          spec: { metrics: [{ name: 'm', provider: { prometheus: { query: 'q' } }, ...conditions }] },
        }).expect(201)
      ).headers['warning'];
    expect(await start({ successCondition: 'all(result, # > 1)' })).toBe(
      '299 - "spec.metrics[0]: an empty result is Successful: no data would pass. Say what it means, e.g. with len(result) > 0 && ..."',
    );
    expect(await start({ successCondition: 'result[0] > 1' })).toBeUndefined();
  });

  it('is 400 when it is too much YAML to be read at once, which is no limit of JSON', async () => {
    const post = (type: string, text: string) =>
      api.post('/v1/analysisruns').set('Content-Type', type).send(text);
    const yaml = await post('application/yaml', `list: [${'1,'.repeat(13_000)}]`);
    expect([yaml.status, yaml.body.detail]).toEqual([400, 'too large: more than 25000 tokens']);
    expect((await post('application/json', `{"list": [${'1,'.repeat(13_000)}1]}`)).status).toBe(422);
  });

  it('may begin with a byte order mark', async () => {
    const body = `\uFEFF${JSON.stringify(runBody())}`;
    await api.post('/v1/analysisruns').set('Content-Type', 'application/json').send(body).expect(201);
  });

  it('is 422 with the first faults and how many more there are', async () => {
    const metrics = Array.from({ length: 150 }, (_, index) => ({ name: `m${index}`, provider: {} }));
    const { status, body } = await post({ ...runBody(), spec: { metrics } });
    expect([status, body.detail]).toEqual([422, '150 faults in the spec']);
    expect(body.errors).toHaveLength(101);
    expect(body.errors.at(-1)).toEqual({ path: '', message: 'and 50 more faults' });
  });

  it('is 415 in another media type', async () => {
    const answer = await api.post('/v1/analysisruns').set('Content-Type', 'text/plain').send('kind: x');
    expect(answer.status).toBe(415);
    expect(answer.body.detail).toBe(
      'Content-Type must be application/json or application/yaml, not text/plain',
    );
  });

  it('is 422 with every fault of its shape', async () => {
    const { status, body } = await post({
      ...runBody(),
      spec: { metrics: [{ provider: {}, interval: 5 }], args: [{ value: 'x' }] },
    });
    expect(status).toBe(422);
    expect(body.errors.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['spec.args[0].name', 'spec.metrics[0].name', 'spec.metrics[0].interval']),
    );
  });

  it('is 422 with every fault of its metadata, also in a request', async () => {
    const metadata = { name: 'Check out', namespace: '../bank', labels: { 'a b': 'x' } };
    const paths = ['metadata.name', 'metadata.namespace', "metadata.labels['a b']"];
    for (const asked of [
      { ...runBody(), metadata },
      { templates: [{ spec: { metrics: [metric('good')] } }], metadata },
    ]) {
      const { status, body } = await post(asked);
      expect([status, body.errors.map(({ path }) => path)]).toEqual([422, paths]);
    }
  });

  it('is 422 with every fault of its metadata and callbacks beside those of its specs', async () => {
    const metadata = { name: 'Check out' };
    const callbacks = [{ url: 'ftp://x' }];
    const misspelt = { ...metric('good'), intervall: '5m' };
    const besides = ['metadata.name', 'callbacks[0].url'];
    for (const [asked, path] of [
      [{ templates: [{ templateName: 'x' }] }, 'templates[0].templateName'],
      [{ templates: [template()] }, 'args'],
      [{ templates: [{ spec: { metrics: [misspelt] } }] }, 'templates[0].spec.metrics[0].intervall'],
    ] as const) {
      const { status, body } = await post({ ...asked, metadata, callbacks });
      expect([status, body.errors.map((fault) => fault.path)]).toEqual([422, [path, ...besides]]);
    }
    const annotations = { 'assay.dev/callbacks': JSON.stringify(callbacks) };
    const run = { ...runBody(), metadata: { ...metadata, annotations }, spec: { metrics: [misspelt] } };
    expect((await post(run)).body.errors.map(({ path }) => path)).toEqual([
      'spec.metrics[0].intervall',
      'metadata.name',
      "metadata.annotations['assay.dev/callbacks'][0].url",
    ]);
  });

  it('is 422 with the place of a faulty condition', async () => {
    const { status, body } = await post({
      ...runBody(),
      spec: { metrics: [metric('good', { successCondition: 'result >' })] },
    });
    expect(status).toBe(422);
    expect(body.errors[0]?.path).toBe('spec.metrics[0].successCondition');
  });

  it.each([
    [{ kind: 'Job' }, 'kind', 'must be AnalysisRun'],
    [{ templates: [{ templateName: 'x' }] }, 'templates[0].templateName', "AnalysisTemplate 'x' not found"],
    [{ templates: [template()] }, 'args', 'args.service was not resolved'],
    [
      { templates: [{ spec: { metrics: [metric('a', { successCondition: '(' })] } }] },
      'templates[0].spec.metrics[0].successCondition',
      '',
    ],
  ])('is 422 for %j', async (request, path, message) => {
    const { status, body } = await post(request);
    expect(status).toBe(422);
    expect(body.errors[0]?.path).toBe(path);
    expect(body.errors[0]?.message).toContain(message);
  });

  it('is 400 with an id or key that is none', async () => {
    await api.put('/v1/analysisruns/a%20b').send(runBody()).expect(400);
    await api.post('/v1/analysisruns').set('Idempotency-Key', 'a b').send(runBody()).expect(400);
  });
});

describe('runs that there are', () => {
  it('are listed by namespace, labels and page', async () => {
    for (const id of ['one', 'two', 'three'])
      await api.put(`/v1/analysisruns/${id}`).send({ ...endless(), metadata: { labels: { app: id } } });
    const ids = async (query: string): Promise<string[]> => {
      const { body } = await api.get(`/v1/analysisruns?${query}`).expect(200);
      return body.items.map(({ metadata }) => metadata.uid).sort();
    };
    expect(await ids('namespace=default')).toEqual(['one', 'three', 'two']);
    expect(await ids('namespace=other')).toEqual([]);
    expect(await ids('selector=app%3Done')).toEqual(['one']);
    expect(await ids('selector=app!%3Done')).toEqual(['three', 'two']);
    expect(await ids('selector=app+in+(one,two)')).toEqual(['one', 'two']);
    expect(await ids('selector=!app')).toEqual([]);
    const page = await api.get('/v1/analysisruns?limit=2').expect(200);
    expect(page.body.items).toHaveLength(2);
    expect(page.body).toMatchObject({ apiVersion: 'argoproj.io/v1alpha1', kind: 'AnalysisRunList' });
    expect(await ids(`limit=2&continue=${encodeURIComponent(page.body.metadata.continue)}`)).toHaveLength(1);
  });

  it.each([
    ['limit=0', 'limit: must be a number from 1 to 500, not "0"'],
    ['phase=Good', 'phase: must be one of Pending, Running'],
    ['selector=a%3D%3D%3Db', 'selector: "a===b" is no requirement'],
    ['continue=x', 'continue: not a token of this list'],
    ['namespace=', 'namespace: is empty: name one, or leave it out for all that you may read'],
    ['watch=true&namespace=', 'namespace: is empty'],
    ['namespce=a', 'namespce: unknown query parameter: did you mean namespace?'],
    ['limit=1&limit=2', 'limit: is given more than once'],
  ])('are not listed for %s', async (query, detail) => {
    const { body } = await api.get(`/v1/analysisruns?${query}`).expect(400);
    expect(body.detail).toContain(detail);
  });

  it('end early when asked to, and are forgotten when deleted', async () => {
    await api.put('/v1/analysisruns/slow').send(endless()).expect(201);
    await api.post('/v1/analysisruns/slow/terminate').expect(200);
    const { body } = await api.get('/v1/analysisruns/slow?wait=10s').expect(200);
    expect(body.status).toHaveProperty('completedAt');
    await api.delete('/v1/analysisruns/slow').expect(204);
    await api.get('/v1/analysisruns/slow').expect(404);
  });

  it('are 404 when there are none, and 400 for a wait that is no duration', async () => {
    const { body } = await api.get('/v1/analysisruns/none').expect(404);
    expect(body.detail).toBe('there is no run with the id "none"');
    await api.post('/v1/analysisruns/none/terminate').expect(404);
    await api.delete('/v1/analysisruns/none').expect(404);
    expect((await api.get('/v1/analysisruns/none?wait=soon').expect(400)).body.detail).toMatch(/^wait: /);
  });
});

describe('validating a template', () => {
  const validate = async (body: object) =>
    (await api.post('/v1/analysistemplates/validate').send(body).expect(200)).body;

  it('tells what would be measured, and measures nothing', async () => {
    const before = script.asked.length;
    expect(await validate(template())).toEqual({
      valid: true,
      errors: [],
      warnings: [],
      metrics: [{ name: 'good', provider: 'web', count: 1, dryRun: false }],
    });
    expect(script.asked).toHaveLength(before);
  });

  it('tells faults with their paths', async () => {
    expect(
      await validate(template({ spec: { metrics: [metric('a', { interval: '5 min' })] } })),
    ).toMatchObject({
      valid: false,
      errors: [{ path: 'spec.metrics[0].interval' }],
    });
    expect(await validate({ kind: 'Pod' })).toMatchObject({ valid: false, errors: [{ path: 'kind' }] });
  });
});

describe('the service', () => {
  it('says that it is alive and ready, and shows its metrics', async () => {
    await api.get('/healthz').expect(200, { status: 'ok' });
    await api.get('/readyz').expect(200, { status: 'ok' });
    const { text } = await api.get('/metrics').expect(200);
    expect(text).toContain('assay_build_info{version="1.2.3"} 1');
  });

  it('does not say what it is made of', async () => {
    const { headers } = await api.get('/healthz');
    expect(headers).not.toHaveProperty('x-powered-by');
    expect(headers['x-content-type-options']).toBe('nosniff');
  });

  it.each([
    [{ Origin: 'https://evil.example' }, 403],
    [{ Origin: 'null' }, 403],
    [{ Origin: 'http://localhost:3000' }, 403],
    [{ 'Sec-Fetch-Site': 'cross-site' }, 403],
    [{ 'Sec-Fetch-Site': 'same-site', Origin: 'http://localhost:8080' }, 403],
    [{ 'Sec-Fetch-Site': 'same-origin', Origin: 'https://behind-a-proxy.example' }, 200],
    [{ 'Sec-Fetch-Site': 'none' }, 200],
    [{ Origin: 'http://localhost:8080' }, 200],
    [{}, 200],
  ])('lets pages of other origins change nothing: %j is answered %d', async (headers, status) => {
    await api.put('/v1/analysisruns/one').send(endless()).expect(201);
    const asked = api.post('/v1/analysisruns/one/terminate').set('Host', 'localhost:8080');
    for (const [name, value] of Object.entries(headers)) void asked.set(name, value);
    await asked.expect(status);
    const path = `/v1/analysisruns/one${status === 200 ? '?wait=10s' : ''}`;
    const { body } = await api.get(path).set('Sec-Fetch-Site', 'cross-site').expect(200);
    expect(['', 'Running'].includes(body.status.phase)).toBe(status === 403);
  });

  it.each([
    ['localhost:8080', 200],
    ['127.0.0.1', 200],
    ['[::1]:8080', 200],
    ['[0:0:0:0:0:0:0:1]:80', 200],
    ['LOCALHOST', 200],
    ['evil.example', 403],
    ['localhost.evil.example:8080', 403],
    ['127.0.0.1.evil.example', 403],
  ])('that only this machine can reach answers requests for %s with %d', async (host, status) => {
    const hosts = ['localhost', '127.0.0.1', '[::1]'];
    const local = supertest(createApi({ engine, metrics, log, measureOnce: notAsked, hosts }));
    const answer = await local.get('/v1/analysisruns').set('Host', host).expect(status);
    if (status === 403)
      expect((answer.body as Answer['body']).detail).toBe(
        `the host "${host}" is none of this service, which is not authenticated: use localhost or 127.0.0.1 or [::1]`,
      );
  });

  it('answers 404 and 405 as problems', async () => {
    const nothing = await api.get('/v2').expect(404);
    expect(nothing.body.detail).toBe('there is nothing at /v2');
    const wrong = await api.patch('/v1/analysisruns').expect(405);
    expect(wrong.headers['allow']).toBe('GET, POST');
  });

  const failing = (health: Partial<EngineHealth>, error = new Error('ECONNREFUSED 10.1.2.3')) => {
    const lines: string[] = [];
    const app = createApi({
      engine: {
        ...engine,
        create: () => Promise.reject(error),
        health: () =>
          Promise.resolve({
            ...{ ready: true, reasons: [], storeReasons: [], refusals: [], warnings: [], lastTickAgeMs: 0 },
            ...health,
          }),
      },
      ...{ metrics, measureOnce: notAsked },
      log: createLog({ level: 'warn', destination: { write: (line) => void lines.push(line) } }),
    });
    const client: Client = supertest(app);
    return { client, lines };
  };

  it('is not ready, and waits for nothing, when the process is ending', async () => {
    const stopping = new AbortController();
    const app: Client = supertest(
      createApi({ engine, metrics, log, measureOnce: notAsked, stopping: stopping.signal }),
    );
    await app.get('/readyz').expect(200);
    stopping.abort();
    expect((await app.get('/readyz').expect(503)).body.detail).toBe('the process is ending');
    await app.get('/healthz').expect(200);
  });

  it('answers 503 with Retry-After while the queue is away', async () => {
    const reasons = ['redis is away'];
    const { client, lines } = failing({ ready: false, reasons, storeReasons: reasons });
    const away = await client.post('/v1/analysisruns').send(runBody()).expect(503);
    expect(away.headers['retry-after']).toBe('5');
    expect(away.body.detail).toMatch(/^runs can not be reached \(redis is away\): try again/);
    expect((await client.get('/readyz').expect(503)).body.detail).toBe('redis is away');
    expect(lines[0]).toContain('"level":"warn"');
  });

  it('answers 503 for a connection that was lost and is there again', async () => {
    const { client, lines } = failing({}, new StoreAwayError('connect ECONNREFUSED 10.1.2.3'));
    const away = await client.post('/v1/analysisruns').send(runBody()).expect(503);
    expect(away.headers['retry-after']).toBe('5');
    expect(away.body.detail).toMatch(
      /^runs can not be reached \(the connection to Redis was lost\): try again/,
    );
    expect(JSON.stringify(away.body)).not.toContain('10.1.2.3');
    expect(lines.join()).toContain('10.1.2.3');
  });

  it.each([[{}], [{ ready: false, reasons: ['no job was run for 31 s'] }]])(
    'answers 500 for a fault of its own and logs it as one, with health %j',
    async (health) => {
      const { client, lines } = failing(health);
      const fault = await client.post('/v1/analysisruns').send(runBody()).expect(500);
      expect(JSON.stringify(fault.body)).not.toContain('10.1.2.3');
      expect(lines[0]).toContain('"level":"error"');
    },
  );

  it('says of an engine that is connected and takes too long just that, whatever its runs are kept in', async () => {
    const { client } = failing({}, new EngineTimeoutError('busy', 5_000));
    const late = await client.post('/v1/analysisruns').send(runBody()).expect(503);
    expect(late.headers['retry-after']).toBe('5');
    expect(late.body.detail).toBe(
      'there is too much to do (no answer within 5 s): what was asked for may have been done; repeat it with the same id or Idempotency-Key',
    );
  });
});
