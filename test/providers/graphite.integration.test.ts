import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HttpClient } from '../../service/providers/index.js';
import { startGraphite, type TestGraphite } from '../support/graphite.js';
import { measureOnce, openClient } from './measure.js';

describe('a real Graphite', () => {
  let http: HttpClient;
  let graphite: TestGraphite;
  beforeAll(async () => {
    http = openClient();
    graphite = await startGraphite({
      'apps.checkout.errors': [
        [3, 12.5],
        [2, 3],
      ],
      'apps.search.errors': [[2, 4]],
      'apps.idle.errors': [],
    });
  });
  afterAll(async () => {
    http.close();
    await graphite.stop();
  });

  const measure = (query: string, successCondition: string) =>
    measureOnce({ provider: { graphite: { address: graphite.url, query } }, successCondition }, http);

  it('gives the points that have a value, oldest first', async () => {
    expect(await measure('target=apps.checkout.errors&from=-10min', 'last(result) < 10')).toMatchObject({
      phase: 'Successful',
      value: '[12.500000,3.000000]',
    });
  });

  it('understands functions in a query of several lines', async () => {
    const query = 'target=\n  scale(\n    sumSeries(apps.*.errors),\n    0.5)\n&from=-10min';
    expect(await measure(query, 'last(result) < 3')).toMatchObject({
      phase: 'Failed',
      value: '[6.250000,3.500000]',
    });
  });

  it('makes an Error of a series that is not there', async () => {
    expect(await measure('target=apps.none.errors&from=-10min', 'true')).toMatchObject({
      phase: 'Error',
      message: 'no values found',
    });
  });

  it('makes an Error of a series without values', async () => {
    expect(await measure('target=apps.idle.errors&from=-10min', 'result[0] < 10')).toMatchObject({
      phase: 'Error',
      value: '[]',
    });
  });

  it('says what is wrong with a query', async () => {
    expect(await measure('target=bogus(apps.checkout.errors)', 'true')).toMatchObject({
      phase: 'Error',
      message: expect.stringMatching(/^error response: .*unknown function: bogus/) as string,
    });
  });
});
