import { afterEach, beforeEach, expect, it } from 'vitest';
import supertest from 'supertest';
import type { Problem, ValidationReport } from '../../schemas/index.js';
import { createApi } from '../../service/api/index.js';
import { createMemoryEngine, type Engine } from '../../service/engine/index.js';
import { createLog, createMetrics } from '../../service/platform/index.js';
import { metric, realDeps, scripted } from '../engine/fixtures.js';
import { notAsked } from './fixtures.js';

let engine: Engine;
beforeEach(async () => {
  engine = createMemoryEngine(realDeps(scripted(() => 'Successful').measure).deps);
  await engine.start();
});
afterEach(() => engine.stop());

const client = () =>
  supertest(
    createApi({
      engine,
      metrics: createMetrics({ version: '1.2.3', nodeMetrics: false }),
      log: createLog({ level: 'silent' }),
      measureOnce: notAsked,
      names: {
        providers: [{ name: 'payments', address: 'https://payments.example.com', namespaces: ['pay'] }],
        namedServersOnly: ['tenant'],
      },
    }),
  );
const asking = (url: string) => ({ metrics: [metric('m', { provider: { web: { url } } })] });
const errorsOf = ({ body }: { readonly body: unknown }) => (body as Problem).errors;

it('refuses a run whose namespace may not use its server, and starts it in one that may', async () => {
  const run = (namespace: string) => ({
    kind: 'AnalysisRun',
    metadata: { name: 'r', namespace },
    spec: asking('provider://payments/health'),
  });
  const refused = await client().post('/v1/analysisruns').send(run('shop')).expect(422);
  expect(errorsOf(refused)).toEqual([
    {
      path: 'spec.metrics[0].provider.web.url',
      message:
        'the server "payments" may not be used in the namespace "shop": its configuration does not list it under namespaces',
    },
  ]);
  await client().post('/v1/analysisruns').send(run('pay')).expect(201);
});

it('refuses addresses where only names are for a namespace, by their place in the request', async () => {
  const request = (namespace: string) => ({
    metadata: { namespace },
    templates: [{ spec: asking('https://example.com') }],
  });
  const refused = await client().post('/v1/analysisruns').send(request('tenant')).expect(422);
  expect(errorsOf(refused)).toEqual([
    {
      path: 'templates[0].spec.metrics[0].provider.web.url',
      message:
        'metrics of the namespace "tenant" may use servers by name only: write provider://NAME in place of an address',
    },
  ]);
  await client().post('/v1/analysisruns').send(request('shop')).expect(201);
});

it('tells of names that nobody has when a template is validated', async () => {
  const template = {
    kind: 'AnalysisTemplate',
    metadata: { name: 't' },
    spec: asking('provider://payment/x'),
  };
  const answer = await client().post('/v1/analysistemplates/validate').send(template).expect(200);
  expect((answer.body as ValidationReport).errors).toEqual([
    {
      path: 'spec.metrics[0].provider.web.url',
      message: 'no provider configuration is named "payment": did you mean provider://payments?',
    },
  ]);
});
