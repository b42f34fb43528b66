import { describe, expect, it } from 'vitest';
import type { Metric } from '../../schemas/index.js';
import {
  builtInProviders,
  createRegistry,
  type MeasureContext,
  type MeasurementFailure,
  takeMeasurement,
} from '../../service/providers/index.js';
import { makeCertificate } from '../support/certificates.js';
import { secretsOf } from '../support/secrets.js';
import { contextWith, NOW_MS } from './measure.js';
import { serverOfFile } from './server-of-file.js';

const TOKEN = 't0ken-of-the-test';
const NOW = Math.floor(NOW_MS / 1000);

const { server, http } = await serverOfFile(makeCertificate());

async function measure(metric: Partial<Metric> = {}, more: Partial<MeasureContext> = {}) {
  const failures: MeasurementFailure[] = [];
  const measurement = await takeMeasurement({
    metric: { name: 'm', provider: { wavefront: { address: server.host, query: 'ts(a)' } }, ...metric },
    registry: createRegistry(builtInProviders()),
    context: contextWith(http, {
      secrets: secretsOf({ 'argo-rollouts/wavefront-api-tokens': { [server.host]: TOKEN } }),
      ...more,
    }),
    op: 'measure',
    onFailure: (failure) => failures.push(failure),
  });
  return { measurement, failures };
}

const series = (...list: readonly (readonly unknown[])[]): string =>
  JSON.stringify({ timeseries: list.map((data) => ({ data })), warnings: 'w' });

describe('nothing found', () => {
  it.each([
    ['{}', 'No TimeSeries found in response from Wavefront', undefined],
    ['null', 'No TimeSeries found in response from Wavefront', undefined],
    [series(), 'No TimeSeries found in response from Wavefront', { warnings: 'w' }],
    [series([]), 'No points found in a TimeSeries from Wavefront', { warnings: 'w' }],
    [series([[NOW, 1]], []), 'No points found in a TimeSeries from Wavefront', { warnings: 'w' }],
  ])('(%s) never passes, and keeps the warnings of the server', async (body, message, metadata) => {
    server.answer([{ body }]);
    const { measurement, failures } = await measure({ successCondition: 'result < 2' });
    expect(measurement).toMatchObject({ phase: 'Error', message });
    expect(measurement.metadata).toEqual(metadata);
    expect(failures).toMatchObject([
      { code: 'noData', advice: expect.stringContaining('found nothing') as string },
    ]);
  });
});

describe('an answer', () => {
  it('gives of each series the point that is closest to now', async () => {
    server.answer([
      {
        body: series(
          [
            [NOW - 60, 1],
            [NOW - 2.5, 2],
            [NOW + 3, 3],
          ],
          [[NOW, 4.005]],
        ),
      },
    ]);
    const { measurement } = await measure({ successCondition: 'result[1] == 4.005' });
    expect(measurement).toMatchObject({
      phase: 'Successful',
      value: '[2.00,4.00]',
      metadata: { timestamps: `[${NOW - 3},${NOW}]`, drift: '[-2,0]', warnings: 'w' },
    });
  });

  it('keeps only the warnings when a condition can not be evaluated', async () => {
    server.answer([{ body: series([[NOW, 1]]) }]);
    const { measurement } = await measure({ successCondition: 'result[0] > 1' });
    expect(measurement).toMatchObject({ phase: 'Error', metadata: { warnings: 'w' } });
    expect(Object.keys(measurement.metadata ?? {})).toEqual(['warnings']);
  });

  it.each([
    ['<html>', 'the answer is not JSON'],
    ['', 'the answer is not JSON'],
    [series([[NOW]]), 'A point of a TimeSeries from Wavefront has no value'],
    [series([[NOW, null]]), 'A point of a TimeSeries from Wavefront has no value'],
    [
      series([
        [NOW - 1, 0],
        [NOW, null],
      ]),
      'A point of a TimeSeries from Wavefront has no value',
    ],
    [series([null]), 'a point in the response from Wavefront is not [time, value]'],
    [series([[NOW, 1], []]), 'a point in the response from Wavefront is not [time, value]'],
    [series([[NOW, 'NaN']]), 'json: cannot unmarshal string: time and value of a point must be a number'],
    [series([[NOW, 1, 'x']]), 'json: cannot unmarshal string: time and value of a point must be a number'],
  ])('of %s is an Error', async (body, message) => {
    server.answer([{ body }]);
    expect((await measure()).measurement).toMatchObject({ phase: 'Error', message });
  });

  const pointed = { timeseries: [{ data: [[NOW, 1]] }] };
  it.each([
    [{ ...pointed, query: 1 }, 'number: query must be a text'],
    [{ ...pointed, stats: { keys: 1.5 } }, 'number 1.5: stats.keys must be a whole number'],
    [{ ...pointed, stats: [] }, 'array: stats must be an object'],
    [{ ...pointed, granularity: 1e30 }, 'number 1e+30: granularity must be a whole number'],
    [{ ...pointed, hostsUsed: [null, 1] }, 'number: an item of hostsUsed must be a text'],
    [{ ...pointed, errorMessage: {} }, 'object: errorMessage must be a text'],
    [{ timeseries: [{ ...pointed.timeseries[0], host: 1 }] }, 'number: host must be a text'],
    [{ timeseries: [{ ...pointed.timeseries[0], tags: { a: 1 } }] }, 'number: tags.a must be a text'],
  ])(
    'of %j is an Error, as in the client of the reference, though nobody reads it',
    async (body, message) => {
      server.answer([{ body: JSON.stringify(body) }]);
      expect((await measure()).measurement).toMatchObject({
        phase: 'Error',
        message: `json: cannot unmarshal ${message}`,
      });
    },
  );

  it('may have all that Wavefront gives', async () => {
    const told = { query: 'q', stats: { keys: 1 }, granularity: 60, hostsUsed: ['h'], events: [{}] };
    const tags = { a: 'b' };
    const timeseries = [{ label: 'l', host: 'h', tags, data: [[NOW, 1]] }];
    server.answer([{ body: JSON.stringify({ ...told, name: 'n', errorType: null, timeseries }) }]);
    expect((await measure()).measurement).toMatchObject({ phase: 'Successful', value: '1.00' });
  });

  it.each([
    [[[NOW - 60, null], [NOW - 2, 2], [NOW + 9]], '2.00', String(NOW - 2)],
    [[[null, 3]], '3.00', '0'],
    [[[NOW, 4, 5, null]], '4.00', String(NOW)],
    [[[1e19, 5]], '5.00', '-9223372036854775808'],
  ])('of the points %j needs the value of the closest only', async (points, value, timestamps) => {
    server.answer([{ body: series(points) }]);
    const { measurement } = await measure();
    expect(measurement).toMatchObject({ phase: 'Successful', value, metadata: { timestamps } });
  });

  it.each([202, 204, 406])('of status %i is refused at once, as only 200 is an answer', async (status) => {
    server.answer([{ status, body: status === 204 ? '' : series([[NOW, 1]]) }]);
    const { message } = (await measure()).measurement;
    expect(message).toMatch(new RegExp(`^server returned ${status} `));
    expect(server.requests).toHaveLength(1);
  });

  it('that is refused shows why, as much as a status has', async () => {
    server.answer([4_000, 5_000_000].map((length) => ({ status: 400, body: 'x'.repeat(length) })));
    const head = 'server returned 400 Bad Request\n';
    expect((await measure()).measurement.message).toBe(`${head}${'x'.repeat(4_000)}\n`);
    const { message } = (await measure()).measurement;
    expect(message).toHaveLength(4_096);
    expect(message?.startsWith(`${head}${'x'.repeat(4_000)}`)).toBe(true);
  });

  it('that shows the token has it masked everywhere', async () => {
    server.answer(({ headers }) => ({ status: 401, body: headers['authorization'] ?? '' }));
    const { measurement, failures } = await measure();
    expect(measurement.message).toContain('server returned 401 Unauthorized\nBearer *****');
    expect(failures).toMatchObject([{ code: 'unauthorized', provider: 'wavefront' }]);
    expect(JSON.stringify([measurement, failures])).not.toContain(TOKEN);
  });
});

describe('the token', () => {
  it.each([
    [{}, 'secrets "wavefront-api-tokens" not found'],
    [{ 'argo-rollouts/wavefront-api-tokens': { 'other.example': 'x' } }, 'API token not found'],
    [{ 'app/wavefront-api-tokens': { 'any.example': 'x' } }, 'secrets "wavefront-api-tokens" not found'],
  ])('that is not in %j is an Error before anything is asked', async (secrets, message) => {
    server.answer([]);
    const { measurement } = await measure({}, { secrets: secretsOf(secrets) });
    expect(measurement).toMatchObject({ phase: 'Error', message });
    expect(server.requests).toEqual([]);
  });
});

it('a measurement that is no longer wanted ends at once', async () => {
  const stop = new AbortController();
  server.answer(() => {
    setImmediate(() => {
      stop.abort();
    });
    return { body: series([[NOW, 1]]), delayMs: 10_000 };
  });
  const { measurement } = await measure({}, { signal: stop.signal });
  expect(measurement).toMatchObject({ phase: 'Error' });
  expect(measurement.message).toContain('context canceled');
  expect(server.requests).toHaveLength(1);
});
