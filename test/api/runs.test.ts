import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Engine } from '../../service/engine/index.js';
import { apiOver, type Client, endless, runBody, startMemoryApi, template } from './memory-api.js';

let engine: Engine;
let api: Client;
beforeEach(async () => {
  ({ engine, api } = await startMemoryApi());
});
afterEach(() => engine.stop());

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
    const asking = apiOver({
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
