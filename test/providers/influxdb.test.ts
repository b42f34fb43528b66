import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import type { Metric } from '../../schemas/index.js';
import { GoDuration, GoInteger, GoTime, printValue, Zone } from '../../service/condition/index.js';
import {
  builtInProviders,
  createRegistry,
  type MeasurementFailure,
  MissingKeyError,
  ProviderError,
  type SecretReader,
  takeExplainedMeasurement,
  takeMeasurement,
} from '../../service/providers/index.js';
import { csvRows } from '../../service/providers/influxdb/csv.js';
import { readFluxResult } from '../../service/providers/influxdb/flux-result.js';
import { contextWith, measureOnce } from './measure.js';
import { serverOfFile } from './server-of-file.js';

const TOKEN = 'marker-of-the-token';

/** An answer in annotated CSV with one column beside result and table. */
const table = (type: string, rows: readonly string[], { name = '_value', fallback = '' } = {}): string =>
  [
    `#datatype,string,long,${type}`,
    '#group,false,false,false',
    `#default,_result,,${fallback}`,
    `,result,table,${name}`,
    ...rows.map((row) => `,,0,${row}`),
    '',
  ].join('\r\n');

const { server, http } = await serverOfFile();

describe('a measurement by InfluxDB', () => {
  /** The secret `influxdb` of the service's own namespace. */
  function secretsOf(keys: Readonly<Record<string, string>>): SecretReader {
    return {
      read(namespace, name, key) {
        if (namespace !== 'assay' || name !== 'influxdb')
          return Promise.reject(new ProviderError('secret', `secrets "${name}" not found`));
        const value = keys[key];
        return value === undefined ? Promise.reject(new MissingKeyError(name, key)) : Promise.resolve(value);
      },
    };
  }
  const means = (signal = new AbortController().signal) => ({
    signal,
    defaults: { ownNamespace: 'assay' },
    secrets: secretsOf({ address: server.url, authToken: TOKEN, org: 'shop' }),
  });
  const metric = (more: Partial<Metric> = {}): Metric => ({
    name: 'm',
    provider: { influxdb: { query: 'from(bucket: "b")' } },
    ...more,
  });
  const measure = (more: Partial<Metric> = {}, signal?: AbortSignal) =>
    measureOnce(metric(more), http, means(signal));

  it('reads its credentials from the namespace of the service, not of the run', async () => {
    server.answer([{ body: table('double', ['0.5']) }]);
    expect(await measure()).toMatchObject({ phase: 'Successful', value: '[0.5]' });
    expect(server.requests[0]?.headers['authorization']).toBe(`Token ${TOKEN}`);
    expect(server.requests[0]?.target).toBe('/api/v2/query?org=shop');
  });

  it('of a profile that is not there says which', async () => {
    expect(await measure({ provider: { influxdb: { profile: 'other', query: '' } } })).toMatchObject({
      phase: 'Error',
      message: 'secrets "other" not found',
    });
  });

  it.each([
    ['nothing', ''],
    ['a table without rows', table('double', [])],
    [
      'an error alone',
      '#datatype,string,string\r\n#group,true,true\r\n#default,,\r\n,error,reference\r\n,x,1\r\n',
    ],
    ['no CSV', '<html lang="en">\r\n'],
  ])('of %s is an Error and never passes', async (_what, body) => {
    server.answer([{ body }]);
    expect(await measure({ successCondition: 'all(result, # < 1)' })).toMatchObject({
      phase: 'Error',
      message: 'no results returned from flux query',
    });
  });

  it('that finds nothing tells what to look at, and one that the server refuses what it said', async () => {
    const failures: MeasurementFailure[] = [];
    const error =
      '#datatype,string,string\r\n#group,true,true\r\n#default,,\r\n,error,reference\r\n,no such bucket,1\r\n';
    server.answer([{ body: '' }, { body: error }]);
    for (let asked = 0; asked < 2; asked += 1)
      await takeMeasurement({
        metric: metric(),
        registry: createRegistry(builtInProviders()),
        context: contextWith(http, means()),
        op: 'measure',
        onFailure: (failure) => failures.push(failure),
      });
    expect(failures).toMatchObject([
      { code: 'noData', advice: expect.stringMatching(/^The query found nothing/) as string },
      { code: 'badResponse', answered: expect.stringContaining('no such bucket') as string },
    ]);
  });

  it('of rows that an error of the server follows is an Error: the reference judges the rows', async () => {
    const error =
      '\r\n#datatype,string,string\r\n#group,true,true\r\n#default,,\r\n,error,reference\r\n,,\r\n';
    server.answer([{ body: `${table('double', ['1', '2'])}${error}` }]);
    expect(await measure()).toMatchObject({
      phase: 'Error',
      message: 'the result broke off after 2 row(s): unknown query error',
    });
  });

  it.each<[number, string, string, string]>([
    [401, 'application/json; charset=utf-8', '{"code":"unauthorized","message":"no"}', 'unauthorized: no'],
    [400, 'application/json', '{"Message":"bad flux"}', 'Unexpected status code 400'],
    [400, 'application/json', '{"Code":"invalid","MESSAGE":"bad"} and more', 'invalid: bad'],
    [400, 'application/json', '{"code":"invalid"}', 'Unexpected status code 400'],
    [400, 'application/json', '{', '400 Bad Request: the answer is not the JSON of an error'],
    [400, 'application/json', '[]', '400 Bad Request: the answer is not the JSON of an error'],
    [429, 'application/json', '{}', 'too many requests: exceeded rate limit'],
    [503, 'application/json', 'null', 'unavailable: service temporarily unavailable'],
    [500, 'text/plain', '', 'Unexpected status code 500'],
    [502, '', 'gone', '502 Bad Gateway: gone'],
  ])('of status %i with %s %s', async (status, type, body, message) => {
    server.answer([{ status, headers: type === '' ? {} : { 'Content-Type': type }, body }]);
    expect(await measure()).toMatchObject({ phase: 'Error', message });
  });

  it('of an error without JSON shows the header that tells it', async () => {
    const headers = { 'Content-Type': 'application/json', 'X-Influxdb-Error': 'no such org' };
    server.answer([{ status: 404, headers, body: '{}' }]);
    expect(await measure()).toMatchObject({ message: '404 Not Found: no such org' });
  });

  it('never shows the token that a server echoes', async () => {
    server.answer([{ status: 401, body: `bad token ${TOKEN}` }, { body: table('string', [TOKEN]) }]);
    const context = contextWith(http, means());
    const registry = createRegistry(builtInProviders());
    for (const expected of ['Error', 'Successful']) {
      const measured = await takeExplainedMeasurement({
        metric: metric({ successCondition: 'len(result[0]) > 0' }),
        registry,
        context,
        op: 'measure',
      });
      expect(measured.phase).toBe(expected);
      expect(JSON.stringify(measured)).not.toContain(TOKEN);
      expect(JSON.stringify(measured)).toContain('*****');
    }
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
});

describe('a Flux result', () => {
  it.each<[string, string, unknown, string]>([
    ['double', '1e21', 1e21, '[1e+21]'],
    ['double', '+Inf', Number.POSITIVE_INFINITY, '[+Inf]'],
    ['long', '-7', new GoInteger('int64', -7n), '[-7]'],
    [
      'unsignedLong',
      '18446744073709551615',
      new GoInteger('uint64', 2n ** 64n - 1n),
      '[18446744073709551615]',
    ],
    ['boolean', 'FALSE', false, '[false]'],
    ['boolean', 'no', true, '[true]'],
    ['string', '"a\r\n""b"""', 'a\n"b"', '[a\n"b"]'],
    ['duration', '1h30m', new GoDuration(5_400_000_000_000n), '[1h30m0s]'],
    [
      'dateTime:RFC3339',
      '2024-05-01T12:00:00.5Z',
      new GoTime(1_714_564_800_500_000_000n, Zone.utc),
      '[2024-05-01 12:00:00.5 +0000 UTC]',
    ],
    ['double', '', null, '[<nil>]'],
  ])('of type %s has %j', (type, cell, value, text) => {
    const { values, fault } = readFluxResult(table(type, [cell]));
    expect(fault).toBeUndefined();
    expect(values).toEqual([value]);
    expect(printValue(values)).toBe(text);
  });

  it('has the bytes of base64', () => {
    expect(printValue(readFluxResult(table('base64Binary', ['AQID'])).values)).toBe('[[1 2 3]]');
  });

  it('takes the default of its column for an empty cell, and null where there is no _value', () => {
    expect(readFluxResult(table('double', [''], { fallback: '7' })).values).toEqual([7]);
    expect(readFluxResult(table('double', ['1'], { name: 'mean' })).values).toEqual([null]);
  });

  it.each([
    [table('double', ['1', 'x']), 'strconv.ParseFloat: parsing "x": invalid syntax'],
    [table('long', ['1', '1.5']), 'strconv.ParseInt: parsing "1.5": invalid syntax'],
    [table('unsignedLong', ['1', '-1']), 'strconv.ParseUint: parsing "-1": invalid syntax'],
    [
      table('unsignedLong', ['00001', '18446744073709551616']),
      'strconv.ParseUint: parsing "18446744073709551616": value out of range',
    ],
    [table('base64Binary', ['AQID', 'A']), 'illegal base64 data'],
    [`${table('double', ['1'])},,0,1,2\r\n`, 'a row has 4 columns where its table has 3'],
    [`${table('double', ['1'])}x,,0,1\r\n`, 'a row does not begin with an empty cell'],
    [`${table('double', ['1'])}#x,,0,1\r\n`, '"#x" is no annotation of InfluxDB'],
    [`${table('double', ['1'])},,0,a"b\r\n`, 'parse error: bare " in non-quoted field'],
    [`${table('double', ['1'])},,0,"ab\r\n`, 'parse error: extraneous or missing " in quoted field'],
    [
      `${table('double', ['1'])}#group,false,false,false\r\n,result,table,_value\r\n`,
      'datatype annotation not found',
    ],
  ])('that breaks off tells why (%#)', (text, fault) => {
    const result = readFluxResult(text);
    expect(result.fault).toBe(fault);
    expect(result.values).toHaveLength(1);
  });

  it('of an unknown type is none', () => {
    expect(readFluxResult(table('decimal', ['1']))).toEqual({
      values: [],
      fault: '_value has unknown data type decimal',
    });
  });

  test.prop([fc.string({ unit: fc.constantFrom('#', ',', '"', '\r', '\n', 'a', '1') })])(
    'of any text is read or has a fault',
    (text) => {
      expect(Array.isArray(readFluxResult(text).values)).toBe(true);
    },
  );
});

describe('CSV', () => {
  it.each([
    ['a,b\n\n\r\nc\n', [['a', 'b'], ['c']]],
    [
      'a,\n,b\r',
      [
        ['a', ''],
        ['', 'b'],
      ],
    ],
    ['"a,b","c""d","e\r\nf"\r\n', [['a,b', 'c"d', 'e\nf']]],
    ['a\rb,c\r,d', [['a\rb', 'c\r', 'd']]],
    ['""', [['']]],
    ['', []],
  ])('%j', (text, rows) => {
    expect([...csvRows(text)]).toEqual(rows);
  });

  test.prop([
    fc.array(fc.array(fc.stringMatching(/^[^\r]*$/), { minLength: 2, maxLength: 4 }), { maxLength: 5 }),
  ])('that is written in quotes is read back', (rows) => {
    const text = rows
      .map((row) => row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(','))
      .join('\r\n');
    expect([...csvRows(text)]).toEqual(rows);
  });
});
