import type { Metric } from '../../schemas/index.js';
import {
  createRegistry,
  type HttpClient,
  type ProviderSet,
  type Reading,
  takeMeasurement,
} from '../../service/providers/index.js';
import { contextWith } from './measure.js';

/** What providers reach the network with that have their answers from the test: nothing. */
export const noHttp: HttpClient = {
  request: () => Promise.reject(new Error('no measurement of a script uses the network')),
  close: () => undefined,
};

/** A metric of the provider job, which {@link scriptedProvider} stands in for. */
export const metric: Metric = { name: 'm', provider: { job: { spec: { template: { spec: {} } } } } };

/** A job provider that gives `reading`, or fails with it. */
export function scriptedProvider(reading: Reading | Error): ProviderSet {
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

/** Takes a measurement that gives `reading`, or fails with it. */
export function take(reading: Reading | Error, more: Partial<Parameters<typeof takeMeasurement>[0]> = {}) {
  return takeMeasurement({
    metric,
    registry: createRegistry(scriptedProvider(reading)),
    context: contextWith(noHttp),
    op: 'measure',
    ...more,
  });
}
