import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Metric } from '../../schemas/index.js';
import {
  builtInProviders,
  createRegistry,
  type HttpClient,
  type HttpResponse,
  type MeasureContext,
  type MeasurementFailure,
  ProviderError,
  takeMeasurement,
} from '../../service/providers/index.js';
import { secretsOf } from '../support/secrets.js';
import { contextWith } from './measure.js';
import { serverOfFile } from './server-of-file.js';

const API_KEY = 'NRAK-k3y-of-the-test';
const NRQL = 'FROM Transaction SELECT count(*)';

const profile = (more: Readonly<Record<string, string>>) =>
  secretsOf({ 'argo-rollouts/newrelic': { 'personal-api-key': API_KEY, 'account-id': '12345', ...more } });
const results = (...rows: readonly unknown[]): string =>
  JSON.stringify({ data: { actor: { account: { nrql: { results: rows } } } } });

async function measure(http: HttpClient, metric: Partial<Metric> = {}, more: Partial<MeasureContext> = {}) {
  const failures: MeasurementFailure[] = [];
  const measurement = await takeMeasurement({
    metric: { name: 'm', provider: { newRelic: { query: NRQL } }, ...metric },
    registry: createRegistry(builtInProviders()),
    context: contextWith(http, { secrets: profile({}), ...more }),
    op: 'measure',
    onFailure: (failure) => failures.push(failure),
  });
  return { measurement, failures };
}

const { server, http } = await serverOfFile();

describe('an answer of New Relic', () => {
  const ask = (metric: Partial<Metric> = {}, more: Partial<MeasureContext> = {}) =>
    measure(http, metric, { secrets: profile({ 'base-url-nerdgraph': `${server.url}/graphql` }), ...more });

  it('is asked for within no seconds when the spec says so, and not within less', async () => {
    server.answer([{ body: results({ a: 1 }) }]);
    await ask({ provider: { newRelic: { query: 'q', timeout: 0 } } });
    expect(JSON.parse(server.requests[0]?.body ?? '')).toMatchObject({ variables: { timeout: 0 } });
    const { measurement } = await ask({ provider: { newRelic: { query: 'q', timeout: -1 } } });
    expect(measurement).toMatchObject({
      phase: 'Error',
      message: 'timeout value needs to be a positive value',
    });
    expect(server.requests).toHaveLength(1);
  });

  it('of several rows is a list, with a null row as it is', async () => {
    server.answer([{ body: results({ b: 1, a: '<' }, null, { a: 2 }) }]);
    const { measurement } = await ask({ successCondition: 'len(result) == 3 and result[2].a == 2' });
    expect(measurement).toMatchObject({
      phase: 'Successful',
      value: '[{"a":"\\u003c","b":1},null,{"a":2}]',
    });
  });

  it.each(['{}', 'null', '{"data":null}', results(), results({}), results(null)])(
    'with nothing in it, %s, never passes',
    async (body) => {
      server.answer([{ body }]);
      const { measurement, failures } = await ask({ successCondition: 'true' });
      expect(measurement).toMatchObject({ phase: 'Error', message: 'no results returned from NRQL query' });
      expect(failures).toMatchObject([{ code: 'noData', provider: 'newRelic' }]);
    },
  );

  it.each([
    ['<html>', 'the answer is not JSON'],
    [results(1), 'json: cannot unmarshal number: a row of results must be an object'],
    ['{"data":{"actor":[]}}', 'json: cannot unmarshal array: actor must be an object'],
    ['['.repeat(100_000), 'the answer is nested more than 1000 levels deep'],
  ])('that can not be read is an Error', async (body, message) => {
    server.answer([{ body }]);
    expect((await ask()).measurement).toMatchObject({ phase: 'Error', message });
  });

  it('with a warning that a field is deprecated counts all the same', async () => {
    const warning = { errors: [{ message: 'This field is deprecated! Please use another.' }] };
    server.answer([{ body: JSON.stringify({ ...warning, ...(JSON.parse(results({ a: 1 })) as object) }) }]);
    expect((await ask()).measurement).toMatchObject({ phase: 'Successful', value: '{"a":1}' });
  });

  it.each([
    [
      401,
      '{"errors":[{"message":"no"}]}',
      '401 response returned: Invalid credentials provided. Missing API key or an invalid API key was provided.',
      'unauthorized',
    ],
    [401, 'no', '401 response returned', 'unauthorized'],
    [
      200,
      '{"errors":[{"message":"Invalid key","extensions":{"error_code":"BAD_API_KEY"}}]}',
      'Invalid key',
      'unauthorized',
    ],
    [403, '{"errors":[{"message":"not yours"}]}', '403 response returned: not yours', 'unauthorized'],
    [501, '', '501 response returned', 'badResponse'],
  ])('of status %i with %s is an Error', async (status, body, message, code) => {
    server.answer([{ status, body }]);
    const { measurement, failures } = await ask();
    expect(measurement).toMatchObject({ phase: 'Error', message });
    expect(failures).toMatchObject([{ code }]);
    expect(server.requests).toHaveLength(1);
  });

  it('that shows the key has it masked everywhere', async () => {
    server.answer(({ headers }) => ({
      body: JSON.stringify({ errors: [{ message: `who is ${headers['api-key'] ?? ''}?` }] }),
    }));
    const { measurement, failures } = await ask();
    expect(measurement.message).toBe('who is *****?');
    expect(JSON.stringify([measurement, failures])).not.toContain(API_KEY);
  });

  it('that is no longer wanted is not waited for', async () => {
    server.answer([{ delayMs: 60_000 }]);
    const stop = new AbortController();
    const asking = ask({}, { signal: stop.signal });
    stop.abort();
    expect((await asking).measurement).toMatchObject({
      phase: 'Error',
      message: `Post "${server.url}/graphql": context canceled`,
    });
  });
});

/** A network that gives these answers in turn, the last one again and again, and tells when it was asked for what. */
function network(...answers: readonly (Readonly<{ status: number; body: string }> | ProviderError)[]) {
  const asked: { readonly url: string; readonly atMs: number }[] = [];
  const startMs = Date.now();
  const http: HttpClient = {
    request({ url }) {
      asked.push({ url, atMs: Date.now() - startMs });
      const answer = answers[Math.min(asked.length, answers.length) - 1];
      if (answer === undefined || answer instanceof Error) return Promise.reject(answer ?? new Error('none'));
      const { status, body } = answer;
      const response: HttpResponse = {
        status,
        statusText: '',
        headers: {},
        body: Buffer.from(body),
        text: () => body,
      };
      return Promise.resolve(response);
    },
    close: () => undefined,
  };
  return { http, asked };
}

describe('what may pass', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });
  const serverError = {
    status: 200,
    body: '{"errors":[{"message":"m","extensions":{"errorClass":"SERVER_ERROR"}}]}',
  };
  const good = { status: 200, body: results({ a: 1 }) };

  it.each([
    ['an error of the server', { status: 500, body: '' }],
    ['too many requests', { status: 429, body: '' }],
    ['an error of NerdGraph', serverError],
    ['a server that is not there', new ProviderError('unreachable', 'Post "…": EOF')],
  ])('(%s) is asked again after 1, 2 and 4 seconds', async (_what, passing) => {
    const { http, asked } = network(passing, passing, passing, good);
    const measuring = measure(http);
    await vi.advanceTimersByTimeAsync(7_000);
    expect((await measuring).measurement).toMatchObject({ phase: 'Successful', value: '{"a":1}' });
    expect(asked.map(({ atMs }) => atMs)).toEqual([0, 1_000, 3_000, 7_000]);
  });

  it.each([
    [
      { status: 503, body: '' },
      'POST https://api.newrelic.com/graphql giving up after 4 attempt(s): status 503',
    ],
    [
      new ProviderError('unreachable', 'EOF'),
      'POST https://api.newrelic.com/graphql giving up after 4 attempt(s): EOF',
    ],
    [serverError, 'maximum retries reached: m'],
  ])('and does not is an Error after four attempts', async (passing, message) => {
    const { http, asked } = network(passing);
    const measuring = measure(http);
    await vi.advanceTimersByTimeAsync(7_000);
    expect((await measuring).measurement).toMatchObject({ phase: 'Error', message });
    expect(asked).toHaveLength(4);
  });

  it('is not asked again when the measurement is no longer wanted', async () => {
    const { http, asked } = network({ status: 500, body: '' });
    const stop = new AbortController();
    const measuring = measure(http, {}, { signal: stop.signal });
    await vi.advanceTimersByTimeAsync(1_500);
    stop.abort();
    expect((await measuring).measurement).toMatchObject({ phase: 'Error' });
    expect(asked).toHaveLength(2);
  });
});

it('what can not pass is not asked again', async () => {
  const { http, asked } = network(new ProviderError('tls', 'tls: failed to verify certificate'));
  expect((await measure(http)).measurement.message).toBe('tls: failed to verify certificate');
  expect(asked).toHaveLength(1);
});

describe('a profile', () => {
  it.each([
    [{}, 'https://api.newrelic.com/graphql'],
    [{ region: 'EU' }, 'https://api.eu.newrelic.com/graphql'],
    [{ region: 'staging' }, 'https://staging-api.newrelic.com/graphql'],
    [{ region: 'moon' }, 'https://api.newrelic.com/graphql'],
    [{ region: 'eu', 'base-url-nerdgraph': 'https://nr.example/graphql' }, 'https://nr.example/graphql'],
  ])('with %j is asked at %s', async (more, url) => {
    const { http, asked } = network({ status: 200, body: results({ a: 1 }) });
    await measure(http, {}, { secrets: profile(more) });
    expect(asked.map((request) => request.url)).toEqual([url]);
  });

  it.each([
    [{ 'account-id': '' }, 'account ID or personal API key not found'],
    [{ 'account-id': '12a' }, 'could not parse account ID: strconv.Atoi: parsing "12a": invalid syntax'],
    [{ 'base-url-nerdgraph': '' }, 'base-url-nerdgraph of the profile is empty'],
  ])('with %j is an Error before anything is asked', async (more, message) => {
    const { http, asked } = network();
    const { measurement, failures } = await measure(http, {}, { secrets: profile(more) });
    expect(measurement).toMatchObject({ phase: 'Error', message });
    expect(failures).toMatchObject([{ code: 'secret' }]);
    expect(asked).toEqual([]);
  });
});
