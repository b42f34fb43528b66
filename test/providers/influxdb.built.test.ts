import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HttpClient, SecretReader } from '../../service/providers/index.js';
import { type TestInfluxdb, startInfluxdb } from '../support/influxdb.js';
import { measureOnce, openClient } from './measure.js';

describe('a real InfluxDB', () => {
  let http: HttpClient;
  let influxdb: TestInfluxdb;
  beforeAll(async () => {
    http = openClient();
    const ago = (seconds: number): number => Math.floor(Date.now() / 1_000) - seconds;
    influxdb = await startInfluxdb([
      `requests,service=checkout errors=0.5,total=12i,healthy=true,version="1.2, \\"rc\\"" ${ago(60)}`,
      `requests,service=checkout errors=0.25,total=30i,healthy=false,version="1.3" ${ago(30)}`,
      `requests,service=search errors=0.75 ${ago(30)}`,
    ]);
  });
  afterAll(async () => {
    http.close();
    await influxdb.stop();
  });

  const measure = (query: string, successCondition: string, token = influxdb.token) => {
    const keys: Readonly<Record<string, string>> = { address: influxdb.url, org: 'any', authToken: token };
    const secrets: SecretReader = { read: (_namespace, _name, key) => Promise.resolve(keys[key] ?? '') };
    return measureOnce({ provider: { influxdb: { query } }, successCondition }, http, { secrets });
  };
  const field = (name: string): string =>
    `from(bucket: "shop") |> range(start: -5m) |> filter(fn: (r) => r.service == "checkout" and r._field == "${name}")`;

  it.each([
    ['errors', 'last(result) < 0.3', '[0.5 0.25]'],
    ['total', 'result[0] + result[1] == 42', '[12 30]'],
    ['healthy', 'result[0] && !result[1]', '[true false]'],
    ['version', `result[0] == '1.2, "rc"'`, '[1.2, "rc" 1.3]'],
  ])('gives the values of the field %s in their types', async (name, condition, value) => {
    expect(await measure(field(name), condition)).toMatchObject({ phase: 'Successful', value });
  });

  it('computes, over several tables', async () => {
    const query =
      'from(bucket: "shop") |> range(start: -5m) |> filter(fn: (r) => r._field == "errors") |> group(columns: ["service"]) |> mean()';
    expect(await measure(query, 'all(result, # < 0.8) && len(result) == 2')).toMatchObject({
      phase: 'Successful',
      value: '[0.375 0.75]',
    });
  });

  it('makes an Error of a query that matches nothing', async () => {
    expect(await measure(field('none'), 'true')).toMatchObject({
      phase: 'Error',
      message: 'no results returned from flux query',
    });
  });

  it('says what is wrong with a query', async () => {
    expect(await measure('from(bucket: "shop") |> bogus()', 'true')).toMatchObject({
      phase: 'Error',
      message: expect.stringMatching(/undefined identifier "?bogus"?/) as string,
    });
  });

  it('says the status when a token is not valid: version 1.8 gives no code with its error', async () => {
    expect(await measure(field('errors'), 'true', 'measurer:wrong')).toMatchObject({
      phase: 'Error',
      message: 'Unexpected status code 401',
    });
  });
});
