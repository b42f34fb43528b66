import supertest from 'supertest';
import { describe, expect, it } from 'vitest';
import type { ExplainedMeasurement, Problem } from '../../schemas/index.js';
import { type ApiDeps, createApi } from '../../service/api/index.js';
import { createMemoryEngine } from '../../service/engine/index.js';
import { createMeasureOnce } from '../../service/engine/measuring/measure-once.js';
import { createMeasuring } from '../../service/engine/measuring/measuring.js';
import { createLog, createMetrics, systemClock } from '../../service/platform/index.js';
import { createRegistry, type HttpClient } from '../../service/providers/index.js';
import { measurement, metric, realDeps, scripted } from '../engine/fixtures.js';
import { eventually } from '../support/eventually.js';

const engine = createMemoryEngine(realDeps(scripted(() => 'Successful').measure).deps);
const clientOf = (deps: Pick<ApiDeps, 'measureOnce' | 'measureTimeoutMs' | 'names'>) =>
  supertest(
    createApi({
      engine,
      metrics: createMetrics({ version: '1.2.3', nodeMetrics: false }),
      log: createLog({ level: 'silent' }),
      ...deps,
    }),
  );

const http: HttpClient = {
  request: () => Promise.reject(new Error('no test of this file uses the network')),
  close: () => undefined,
};
/** Measures with a provider that tells what it was asked, as a careless server would. */
const measureOnce = createMeasureOnce(
  createMeasuring({
    registry: createRegistry({
      web: {
        kind: 'web',
        measure: ({ url }) =>
          Promise.resolve({ kind: 'value', value: { type: 'string', value: url }, text: url }),
      },
    }),
    http,
    clock: systemClock,
    secrets: { read: (namespace, name, key) => Promise.resolve(`${namespace}-${name}-${key}-of-the-store`) },
    defaults: {},
  }),
  systemClock,
);
const asking = (query: string, successCondition: string) => ({
  metric: { name: 'm', successCondition, provider: { web: { url: query, jsonPath: '{$}' } } },
});
const slow: ApiDeps['measureOnce'] = (_metric, _run, signal) =>
  new Promise((resolve) => {
    signal.addEventListener('abort', () => {
      resolve({ ...measurement('Error', 0, { message: 'aborted' }), explain: {} });
    });
  });

describe('one measurement', () => {
  it('is taken now, judged, and explained', async () => {
    const answer = await clientOf({ measureOnce })
      .post('/v1/measurements')
      .send({ ...asking('cart', 'result == "{{args.want}}"'), args: [{ name: 'want', value: 'shop' }] })
      .expect(200);
    expect(answer.body).toMatchObject({
      phase: 'Failed',
      value: 'cart',
      explain: { successCondition: [{ expression: 'result == "shop"', value: 'false' }, {}] },
    });
  });

  it('never shows the secrets it is taken with', async () => {
    const secret = { name: 'token', valueFrom: { secretKeyRef: { name: 'store', key: 'token' } } };
    const answer = await clientOf({ measureOnce })
      .post('/v1/measurements')
      .send({
        ...asking('q({{args.token}})', 'result == "{{args.token}}"'),
        args: [secret],
        metadata: { namespace: 'shop' },
      })
      .expect(200);
    expect(answer.text).not.toContain('of-the-store');
    expect((answer.body as ExplainedMeasurement).value).toMatch(/^q\(\*+\)$/);
  });

  it.each([
    [{}, ['metric']],
    [{ metric: metric('m', { successCondition: 'result >' }) }, ['metric.successCondition']],
    [{ ...asking('{{args.gone}}', 'true') }, ['metric.provider.web.url']],
    [{ metric: metric('m'), args: [{ name: 'a' }] }, ['args[0]']],
  ])('is refused for %j with the path of what is wrong', async (body, paths) => {
    const answer = await clientOf({ measureOnce }).post('/v1/measurements').send(body).expect(422);
    expect((answer.body as Problem).errors?.map(({ path }) => path)).toEqual(paths);
  });

  it('that takes too long ends as an Error', async () => {
    const answer = await clientOf({ measureOnce: slow, measureTimeoutMs: 50 })
      .post('/v1/measurements')
      .send({ metric: metric('m') })
      .expect(200);
    expect(answer.body).toMatchObject({ phase: 'Error', message: 'the measurement took longer than 0.05 s' });
  });

  it('has to wait while many are being taken', async () => {
    let going = 0;
    const api = clientOf({
      measureTimeoutMs: 1_500,
      measureOnce: (...asked) => {
        going += 1;
        return slow(...asked);
      },
    });
    const post = () => api.post('/v1/measurements').send({ metric: metric('m') });
    const others = Array.from({ length: 20 }, () => post());
    const ended = others.map((request) => request.then(({ status }) => status));
    await eventually('twenty are being taken', () => (going === 20 ? true : undefined));
    const { headers } = await post().expect(429);
    expect(headers['retry-after']).toBe('1');
    expect(await Promise.all(ended)).toEqual(others.map(() => 200));
  });
});

it('refuses metrics that name servers that are not there, before anything is asked', async () => {
  const names = { providers: [{ name: 'shop-api', address: 'https://api.example.com' }] };
  const answer = await clientOf({ measureOnce, names })
    .post('/v1/measurements')
    .send(asking('provider://shop-apy/health', 'true'))
    .expect(422);
  expect((answer.body as Problem).errors).toEqual([
    {
      path: 'metric.provider.web.url',
      message: 'no provider configuration is named "shop-apy": did you mean provider://shop-api?',
    },
  ]);
});
