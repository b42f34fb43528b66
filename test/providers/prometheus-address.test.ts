import { afterEach, beforeEach, expect, it } from 'vitest';
import type { HttpClient, MeasurementFailure } from '../../service/providers/index.js';
import { builtInProviders, createRegistry, takeMeasurement } from '../../service/providers/index.js';
import { contextWith, openClient } from './measure.js';

let http: HttpClient;
beforeEach(() => {
  http = openClient();
});
afterEach(() => {
  http.close();
});

/** The message of a measurement, and what the log is told beside it. */
const measure = async (address?: string) => {
  const failures: MeasurementFailure[] = [];
  const { message } = await takeMeasurement({
    metric: {
      name: 'm',
      provider: { prometheus: { query: 'up', ...(address === undefined ? {} : { address }) } },
    },
    registry: createRegistry(builtInProviders()),
    context: contextWith(http),
    op: 'measure',
    onFailure: (failure) => failures.push(failure),
  });
  return { message, failures };
};

it('says where an address of Prometheus goes that is missing', async () => {
  expect((await measure()).message).toBe(
    'prometheus address is not configured: name it in the metric (provider.prometheus.address), or for all metrics in ASSAY_PROMETHEUS_ADDRESS',
  );
});

it('says which Prometheus can not be reached, without credentials, and what to look at', async () => {
  const { message, failures } = await measure('http://me:hunter2@127.0.0.1:1/?token=hunter2');
  expect(message).toContain('http://127.0.0.1:1/api/v1/query');
  expect(failures).toMatchObject([
    {
      code: 'unreachable',
      asked: 'POST http://127.0.0.1:1/api/v1/query?[redacted]',
      advice: expect.stringContaining('Check that the server runs') as unknown,
    },
  ]);
  expect(JSON.stringify([message, failures])).not.toContain('hunter2');
});
