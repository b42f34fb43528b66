import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import type { Metric } from '../../schemas/index.js';
import { builtInProviders, createRegistry, takeExplainedMeasurement } from '../../service/providers/index.js';
import { contextWith, measureOnce, NOW_MS } from './measure.js';
import { serverOfFile } from './server-of-file.js';

const { server, http } = await serverOfFile();

const specOf = (interval = '3m') => ({
  skywalking: { address: server.url, query: 'query { a }', interval },
});
const measure = (more: Partial<Metric> = {}, signal = new AbortController().signal) =>
  measureOnce({ provider: specOf(), ...more }, http, { signal });

/** The window that a request asked for. */
function askedWindow(): unknown {
  const body: unknown = JSON.parse(server.requests[0]?.body ?? '');
  return body;
}

describe('a measurement by SkyWalking', () => {
  it.each([
    ['Asia/Shanghai', '2024-05-01 1957', '2024-05-01 2000'],
    ['America/New_York', '2024-05-01 0757', '2024-05-01 0800'],
  ])('asks for its window in the time zone of the process: %s', async (zone, start, end) => {
    const before = process.env['TZ'];
    process.env['TZ'] = zone;
    try {
      server.answer([{ body: '{"data":{"a":1}}' }]);
      await measure();
    } finally {
      if (before === undefined) delete process.env['TZ'];
      else process.env['TZ'] = before;
    }
    expect(askedWindow()).toEqual({
      query: 'query { a }',
      variables: { duration: { start, end, step: 'MINUTE' } },
    });
    expect(NOW_MS).toBe(Date.UTC(2024, 4, 1, 12, 0, 0, 250));
  });

  it.each([
    ['{"data":null}', 'no results returned from SkyWalking query'],
    ['{}', 'no results returned from SkyWalking query'],
    // The reference crashes.
    ['null', 'no results returned from SkyWalking query'],
    ['{"data":{"a":1},"Errors":[null]}', 'graphql: '],
    ['{"data":{"a":1},"errors":[{"message":"no such metric"}]}', 'graphql: no such metric'],
    ['[]', 'decoding response: json: cannot unmarshal array: the answer must be an object'],
    ['{"data":1,"errors":"x"}', 'decoding response: json: cannot unmarshal string: errors must be a list'],
    ['<html>', 'decoding response: the answer is not JSON'],
  ])('of %s is an Error', async (body, message) => {
    server.answer([{ body }]);
    expect(await measure()).toMatchObject({ phase: 'Error', message });
  });

  it.each(['{"data":{"a":1}} and more', '\n{"data":{"a":1}}{"errors":[{}]}', '{"data":{"a":1}}<'])(
    'of %j is its first value, as the reference reads it',
    async (body) => {
      server.answer([{ body }]);
      expect(await measure()).toMatchObject({ phase: 'Successful', value: '{"a":1}' });
    },
  );

  it('says the status of an answer that is none of GraphQL', async () => {
    server.answer([{ status: 502, body: 'gone' }]);
    expect((await measure()).message).toBe(
      'decoding response: the answer is not JSON (status 502 Bad Gateway)',
    );
  });

  it('tells what to do when credentials are missing', async () => {
    server.answer([{ status: 401, body: '{"msg":"who are you"}' }]);
    const { failure } = await takeExplainedMeasurement({
      metric: { name: 'apdex', provider: specOf() },
      registry: createRegistry(builtInProviders()),
      context: contextWith(http),
      op: 'measure',
      onFailure: () => undefined,
    });
    expect(failure).toMatchObject({
      code: 'unauthorized',
      provider: 'skywalking',
      metric: 'apdex',
      answered: '401 Unauthorized: {"msg":"who are you"}',
      advice: expect.stringContaining('Check the credentials') as string,
    });
  });

  it('of an answer that is larger than any metric needs is an Error', async () => {
    server.answer([{ body: `{"data":"${' '.repeat(11 * 1024 * 1024)}"}` }]);
    expect(await measure()).toMatchObject({
      phase: 'Error',
      message: expect.stringContaining('the answer is larger than') as string,
    });
  });

  it('ends when nobody waits for it any more', async () => {
    const controller = new AbortController();
    server.answer(() => {
      controller.abort();
      return { delayMs: 60_000 };
    });
    expect(await measure({}, controller.signal)).toMatchObject({
      phase: 'Error',
      message: expect.stringContaining('context canceled') as string,
    });
  });

  test.prop([fc.json({ maxDepth: 4 })], { numRuns: 50 })('never passes without data: %s', async (body) => {
    server.answer([{ body }]);
    const { phase } = await measure({ successCondition: 'true' });
    const answer: unknown = JSON.parse(body);
    const hasData =
      typeof answer === 'object' &&
      answer !== null &&
      Object.keys(answer).some((name) => /^data$/i.test(name));
    expect(phase).toBe(hasData ? phase : 'Error');
  });
});
