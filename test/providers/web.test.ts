import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import type { WebMetric } from '../../schemas/index.js';
import { goByte } from '../../service/condition/index.js';
import {
  type HttpRequest,
  type HttpResponse,
  type MeasureContext,
  noSecrets,
  ProviderError,
} from '../../service/providers/index.js';
import { webProvider } from '../../service/providers/web.js';

interface Answer {
  readonly status?: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const URL_OF_METRIC = 'https://metrics.example/m';

/** A network that gives these answers in turn, one second each, and keeps what it was asked. */
function network(...answers: readonly Answer[]) {
  const requests: HttpRequest[] = [];
  let nowMs = 0;
  const context: MeasureContext = {
    metricName: 'm',
    run: { id: 'id', name: 'run', namespace: 'app' },
    clock: { nowMs: () => nowMs },
    signal: new AbortController().signal,
    defaults: {},
    secrets: noSecrets,
    http: {
      request(request) {
        const answer = answers[requests.push(request) - 1];
        if (answer === undefined) return Promise.reject(new Error(`unplanned request to ${request.url}`));
        nowMs += 1_000;
        return Promise.resolve(respond(answer));
      },
      close: () => undefined,
    },
  };
  return { context, requests };
}

function respond({ status = 200, body, headers = {} }: Answer): HttpResponse {
  return { status, statusText: '', headers, body: Buffer.from(body), text: () => body };
}

async function measure(spec: Partial<WebMetric>, ...answers: readonly Answer[]) {
  const { context, requests } = network(...answers);
  const reading = await webProvider.measure({ url: URL_OF_METRIC, ...spec }, context);
  expect(requests).toHaveLength(answers.length);
  return { reading, request: requests.at(-1), requests };
}

async function refusal(spec: Partial<WebMetric>, ...answers: readonly Answer[]) {
  const { context, requests } = network(...answers);
  const error: unknown = await webProvider
    .measure({ url: URL_OF_METRIC, ...spec }, context)
    .then((reading) => new Error(`no error, but ${JSON.stringify(reading)}`))
    .catch((thrown: unknown) => thrown);
  expect(requests).toHaveLength(answers.length);
  return error;
}

const refused = (code: string, message: string): unknown =>
  expect.objectContaining({ name: 'ProviderError', code, message });

describe('the value of a web metric', () => {
  it.each<{ jsonPath?: string; body: string; type: string; value: unknown; text: string }>([
    { body: '{"b":1,"a":"<"}', type: 'json', value: { b: 1, a: '<' }, text: '{"a":"\\u003c","b":1}' },
    { jsonPath: '', body: '5', type: 'json', value: 5, text: '5' },
    { jsonPath: '{$.a}', body: '{"a":"two"}', type: 'json', value: 'two', text: '"two"' },
    { jsonPath: '{$.a}', body: '{"a":null}', type: 'json', value: null, text: 'null' },
    { jsonPath: '{$.a[*]}', body: '{"a":[0,1]}', type: 'json', value: 0, text: '0' },
    { jsonPath: '{$.a}', body: '{"a":[]}', type: 'json', value: [], text: '[]' },
    { jsonPath: '{$.a}{$.b}', body: '{"a":1e21,"b":2}', type: 'json', value: 1e21, text: '1e+21' },
    { jsonPath: '{7}', body: '{}', type: 'int', value: 7n, text: '7' },
    { jsonPath: '{.*}', body: '"o"', type: 'uint8', value: goByte(111), text: '111' },
    { jsonPath: '{$.a}', body: 'OK\n', type: 'string', value: 'OK\n', text: 'OK\n' },
    { body: '', type: 'string', value: '', text: '' },
  ])('of $body at $jsonPath is $text', async ({ jsonPath, body, type, value, text }) => {
    const { reading } = await measure(jsonPath === undefined ? {} : { jsonPath }, { body });
    expect(reading).toEqual({ kind: 'value', value: { type, value }, text });
  });

  it.each([
    { body: 'null', message: 'response body is null' },
    { body: '[]', jsonPath: '{[*]}', message: 'result of web metric produced no value' },
    { body: '{}', jsonPath: '{.a}', message: 'Could not find JSONPath in body: a is not found' },
    {
      body: '['.repeat(1_001) + ']'.repeat(1_001),
      message: 'response body is nested more than 1000 levels deep',
    },
    {
      body: JSON.stringify(Array.from({ length: 300_000 }, () => 0)),
      jsonPath: '{[*]}',
      message: 'Could not find JSONPath in body: JSONPath visits more than 100000 values',
    },
  ])('is an error: $message', async ({ body, jsonPath, message }) => {
    expect(await refusal(jsonPath === undefined ? {} : { jsonPath }, { body })).toEqual(
      refused('badResponse', message),
    );
  });

  it.each([
    { status: 199, code: 'badResponse' },
    { status: 300, code: 'badResponse' },
    { status: 401, code: 'unauthorized' },
    { status: 403, code: 'unauthorized' },
    { status: 404, code: 'badResponse' },
    { status: 429, code: 'rateLimited' },
    { status: 503, code: 'badResponse' },
  ])('is an error under status $status, whatever the body', async ({ status, code }) => {
    expect(await refusal({}, { status, body: '1' })).toEqual(
      refused(code, `received non 2xx response code: ${status}`),
    );
  });

  it.each([200, 201, 204, 299])('is read under status %i', async (status) => {
    const { reading } = await measure({}, { status, body: '1' });
    expect(reading).toMatchObject({ text: '1' });
  });

  test.prop([fc.string(), fc.oneof(fc.string({ unit: 'binary' }), fc.json())])(
    'is a value or a ProviderError, for any path and any body',
    async (jsonPath, body) => {
      const { context } = network({ body });
      const outcome: unknown = await webProvider
        .measure({ url: URL_OF_METRIC, jsonPath }, context)
        .catch((error: unknown) => error);
      expect(outcome instanceof ProviderError || outcome).toEqual(
        outcome instanceof ProviderError || expect.objectContaining({ kind: 'value' }),
      );
    },
  );
});

describe('the request of a web metric', () => {
  it('is a GET with ten seconds to answer unless the spec says otherwise', async () => {
    const { request } = await measure({}, { body: '1' });
    expect(request).toEqual({
      method: 'GET',
      url: URL_OF_METRIC,
      headers: {},
      timeoutMs: 10_000,
      signal: expect.any(AbortSignal) as unknown,
    });
  });

  it.each([
    { timeoutSeconds: 3, timeoutMs: 3_000 },
    { timeoutSeconds: 0, timeoutMs: 10_000 },
    { timeoutSeconds: -5, timeoutMs: 10_000 },
  ])('has $timeoutMs ms for timeoutSeconds $timeoutSeconds', async ({ timeoutSeconds, timeoutMs }) => {
    expect((await measure({ timeoutSeconds }, { body: '1' })).request).toMatchObject({ timeoutMs });
  });

  it.each([
    { method: 'POST', sent: 'POST' },
    { method: 'put', sent: 'PUT' },
    { method: 'DELETE', sent: 'DELETE' },
  ])('takes the method $method', async ({ method, sent }) => {
    expect((await measure({ method, body: 'x' }, { body: '1' })).request).toMatchObject({
      method: sent,
      body: 'x',
    });
  });

  it('carries jsonBody as JSON, whatever Content-Type the spec gives', async () => {
    const jsonBody = { b: 1, a: { y: [1, 2], x: null } };
    const headers = [{ key: 'content-type', value: 'text/plain' }];
    const { request } = await measure({ method: 'PUT', jsonBody, headers }, { body: '1' });
    expect(request).toMatchObject({
      headers: { 'Content-Type': 'application/json' },
      body: '{"b":1,"a":{"y":[1,2],"x":null}}',
    });
    expect(Object.keys(request?.headers ?? {})).toEqual(['Content-Type']);
  });

  it('carries the last of headers with one name', async () => {
    const headers = [
      { key: 'x-a', value: '1' },
      { key: 'X-A', value: '2' },
    ];
    expect((await measure({ headers }, { body: '1' })).request?.headers).toEqual({ 'X-A': '2' });
  });

  it('skips the certificate check only when told to', async () => {
    expect((await measure({ insecure: true }, { body: '1' })).request).toMatchObject({
      tls: { insecure: true },
    });
    expect((await measure({ insecure: false }, { body: '1' })).request).not.toHaveProperty('tls');
  });

  it.each<{ spec: Partial<WebMetric>; message: string }>([
    {
      spec: { body: 'x' },
      message: 'Body/JSONBody can only be used with POST or PUT WebMetric Method types',
    },
    {
      spec: { method: 'GET', jsonBody: {} },
      message: 'Body/JSONBody can only be used with POST or PUT WebMetric Method types',
    },
    {
      spec: { method: 'POST', body: 'x', jsonBody: {} },
      message: 'use either Body or JSONBody; both cannot exists for WebMetric payload',
    },
    { spec: { jsonPath: '{$.a' }, message: 'unclosed action' },
    {
      spec: { authentication: { oauth2: { tokenUrl: 'https://id.example/token', clientSecret: 's' } } },
      message: 'missing mandatory parameter in metric for OAuth2 setup',
    },
    {
      spec: { authentication: { basicAuth: { username: 'u' } } },
      message: 'missing mandatory parameter in metric for basic auth setup: password',
    },
  ])('is not sent: $message', async ({ spec, message }) => {
    expect(await refusal(spec)).toEqual(refused('invalidSpec', message));
  });
});

describe('the authentication of a web metric', () => {
  const oauth2 = { tokenUrl: 'https://id.example/token', clientId: 'c', clientSecret: 's' };
  const token: Answer = { body: '{"access_token":"tok","token_type":"bearer","expires_in":3600}' };
  const headers = [{ key: 'authorization', value: 'Custom x' }];

  it('with a password yields to an Authorization of the spec', async () => {
    const authentication = { basicAuth: { username: 'user', password: 'pass' } };
    const plain = await measure({ authentication }, { body: '1' });
    expect(plain.request?.headers).toEqual({ Authorization: 'Basic dXNlcjpwYXNz' });
    const custom = await measure({ authentication, headers }, { body: '1' });
    expect(custom.request?.headers).toEqual({ authorization: 'Custom x' });
  });

  it('with a token replaces an Authorization of the spec, which the token request never sees', async () => {
    const { requests } = await measure({ authentication: { oauth2 }, headers }, token, { body: '1' });
    expect(requests[0]).toMatchObject({ url: oauth2.tokenUrl, method: 'POST' });
    expect(requests[0]?.headers).toMatchObject({ Authorization: 'Basic Yzpz' });
    expect(requests[1]?.headers).toEqual({ Authorization: 'Bearer tok' });
  });

  it('shares one timeout between the token and the request', async () => {
    const { requests } = await measure({ authentication: { oauth2 }, timeoutSeconds: 3 }, token, {
      body: '1',
    });
    // Others may wait for the token longer; this one does not.
    expect(requests.map(({ timeoutMs }) => timeoutMs)).toEqual([30_000, 2_000]);
  });

  it('asks for a new token after the server refused the one it had', async () => {
    const { context, requests } = network(token, { status: 401, body: '' }, token, { body: '1' });
    const spec = { url: URL_OF_METRIC, authentication: { oauth2 } };
    await expect(webProvider.measure(spec, context)).rejects.toThrow('received non 2xx response code: 401');
    await webProvider.measure(spec, context);
    expect(requests.map(({ url }) => url)).toEqual([
      oauth2.tokenUrl,
      URL_OF_METRIC,
      oauth2.tokenUrl,
      URL_OF_METRIC,
    ]);
  });
});
