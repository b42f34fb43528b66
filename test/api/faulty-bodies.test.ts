import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Engine, MeasureRequest } from '../../service/engine/index.js';
import { metric } from '../engine/fixtures.js';
import { type Client, runBody, startMemoryApi, template } from './memory-api.js';

let engine: Engine;
let api: Client;
let asked: readonly MeasureRequest[];
beforeEach(async () => {
  ({ engine, api, asked } = await startMemoryApi());
});
afterEach(() => engine.stop());

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

describe('validating a template', () => {
  const validate = async (body: object) =>
    (await api.post('/v1/analysistemplates/validate').send(body).expect(200)).body;

  it('tells what would be measured, and measures nothing', async () => {
    const before = asked.length;
    expect(await validate(template())).toEqual({
      valid: true,
      errors: [],
      warnings: [],
      metrics: [{ name: 'good', provider: 'web', count: 1, dryRun: false }],
    });
    expect(asked).toHaveLength(before);
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
