import { describe, expect, it } from 'vitest';
import type { ExplainedMeasurement, Metric } from '../../schemas/index.js';
import {
  builtInProviders,
  createRegistry,
  type MeasurementFailure,
  takeExplainedMeasurement,
} from '../../service/providers/index.js';
import { contextWith } from './measure.js';
import { serverOfFile } from './server-of-file.js';

const { server, http } = await serverOfFile();

const prometheus = (address = server.url, more: Partial<Metric['provider']['prometheus']> = {}): Metric => ({
  name: 'success-rate',
  successCondition: 'result[0] >= 0.95',
  provider: { prometheus: { address, query: 'up{token="s3cret"}', ...more } },
});

async function measure(metric: Metric, secretValues: string[] = []): Promise<ExplainedMeasurement> {
  const told: MeasurementFailure[] = [];
  const measurement = await takeExplainedMeasurement({
    metric,
    registry: createRegistry(builtInProviders()),
    context: contextWith(http),
    op: 'measure',
    secretValues,
    onFailure: (failure) => told.push(failure),
  });
  expect(told).toEqual(measurement.failure === undefined ? [] : [measurement.failure]);
  return measurement;
}
const vector = (result: unknown[]): string =>
  JSON.stringify({ status: 'success', data: { resultType: 'vector', result } });

describe('of a measurement that is an Error', () => {
  it('is told that the name does not resolve, and what to check', async () => {
    const { message, failure } = await measure(prometheus('http://prometheus.invalid:9090'));
    expect(message).toMatch(/^Post "http:\/\/prometheus\.invalid:9090\/api\/v1\/query": dial tcp: lookup /);
    expect(failure).toEqual({
      code: 'nameNotResolved',
      metric: 'success-rate',
      provider: 'prometheus',
      asked: 'POST http://prometheus.invalid:9090/api/v1/query',
      advice: expect.stringMatching(
        /^Check the host in the address: it must resolve where Assay runs/,
      ) as string,
    });
  });

  it('is told what the server said, without secrets and no more than 300 characters of it', async () => {
    server.answer([{ status: 401, body: `who is s3cret? ${'x'.repeat(400)}` }]);
    const { message, failure } = await measure(prometheus(), ['s3cret']);
    expect(message).toBe('client_error: client error: 401');
    expect(failure).toMatchObject({
      code: 'unauthorized',
      asked: `POST ${server.url}/api/v1/query`,
      answered: `401 Unauthorized: who is *****? ${'x'.repeat(286)}…`,
      advice: expect.stringMatching(/^Check the credentials: /) as string,
    });
  });

  it('is not told half of a secret where the answer is cut', async () => {
    server.answer([{ status: 500, body: `${'x'.repeat(297)}s3cret` }]);
    const { failure } = await measure(prometheus(), ['s3cret']);
    expect(failure?.answered).toBe(`500 Internal Server Error: ${'x'.repeat(297)}***…`);
  });

  it('is told that the query found nothing, when the condition does not provide for it', async () => {
    server.answer([{ body: vector([]) }]);
    const { phase, failure } = await measure(prometheus());
    expect(phase).toBe('Error');
    expect(failure).toMatchObject({
      code: 'emptyResult',
      answered: `200 OK: ${vector([])}`,
      advice: expect.stringContaining('len(result) == 0 || result[0] >= 0.95') as string,
    });
    expect(await measure({ ...prometheus(), successCondition: 'len(result) == 0' })).not.toHaveProperty(
      'failure',
    );
  });

  it('is told that the condition does not fit the value, when there is one', async () => {
    server.answer([{ body: vector([{ metric: {}, value: [0, '1'] }]) }]);
    const { failure } = await measure({ ...prometheus(), successCondition: 'result[7] > 1' });
    expect(failure).toMatchObject({ code: 'condition' });
    expect(failure).not.toHaveProperty('advice');
  });

  it('nothing was asked when the spec can not be used', async () => {
    const { failure } = await measure(prometheus('prometheus:9090'));
    expect(failure).toEqual({ code: 'invalidSpec', metric: 'success-rate', provider: 'prometheus' });
  });

  it('watching it does not cost a token each time', async () => {
    server.answer(({ target }) =>
      target === '/token'
        ? { body: JSON.stringify({ access_token: 't', expires_in: 3600 }) }
        : { body: vector([{ metric: {}, value: [0, '1'] }]) },
    );
    const oauth2 = { tokenUrl: `${server.url}/token`, clientId: 'id', clientSecret: 'secret' };
    const metric = prometheus(server.url, { authentication: { oauth2 } });
    await measure(metric);
    await measure(metric);
    expect(server.requests.filter(({ target }) => target === '/token')).toHaveLength(1);
  });
});
