import { fc, test } from '@fast-check/vitest';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Metric } from '../../schemas/index.js';
import {
  builtInProviders,
  type HttpClient,
  ProviderError,
  type ProviderSet,
  type Reading,
  createRegistry,
  describeMetric,
  takeMeasurement,
} from '../../service/providers/index.js';
import { type RecordingServer, startRecordingServer } from '../support/recording-server.js';
import { contextWith, measureOnce, NOW_MS, openClient } from './measure.js';

let http: HttpClient;
beforeEach(() => {
  http = openClient();
});
afterEach(() => {
  http.close();
});

const NOW = '2024-05-01T12:00:00.250Z';
const metric: Metric = { name: 'm', provider: { job: { spec: { template: { spec: {} } } } } };

/** A job provider that gives `reading`, or fails with it. */
function fake(reading: Reading | Error): ProviderSet {
  const answer = (): Promise<Reading> =>
    reading instanceof Error ? Promise.reject(reading) : Promise.resolve(reading);
  return {
    job: {
      kind: 'job',
      measure: answer,
      resume: answer,
      terminate: answer,
      describe: () => ({ query: 'q s3cret' }),
    },
  };
}

function take(reading: Reading | Error, more: Partial<Parameters<typeof takeMeasurement>[0]> = {}) {
  return takeMeasurement({
    metric,
    registry: createRegistry(fake(reading)),
    context: contextWith(http),
    op: 'measure',
    ...more,
  });
}

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

describe('credentials that a provider uses', () => {
  /** A provider that shows a credential wherever it can. */
  const careless = (credential: string): ProviderSet => ({
    job: {
      kind: 'job',
      measure(_spec, { hide }) {
        hide?.(credential);
        return Promise.resolve({
          kind: 'value',
          value: { type: 'string', value: 'ok' },
          text: `"${credential}"`,
          metadata: { asked: credential },
        });
      },
    },
  });

  it('are masked in value and metadata', async () => {
    expect(await take(new Error(), { registry: createRegistry(careless('k3y-0f-st0re')) })).toMatchObject({
      value: '"*****"',
      metadata: { asked: '*****' },
    });
  });

  it('are masked in the spellings in which servers give them back', async () => {
    const credential = 'p&ss "w0rd"';
    const reading: Reading = {
      kind: 'value',
      value: { type: 'json', value: { got: credential } },
      text: '{"got":"p\\u0026ss \\"w0rd\\""}',
      metadata: {
        asked: 'GET /?key=p%26ss+%22w0rd%22',
        header: `Basic ${Buffer.from(`me:${credential}`).toString('base64')}`,
      },
    };
    expect(await take(reading, { secretValues: [credential] })).toMatchObject({
      value: '{"got":"*****"}',
      metadata: { asked: 'GET /?key=*****', header: 'Basic bWU6*****' },
    });
  });

  it('of less than four characters hide nothing', async () => {
    expect(await take(new Error(), { registry: createRegistry(careless('ok')) })).toMatchObject({
      value: '"ok"',
    });
  });
});

describe('a measurement', () => {
  it('has what the store told beside an error, and what it had before', async () => {
    const error = new ProviderError('badResponse', 'no series', { metadata: { warnings: 'w' } });
    expect(await take(error)).toMatchObject({ phase: 'Error', metadata: { warnings: 'w' } });
    const previous = { phase: 'Running', startedAt: NOW, metadata: { job: 'j' } } as const;
    expect(await take(error, { op: 'resume', previous })).toMatchObject({
      metadata: { job: 'j', warnings: 'w' },
    });
  });

  it('keeps other metadata than its own when a condition can not be evaluated, if the provider says so', async () => {
    const reading: Reading = {
      kind: 'value',
      value: { type: 'float64', value: 1 },
      text: '1',
      metadata: { a: 'b', c: 'd' },
      keptOnConditionError: { metadata: { a: 'b' } },
    };
    const taken = await take(reading, { metric: { ...metric, successCondition: 'result[0] > 0' } });
    expect(taken).toMatchObject({ phase: 'Error', metadata: { a: 'b' } });
    expect(taken.metadata).not.toHaveProperty('c');
  });

  it('has the value and the phase that the conditions give', async () => {
    const reading: Reading = {
      kind: 'value',
      value: { type: 'float64', value: 1 },
      text: '1',
      metadata: { a: 'b' },
    };
    expect(await take(reading, { metric: { ...metric, successCondition: 'result > 0' } })).toEqual({
      phase: 'Successful',
      value: '1',
      metadata: { a: 'b' },
      startedAt: NOW,
      finishedAt: NOW,
    });
    expect(await take(reading, { metric: { ...metric, successCondition: 'result > 1' } })).toMatchObject({
      phase: 'Failed',
    });
  });

  it('loses value and metadata when a condition can not be evaluated, but for what its provider keeps', async () => {
    const reading: Reading = {
      kind: 'value',
      value: { type: 'float64', value: 1 },
      text: '1',
      metadata: { a: 'b' },
    };
    const broken = { metric: { ...metric, successCondition: 'result.x > 1' } };
    const lost = await take(reading, broken);
    expect(lost.phase).toBe('Error');
    expect(lost.message).toMatch(/^could not evaluate successCondition "result.x > 1": /);
    expect(lost).not.toHaveProperty('value');
    expect(lost).not.toHaveProperty('metadata');
    expect(
      await take({ ...reading, keptOnConditionError: { text: true, metadata: true } }, broken),
    ).toMatchObject({
      value: '1',
      metadata: { a: 'b' },
    });
  });

  it('shows no more of a long value than its beginning, and how long it was; conditions judge all of it', async () => {
    const text = `${'😀'.repeat(3_000)}end`;
    const taken = await take(
      { kind: 'value', value: { type: 'string', value: text }, text },
      { metric: { ...metric, successCondition: 'result endsWith "end"' } },
    );
    expect(taken.phase).toBe('Successful');
    expect(taken.value).toMatch(/^(?:😀){2036}… \(cut: 6003 characters\)$/u);
    expect(taken.value?.length).toBeLessThanOrEqual(4_096);
    const again = await take(new Error('x'.repeat(10_000)));
    expect(again.message).toMatch(/^x{4071}… \(cut: 10000 characters\)$/);
    // What is not begun anew is not cut anew.
    const resumed = await take(new Error('unused'), {
      op: 'resume',
      previous: taken,
      registry: createRegistry(builtInProviders()),
      metric: { ...metric, provider: { web: { url: 'http://unused/', jsonPath: '{$}' } } },
    });
    expect(resumed.value).toBe(taken.value);
    const short = { kind: 'value', value: { type: 'string', value: 'a' }, text: 'a'.repeat(4_096) } as const;
    expect((await take(short)).value).toHaveLength(4_096);
  });

  it('masks a secret that would be cut in half', async () => {
    const text = `${'x'.repeat(4_060)}s3cret-word${'y'.repeat(100)}`;
    const { value } = await take(
      { kind: 'value', value: { type: 'string', value: 'a' }, text },
      { secretValues: ['s3cret-word'] },
    );
    expect(value).not.toContain('s3');
  });

  it('that goes on has no end yet, and keeps its beginning', async () => {
    const running: Reading = { kind: 'running', resumeAtMs: NOW_MS + 1500, metadata: { job: 'j' } };
    const previous = await take(running);
    expect(previous).toEqual({
      phase: 'Running',
      startedAt: NOW,
      resumeAt: '2024-05-01T12:00:01.750Z',
      metadata: { job: 'j' },
    });
    const judged: Reading = { kind: 'judged', phase: 'Failed', message: 'no' };
    const later = contextWith(http, { clock: { nowMs: () => NOW_MS + 2000 } });
    expect(await take(judged, { op: 'resume', previous, context: later })).toEqual({
      phase: 'Failed',
      message: 'no',
      startedAt: NOW,
      finishedAt: '2024-05-01T12:00:02.250Z',
    });
    expect(await take(judged, { op: 'terminate', previous })).toMatchObject({ phase: 'Failed' });
  });

  it('keeps what tells where it goes on when looking again fails', async () => {
    const previous = { phase: 'Running', metadata: { job: 'j' } } as const;
    expect(await take(new ProviderError('unreachable', 'gone'), { op: 'resume', previous })).toMatchObject({
      phase: 'Error',
      message: 'gone',
      metadata: { job: 'j' },
    });
  });

  it.each([
    [{}, "no valid provider in metric 'm'"],
    [{ web: { url: 'http://x' }, prometheus: {} }, "no valid provider in metric 'm'"],
    [{ plugin: { x: {} } }, "the provider plugin of metric 'm' is not available"],
  ])('of the provider %j is an Error, never the work of another one', async (provider, message) => {
    expect(await take(new Error('not asked'), { metric: { name: 'm', provider } })).toMatchObject({
      phase: 'Error',
      message,
    });
  });

  it('is an Error whatever is thrown', async () => {
    expect(await take(new TypeError('oops'))).toMatchObject({
      phase: 'Error',
      message: 'oops',
      finishedAt: NOW,
    });
  });

  it('shows no secret, neither in value and message nor in metadata', async () => {
    const secretValues = ['s3cret'];
    expect(await take(new Error('bad s3cret'), { secretValues })).toMatchObject({ message: 'bad *****' });
    const reading: Reading = {
      kind: 'value',
      value: { type: 'string', value: 's3cret' },
      text: '"s3cret"',
      metadata: { a: 'x s3cret' },
    };
    expect(
      await take(reading, { secretValues, metric: { ...metric, successCondition: 'result == "s3cret"' } }),
    ).toMatchObject({
      phase: 'Successful',
      value: '"*****"',
      metadata: { a: 'x *****' },
    });
    expect(describeMetric(metric, createRegistry(fake(reading)), secretValues)).toEqual({ query: 'q *****' });
  });

  it.each([
    ['result == s3cret-word', 'result == *****'],
    ['int("s3cret-word"[2:]) == 1', 'int("*****"[2:]) == 1'],
    ['int(join(split("s3cret-word", ""), ".")) == 1', 'int(join(split("*****", ""), ".")) == 1'],
  ])('tells no part of a secret that stands in a condition: %s', async (successCondition, shown) => {
    const reading: Reading = { kind: 'value', value: { type: 'string', value: 'x' }, text: 'x' };
    const secretValues = ['s3cret-word'];
    const { phase, message } = await take(reading, { secretValues, metric: { ...metric, successCondition } });
    expect(phase).toBe('Error');
    expect(message).toBe(
      `could not evaluate successCondition "${shown}": the reason is not told, as it may hold parts of the secret in the condition: try the condition with another value in its place`,
    );
  });

  it('tells why a condition with a secret gave no bool or had no data', async () => {
    const secretValues = ['s3cret'];
    const withSecret: Metric = { ...metric, successCondition: '"s3cret"' };
    const one: Reading = { kind: 'value', value: { type: 'float64', value: 1 }, text: '1' };
    expect(await take(one, { secretValues, metric: withSecret })).toMatchObject({
      message: 'could not evaluate successCondition ""*****"": expected bool, but got string',
    });
    const nothing: Reading = { kind: 'value', value: { type: 'float64[]', value: [] }, text: '[]' };
    const first: Metric = { ...metric, successCondition: 'result[0] == asFloat("s3cret")' };
    expect(await take(nothing, { secretValues, metric: first })).toMatchObject({
      message:
        'could not evaluate successCondition "result[0] == asFloat("*****")": metric result is nil or empty: no data returned from the metric provider',
    });
  });
});

describe('no evidence', () => {
  let server: RecordingServer;
  beforeAll(async () => {
    server = await startRecordingServer();
  });
  afterAll(() => server.close());

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
