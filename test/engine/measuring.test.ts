import { describe, expect, it } from 'vitest';
import type { AnalysisRunSpec } from '../../schemas/index.js';
import { prepareRun } from '../../service/analysis/index.js';
import { createMeasuring } from '../../service/engine/measuring/measuring.js';
import {
  createRegistry,
  type HttpClient,
  type MeasurementFailure,
  ProviderError,
  type SecretReader,
} from '../../service/providers/index.js';

const SPEC: AnalysisRunSpec = {
  args: [{ name: 'token', valueFrom: { secretKeyRef: { name: 'store', key: 'token' } } }],
  metrics: [
    { name: 'm', successCondition: 'result == "ok"', provider: { graphite: { query: 'q({{args.token}})' } } },
  ],
};

const http: HttpClient = {
  request: () => Promise.reject(new Error('no test of this file uses the network')),
  close: () => undefined,
};

/** Takes one measurement with a provider that echoes its query, as a careless server would. */
async function measured(
  secrets: SecretReader,
  spec = SPEC,
  more: Partial<Parameters<typeof createMeasuring>[0]> = {},
) {
  const preparation = prepareRun(spec);
  const metric = preparation.ok ? preparation.run.metrics[0] : undefined;
  if (metric === undefined) throw new Error('the spec of this test is not valid');
  const queries: (string | undefined)[] = [];
  const failures: MeasurementFailure[] = [];
  const measuring = createMeasuring({
    registry: createRegistry({
      graphite: {
        kind: 'graphite',
        measure: ({ query = '' }) => {
          queries.push(query);
          return Promise.resolve({
            kind: 'value',
            value: { type: 'string', value: 'ok' },
            text: query,
            metadata: { asked: query },
          });
        },
        describe: ({ query = '' }) => ({ ResolvedGraphiteQuery: query }),
      },
    }),
    http,
    clock: { nowMs: () => 0 },
    secrets,
    defaults: {},
    onFailure: (failure) => failures.push(failure),
    ...more,
  });
  const request = {
    op: 'measure',
    metric,
    args: spec.args ?? [],
    run: { id: 'r', name: 'r', namespace: 'shop', startedAtMs: 0 },
    signal: new AbortController().signal,
  } as const;
  const measurement = await measuring.measure(request);
  const [asked, told] = [[...queries], [...failures]];
  const explained = await measuring.explain(request);
  return { measurement, explained, described: measuring.describe(request), queries: asked, failures: told };
}

describe('explaining a measurement', () => {
  it('tells what each part of the condition came to, with the secret in none of them', async () => {
    const { explained } = await measured({ read: () => Promise.resolve('s3cret') });
    expect(explained).toEqual({
      phase: 'Successful',
      value: 'q(*****)',
      metadata: { asked: 'q(*****)' },
      startedAt: '1970-01-01T00:00:00.000Z',
      finishedAt: '1970-01-01T00:00:00.000Z',
      explain: {
        successCondition: [
          { expression: 'result == "ok"', depth: 0, line: 1, column: 1, value: 'true' },
          { expression: 'result', depth: 1, line: 1, column: 1, value: 'ok' },
        ],
      },
    });
  });

  it('has nothing to tell of an argument that can not be read', async () => {
    const { explained } = await measured({ read: () => Promise.reject(new ProviderError('secret', 'gone')) });
    expect(explained).toMatchObject({ phase: 'Error', explain: {} });
  });
});

describe('measuring with a secret', () => {
  it('reads it anew each time, gives it to the provider and shows it nowhere', async () => {
    const read: string[][] = [];
    const { measurement, described, queries } = await measured({
      read: (...asked) => {
        read.push(asked);
        return Promise.resolve('s3cret');
      },
    });
    expect(read).toEqual(Array.from({ length: 2 }, () => ['shop', 'store', 'token']));
    expect(queries).toEqual(['q(s3cret)']);
    expect(measurement).toEqual({
      phase: 'Successful',
      value: 'q(*****)',
      metadata: { asked: 'q(*****)' },
      startedAt: '1970-01-01T00:00:00.000Z',
      finishedAt: '1970-01-01T00:00:00.000Z',
    });
    expect(described).toEqual({ ResolvedGraphiteQuery: 'q({{args.token}})' });
  });

  it('is an Error, and asks no provider, when the secret can not be read', async () => {
    const { measurement, queries, failures } = await measured({
      read: () => Promise.reject(new ProviderError('secret', 'secrets "store" not found')),
    });
    expect(measurement).toMatchObject({
      phase: 'Error',
      message: 'Unable to resolve metric arguments: secrets "store" not found',
    });
    expect(queries).toEqual([]);
    // The log says which: the message has the reference's words.
    expect(failures).toEqual([
      {
        ...{ code: 'secret', metric: 'm', secret: { namespace: 'shop', name: 'store', key: 'token' } },
        advice: expect.stringContaining('ASSAY_SECRETS_DIR') as unknown,
      },
    ]);
  });
});

it('needs nothing of a cluster that the service has no credentials for, as long as no secret is asked for', async () => {
  const spec: AnalysisRunSpec = {
    metrics: [{ name: 'm', successCondition: 'result == "ok"', provider: { graphite: { query: 'q' } } }],
  };
  const { measurement, failures } = await measured({ read: () => Promise.resolve('s3cret') }, spec, {
    secretsOfCluster: () => {
      throw new ProviderError('secret', 'no credentials');
    },
  });
  expect(measurement).toMatchObject({ phase: 'Successful', value: 'q' });
  expect(failures).toEqual([]);
});
