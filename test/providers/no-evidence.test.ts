import { fc, test } from '@fast-check/vitest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Metric } from '../../schemas/index.js';
import type { HttpClient, Reading } from '../../service/providers/index.js';
import { type RecordingServer, startRecordingServer } from '../support/recording-server.js';
import { measureOnce, openClient } from './measure.js';
import { metric, take } from './scripted-provider.js';

describe('an answer with nothing in it', () => {
  const nothing: Reading = {
    kind: 'value',
    value: { type: 'float64[]', value: [] },
    text: '[]',
    isNothing: true,
    keptOnConditionError: { text: true },
  };
  const given = (more: Partial<Metric>) => {
    const failures: unknown[] = [];
    const onFailure = (failure: { code: string }) => failures.push(failure.code);
    return take(nothing, { metric: { ...metric, ...more }, onFailure }).then(({ phase, message, value }) => ({
      phase,
      value,
      message,
      failures,
    }));
  };

  it('is an Error without any condition, with advice', async () => {
    const wanted = {
      phase: 'Error',
      value: '[]',
      message:
        'no condition provides for it: metric result is nil or empty: no data returned from the metric provider',
      failures: ['emptyResult'],
    };
    expect(await given({})).toEqual(wanted);
    expect(await given({ successCondition: '', failureCondition: '' })).toEqual(wanted);
  });

  it.each([
    [{ successCondition: 'len(result) == 0' }, 'Successful'],
    [{ failureCondition: 'len(result) == 0' }, 'Failed'],
    [{ failureCondition: 'len(result) > 0' }, 'Successful'],
  ])('is what the condition says, %j: %s', async (conditions, phase) => {
    expect(await given(conditions)).toMatchObject({ phase, failures: [] });
  });
});

describe('no evidence', () => {
  let http: HttpClient;
  let server: RecordingServer;
  beforeAll(async () => {
    http = openClient();
    server = await startRecordingServer();
  });
  afterAll(async () => {
    http.close();
    await server.close();
  });

  const prometheus = () => ({ prometheus: { address: server.url, query: 'up' } });
  const sample = (value: string) =>
    JSON.stringify({ status: 'success', data: { resultType: 'vector', result: [{ value: [1, value] }] } });

  const json = fc.json({ maxDepth: 4 });
  const nearMiss = fc
    .record({
      status: fc.constantFrom('success', 'error', '', null),
      data: fc.record({
        resultType: fc.constantFrom('vector', 'scalar', 'matrix', 'string', 'streams', null),
        result: fc.oneof(
          fc.jsonValue({ maxDepth: 3 }),
          fc.constant([]),
          fc.constant([{ value: [1, ''] }]),
          fc.constant([{}]),
        ),
      }),
    })
    .map((body) => JSON.stringify(body));

  test.prop([fc.integer({ min: 200, max: 599 }), fc.oneof(fc.string(), json, nearMiss)], { numRuns: 300 })(
    'never passes: whatever a server answers, only a value that meets the condition is Successful',
    async (status, body) => {
      server.answer([{ status: status === 304 ? 500 : status, body }]);
      // 987654321 can only be there when it was read from the answer, and none of them has it.
      const measurement = await measureOnce(
        { provider: prometheus(), successCondition: 'result[0] == 987654321' },
        http,
      );
      expect(['Error', 'Failed']).toContain(measurement.phase);
      const lenient = await measureOnce(
        { provider: prometheus(), failureCondition: 'result[0] == 987654321' },
        http,
      );
      // Without a success condition a value is enough; then one must have been read.
      if (lenient.phase === 'Successful') expect(lenient.value).toMatch(/^\[(-?\d|NaN|[+-]Inf)/);
    },
  );

  test.prop([fc.double()])('passes exactly when the parsed value meets the condition (%s)', async (value) => {
    server.answer([
      {
        body: sample(
          Number.isFinite(value) ? String(value) : Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf',
        ),
      },
    ]);
    const measurement = await measureOnce(
      { provider: prometheus(), successCondition: 'result[0] > 0.5' },
      http,
    );
    expect(measurement.phase).toBe(value > 0.5 ? 'Successful' : 'Failed');
  });

  it('of an empty vector passes only where the condition itself speaks of emptiness', async () => {
    server.answer([{ body: '{"status":"success","data":{"resultType":"vector","result":[]}}' }]);
    const phaseOf = async (successCondition: string) =>
      (await measureOnce({ provider: prometheus(), successCondition }, http)).phase;
    expect(await phaseOf('result[0] >= 0.95')).toBe('Error');
    expect(await phaseOf('len(result) > 0 && result[0] >= 0.95')).toBe('Failed');
    expect(await phaseOf('len(result) == 0 || result[0] >= 0.95')).toBe('Successful');
  });
});
