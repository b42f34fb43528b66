import { describe, expect, it } from 'vitest';
import type { DatadogMetric, Metric } from '../../schemas/index.js';
import {
  builtInProviders,
  createRegistry,
  type MeasureContext,
  type MeasurementFailure,
  takeMeasurement,
} from '../../service/providers/index.js';
import { secretsOf } from '../support/secrets.js';
import { contextWith, measureOnce, NOW_MS } from './measure.js';
import { serverOfFile } from './server-of-file.js';

const [API_KEY, APP_KEY] = ['api-k3y-of-the-test', 'app-k3y-of-the-test'];

const { server, http } = await serverOfFile();

const keys = (address = server.url) => ({ address, 'api-key': API_KEY, 'app-key': APP_KEY });
const inSecret = (): Partial<MeasureContext> => ({ secrets: secretsOf({ 'argo-rollouts/datadog': keys() }) });

function measure(
  spec: DatadogMetric,
  { metric = {}, context = {} }: { metric?: Partial<Metric>; context?: Partial<MeasureContext> } = {},
) {
  return measureOnce({ provider: { datadog: spec }, ...metric }, http, { ...inSecret(), ...context });
}

const V2: DatadogMetric = { apiVersion: 'v2', query: 'avg:errors{*}' };
const series = (...points: readonly unknown[]): string => JSON.stringify({ series: [{ pointlist: points }] });
const columns = (...list: readonly unknown[]): string =>
  JSON.stringify({ data: { attributes: { columns: list } } });
const HOSTS = { name: 'host', type: 'group', values: [['a'], ['b']] };

describe('a spec that says nothing but the query', () => {
  it('is measured with API v1 over five minutes', async () => {
    server.answer([{ body: series([1, 5], [2, 7]) }]);
    expect(await measure({ query: 'avg:errors{*}' })).toMatchObject({ phase: 'Successful', value: '7' });
    const { searchParams } = new URL(server.requests[0]?.target ?? '', server.url);
    const to = Math.floor(NOW_MS / 1000);
    expect(Object.fromEntries(searchParams)).toEqual({
      query: 'avg:errors{*}',
      from: String(to - 300),
      to: String(to),
    });
  });
});

describe('no data', () => {
  it.each([
    ['no series', { query: 'q' }, '{"series":[]}', '[]'],
    ['nothing at all', { query: 'q' }, '{}', 'null'],
    ['a null answer', { query: 'q' }, 'null', 'null'],
    ['a series without points', { query: 'q' }, '{"series":[{}]}', '[{"pointlist":null}]'],
    ['a newest point without a value', { query: 'q' }, series([1, 5], [2, null]), 'null'],
    ['no columns', V2, columns(), '[]'],
    ['only groups', V2, columns(HOSTS), '[]'],
    ['a number that is null', V2, columns({ type: 'number', values: [null] }), '[]'],
    ['groups whose numbers are all null', V2, columns(HOSTS, { type: 'number', values: [null, null] }), '[]'],
  ])('(%s) never passes, unless the condition provides for it', async (_what, spec, body, value) => {
    server.answer([{ body }]);
    expect(await measure(spec, { metric: { successCondition: 'result < 0.05' } })).toMatchObject({
      phase: 'Error',
      message:
        'could not evaluate successCondition "result < 0.05": metric result is nil or empty: no data returned from the metric provider',
    });
    expect(await measure(spec, { metric: { successCondition: 'default(result, 0) < 0.05' } })).toMatchObject({
      phase: 'Successful',
      value,
    });
  });
});

describe('an answer', () => {
  it('may name its members in any letter case, and of several series the first counts', async () => {
    server.answer([{ body: '{"Series":[{"POINTLIST":[[1,2]]},{"pointlist":[[1,9]]}]}' }]);
    expect(await measure({ query: 'q' })).toMatchObject({ phase: 'Successful', value: '2' });
  });

  it('of groups leaves those out that have no number, with their label', async () => {
    server.answer([{ body: columns(HOSTS, { type: 'number', values: [null, 2] }) }]);
    expect(await measure(V2)).toMatchObject({
      value: '[2]',
      metadata: { groups: '[{"name":"b","value":2}]' },
    });
  });

  it('without points in the first series shows all series as they are', async () => {
    const body = '{"series":[{"pointlist":[]},{"pointlist":[null,[1.5,2e21],[null]]},null]}';
    server.answer([{ body }]);
    expect(await measure({ query: 'q' }, { metric: { successCondition: 'isNil(result)' } })).toMatchObject({
      phase: 'Successful',
      value: '[{"pointlist":[]},{"pointlist":[null,[1.5,2e+21],[0]]},{"pointlist":null}]',
    });
  });

  it('is not asked for over an interval that is empty, as a cluster fills in one that is not there', async () => {
    server.answer([]);
    expect(await measure({ query: 'q', interval: '' })).toMatchObject({
      phase: 'Error',
      message: 'time: invalid duration ""',
    });
    expect(server.requests).toEqual([]);
  });

  it('of an address with a fragment is asked for without it', async () => {
    server.answer([{ body: series([1, 5]) }]);
    const secrets = secretsOf({ 'argo-rollouts/datadog': keys(`${server.url}/x#y`) });
    await measure({ query: 'q' }, { context: { secrets } });
    expect(server.requests[0]?.target).toMatch(/^\/x\?from=\d+&query=q&to=\d+$/);
  });

  it('of the old form, whose columns have no type, has its numbers in the first', async () => {
    server.answer([{ body: columns({ name: 'q', values: [3] }) }]);
    expect(await measure(V2)).toMatchObject({ value: '3' });
  });

  it.each([
    [V2, '<html>', 'Could not parse JSON body: the answer is not JSON'],
    [V2, '[]', 'Could not parse JSON body: json: cannot unmarshal array: the answer must be an object'],
    [
      V2,
      '{"data":{"errors":["x"]}}',
      'Could not parse JSON body: json: cannot unmarshal array: errors must be a text',
    ],
    [
      V2,
      columns({ name: 'q', type: 'number', values: ['oops'] }),
      'could not parse numeric value "\\"oops\\"" in column "q": json: cannot unmarshal string into Go value of type float64',
    ],
    [V2, columns(HOSTS, { type: 'number', values: [1, 2, 3] }), 'could not parse group label at index 2'],
    [
      { query: 'q' },
      series([1, '2']),
      'Could not parse JSON body: json: cannot unmarshal string: a number of pointlist must be a number',
    ],
    [{ query: 'q' }, series([1, 2], null), 'Datapoint does not have 2 values'],
  ])('for %j of %s is an Error', async (spec, body, message) => {
    server.answer([{ body }]);
    expect(await measure(spec)).toMatchObject({ phase: 'Error', message });
  });

  it.each([
    ['v1', 403, 'received authentication error response code: 403 '],
    ['v2', 500, 'received non 2xx response code: 500 '],
  ] as const)(
    'of API %s and status %i shows why, as much as a status has',
    async (apiVersion, status, head) => {
      server.answer([4_000, 5_000_000].map((length) => ({ status, body: 'x'.repeat(length) })));
      const spec: DatadogMetric = { apiVersion, query: 'q' };
      expect((await measure(spec)).message).toBe(head + 'x'.repeat(4_000));
      const { message } = await measure(spec);
      expect(message).toHaveLength(4_096);
      expect(message?.startsWith(head + 'x'.repeat(4_000))).toBe(true);
    },
  );

  it('that is larger than any metric needs is an Error', async () => {
    server.answer([{ body: Buffer.alloc(11 * 1024 * 1024, 'x') }]);
    const { phase, message } = await measure(V2);
    expect(phase).toBe('Error');
    expect(message?.length).toBeLessThan(300);
  });

  it('that is nested too deeply is an Error', async () => {
    server.answer([{ body: '['.repeat(100_000) }]);
    expect(await measure(V2)).toMatchObject({
      phase: 'Error',
      message: 'Could not parse JSON body: the answer is nested more than 1000 levels deep',
    });
  });
});

describe('a spec is refused before anything is asked', () => {
  it.each<[DatadogMetric, string]>([
    [{ query: 'q', interval: 'often' }, 'time: invalid duration "often"'],
    [
      { apiVersion: 'v2', queries: { a: 'x', b: 'y' } },
      'When multiple queries are provided you must include a formula.',
    ],
    [
      { apiVersion: 'v2', query: 'q', formula: 'a' },
      'Formula are only valid when queries are set. Please review the Analysis Template.',
    ],
    [{ query: 'q', secretRef: { namespaced: true } }, 'secret name is required for namespaced credentials'],
  ])('%j: %s', async (spec, message) => {
    server.answer([]);
    expect(await measure(spec)).toMatchObject({ phase: 'Error', message });
    expect(server.requests).toEqual([]);
  });
});

describe('credentials', () => {
  const asked = async (spec: DatadogMetric, context: Partial<MeasureContext>) => {
    server.answer([{ body: series([1, 1]) }]);
    const { phase, message } = await measure({ query: 'q', ...spec }, { context });
    return { phase, message, key: server.requests[0]?.headers['dd-api-key'] };
  };

  it('come from the namespace of the service, or from that of the run if the spec says so', async () => {
    const secrets = secretsOf({
      'ctl/mine': { ...keys(), 'api-key': 'of-the-service' },
      'app/mine': { ...keys(), 'api-key': 'of-the-run' },
    });
    const context = { secrets, defaults: { ownNamespace: 'ctl' } };
    expect(await asked({ secretRef: { name: 'mine' } }, context)).toMatchObject({ key: 'of-the-service' });
    expect(await asked({ secretRef: { name: 'mine', namespaced: true } }, context)).toMatchObject({
      key: 'of-the-run',
    });
  });

  it('come from the environment when all three variables are set', async () => {
    const environment = { DD_ADDRESS: server.url, DD_API_KEY: 'env-api', DD_APP_KEY: 'env-app' };
    expect(await asked({}, { defaults: { environment } })).toMatchObject({ key: 'env-api' });
    const { DD_ADDRESS: _address, ...rest } = environment;
    expect(await asked({}, { defaults: { environment: rest } })).toMatchObject({ key: API_KEY });
  });

  it('that are not there are an Error that says so', async () => {
    expect(await asked({}, { secrets: secretsOf({}) })).toMatchObject({
      phase: 'Error',
      message: 'failed to find the credentials for datadog metrics provider',
    });
  });

  it('of a server that shows what it was sent are masked everywhere', async () => {
    server.answer(({ headers }) => ({ status: 403, body: `no access for ${JSON.stringify(headers)}` }));
    const failures: MeasurementFailure[] = [];
    const measurement = await takeMeasurement({
      metric: { name: 'm', provider: { datadog: V2 } },
      registry: createRegistry(builtInProviders()),
      context: contextWith(http, inSecret()),
      op: 'measure',
      onFailure: (failure) => failures.push(failure),
    });
    expect(measurement.message).toContain('received authentication error response code: 403 no access');
    expect(failures).toMatchObject([{ code: 'unauthorized', provider: 'datadog' }]);
    for (const key of [API_KEY, APP_KEY]) {
      expect(JSON.stringify([measurement, failures])).not.toContain(key);
    }
  });
});

it('a measurement that is no longer wanted ends at once', async () => {
  server.answer([{ delayMs: 60_000 }]);
  const stop = new AbortController();
  const measuring = measure(V2, { context: { signal: stop.signal } });
  stop.abort();
  expect(await measuring).toMatchObject({
    phase: 'Error',
    message: `Post "${server.url}/api/v2/query/scalar": context canceled`,
  });
});
