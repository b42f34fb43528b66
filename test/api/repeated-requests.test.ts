import supertest from 'supertest';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { AnalysisRun, AnalysisTemplate } from '../../schemas/index.js';
import { createApi } from '../../service/api/index.js';
import { createMemoryEngine, type Engine } from '../../service/engine/index.js';
import { createLog, createMetrics } from '../../service/platform/index.js';
import { metric, realDeps, scripted } from '../engine/fixtures.js';
import { notAsked } from './fixtures.js';

const templateOf = (name: string): AnalysisTemplate => ({
  kind: 'AnalysisTemplate',
  metadata: { name: 'latency' },
  spec: { metrics: [metric(name)] },
});

let engine: Engine;
let templates: AnalysisTemplate[];

beforeEach(async () => {
  templates = [templateOf('good')];
  engine = createMemoryEngine(realDeps(scripted(() => 'Successful').measure).deps);
  await engine.start();
});
afterEach(() => engine.stop());

function start(key: string, fields: object = {}) {
  const api = createApi({
    engine,
    metrics: createMetrics({ version: '1.2.3', nodeMetrics: false }),
    log: createLog({ level: 'silent' }),
    measureOnce: notAsked,
    templates: { list: () => Promise.resolve({ templates, clusterTemplates: [], errors: [] }) },
  });
  return supertest(api)
    .post('/v1/analysisruns')
    .set('Idempotency-Key', key)
    .send({ templates: [{ templateName: 'latency' }], ...fields });
}

const uidOf = (body: unknown): string | undefined => (body as AnalysisRun).metadata?.uid;

it.each([
  ['vanished', []],
  ['changed', [templateOf('other')]],
  [
    'become faulty',
    [{ ...templateOf('good'), spec: { metrics: [{ ...metric('good'), successCondition: '(' }] } }],
  ],
])('a repeated request whose template has %s answers the first run', async (_what, later) => {
  const first = await start('k').expect(201);
  templates = later;
  const second = await start('k').expect(200);
  expect(uidOf(second.body)).toBe(uidOf(first.body));
  expect(second.headers['location']).toBe(first.headers['location']);
});

it('another request, or another key, is refused when its template has vanished', async () => {
  await start('k').expect(201);
  templates = [];
  await start('other').expect(422);
  await start('k', { metadata: { name: 'x' } }).expect(422);
});
