import supertest from 'supertest';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AnalysisRun, AnalysisTemplate, AnalysisTemplateList, Problem } from '../../schemas/index.js';
import { createApi, type TemplateListing } from '../../service/api/index.js';
import { createMemoryEngine, type Engine } from '../../service/engine/index.js';
import { createLog, createMetrics } from '../../service/platform/index.js';
import { metric, realDeps, scripted } from '../engine/fixtures.js';
import { notAsked } from './fixtures.js';

const log = createLog({ level: 'silent' });
const metrics = createMetrics({ version: '1.2.3', nodeMetrics: false });

const template = (name: string, namespace?: string): AnalysisTemplate => ({
  kind: 'AnalysisTemplate',
  metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
  spec: { metrics: [metric(`${name}-${namespace ?? 'anywhere'}`)] },
});
const listing: TemplateListing = {
  templates: [
    template('latency'),
    template('latency', 'shop'),
    template('private', 'shop'),
    { ...template('nested'), spec: { templates: [{ templateName: 'latency' }] } },
  ],
  clusterTemplates: [
    {
      kind: 'ClusterAnalysisTemplate',
      metadata: { name: 'everywhere' },
      spec: { metrics: [metric('cluster')] },
    },
  ],
  errors: [{ file: 'b.yaml', path: '', message: 'is empty' }],
};

let engine: Engine;
let api: ReturnType<typeof supertest>;
beforeEach(async () => {
  engine = createMemoryEngine(realDeps(scripted(() => 'Successful').measure).deps);
  await engine.start();
  api = supertest(
    createApi({
      engine,
      metrics,
      log,
      measureOnce: notAsked,
      templates: { list: () => Promise.resolve(listing) },
    }),
  );
});
afterEach(() => engine.stop());

describe('the templates that the service knows', () => {
  const names = async (query: string): Promise<readonly string[]> => {
    const body = (await api.get(`/v1/analysistemplates${query}`).expect(200)).body as AnalysisTemplateList;
    expect(body).toMatchObject({ kind: 'AnalysisTemplateList', errors: listing.errors });
    return body.items.map(({ metadata }) => [metadata?.namespace, metadata?.name].join('/'));
  };

  it('are listed by kind, and by the namespace that could use them', async () => {
    const [nested, everywhere] = ['/nested', '/everywhere'];
    expect(await names('')).toEqual(['/latency', 'shop/latency', 'shop/private', nested, everywhere]);
    expect(await names('?namespace=shop')).toEqual([
      'shop/latency',
      'shop/private',
      '/latency',
      nested,
      everywhere,
    ]);
    expect(await names('?namespace=other&kind=AnalysisTemplate')).toEqual(['/latency', nested]);
    await api.get('/v1/analysistemplates?namespace=').expect(400);
    expect(await names('?kind=ClusterAnalysisTemplate')).toEqual([everywhere]);
    await api.get('/v1/analysistemplates?kind=Pod').expect(400);
  });

  it.each([
    [{}, ['latency-anywhere']],
    [{ namespace: 'shop' }, ['latency-shop']],
  ])('can be named by a run with the metadata %j', async (metadata, expected) => {
    const answer = await api
      .post('/v1/analysisruns')
      .send({ templates: [{ templateName: 'nested' }], metadata })
      .expect(201);
    expect((answer.body as AnalysisRun).spec.metrics.map(({ name }) => name)).toEqual(expected);
  });

  it('can not be named from another namespace', async () => {
    const answer = await api
      .post('/v1/analysisruns')
      .send({ templates: [{ templateName: 'private' }], metadata: { namespace: 'other' } })
      .expect(422);
    expect((answer.body as Problem).errors).toEqual([
      { path: 'templates[0].templateName', message: "AnalysisTemplate 'private' not found" },
    ]);
  });

  it('are looked into when a template that refers to them is validated', async () => {
    const validate = async (templateName: string): Promise<unknown> => {
      const body = { kind: 'AnalysisTemplate', spec: { templates: [{ templateName }] } };
      return (await api.post('/v1/analysistemplates/validate').send(body).expect(200)).body;
    };
    expect(await validate('nested')).toMatchObject({ valid: true, metrics: [{ name: 'latency-anywhere' }] });
    expect(await validate('gone')).toMatchObject({
      valid: true,
      warnings: [
        {
          path: 'spec.templates',
          message:
            "AnalysisTemplate 'gone' not found among the templates of this service: what it adds is not checked",
        },
      ],
    });
  });
});
