import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PrometheusMetric } from '../../schemas/index.js';
import type { HttpClient } from '../../service/providers/index.js';
import { startPrometheus, type TestPrometheus } from '../support/prometheus.js';
import { measureOnce, openClient } from './measure.js';

let http: HttpClient;
let prometheus: TestPrometheus;
beforeAll(async () => {
  http = openClient();
  prometheus = await startPrometheus([]);
});
afterAll(async () => {
  http.close();
  await prometheus.stop();
});

function measure(spec: PrometheusMetric, successCondition: string) {
  return measureOnce(
    { provider: { prometheus: { address: prometheus.url, ...spec } }, successCondition },
    http,
    { clock: { nowMs: () => Date.now() } },
  );
}

describe('a real Prometheus', () => {
  it('gives vectors, scalars and nothing at all', async () => {
    expect(await measure({ query: 'vector(1)' }, 'result[0] == 1')).toMatchObject({
      phase: 'Successful',
      value: '[1]',
    });
    expect(await measure({ query: '1 / 3' }, 'result < 0.5')).toMatchObject({
      phase: 'Successful',
      value: '0.3333333333333333',
    });
    expect(await measure({ query: 'up{job="none"}' }, 'result[0] == 1')).toMatchObject({
      phase: 'Error',
      message:
        'could not evaluate successCondition "result[0] == 1": metric result is nil or empty: no data returned from the metric provider',
    });
    expect(await measure({ query: 'vector(0) / 0' }, 'isNaN(result[0])')).toMatchObject({
      phase: 'Successful',
      value: '[NaN]',
    });
  });

  it('gives ranges', async () => {
    const rangeQuery = { start: 'now() - duration("1m")', end: 'now()', step: '20s' };
    expect(await measure({ query: 'vector(2.5)', rangeQuery }, 'all(result, # == 2.5)')).toMatchObject({
      phase: 'Successful',
      value: '[2.5,2.5,2.5,2.5]',
    });
  });

  it('tells what is wrong with a query', async () => {
    const broken = await measure({ query: 'sum(' }, 'true');
    expect(broken.phase).toBe('Error');
    expect(broken.message).toMatch(/^bad_data: .*parse error: unclosed left parenthesis/);
    expect((await measure({ query: '"text"' }, 'true')).message).toBe('Prometheus metric type not supported');
    expect((await measure({ address: `${prometheus.url}/nothing`, query: 'up' }, 'true')).message).toBe(
      'client_error: client error: 404',
    );
  });
});
