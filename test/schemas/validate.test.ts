import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { type DocumentKind, type Fault, validateDocument } from '../../schemas/index.js';
import { ACCEPTED } from './fixtures/objects.js';

const metric = (fields: Record<string, unknown>) => ({
  spec: { metrics: [{ name: 'm', provider: { web: { url: 'x' } }, ...fields }] },
});
const lines = (faults: readonly Fault[]) => faults.map(({ path, message }) => `${path}: ${message}`);
const errorsOf = (kind: DocumentKind, value: unknown) => lines(validateDocument(kind, value).errors);

describe('what Argo Rollouts accepts', () => {
  it.each(Object.entries(ACCEPTED))('is accepted without a remark: %s', (_name, object) => {
    expect(validateDocument('AnalysisTemplate', object)).toMatchObject({
      errors: [],
      warnings: [],
      value: { spec: {} },
    });
  });

  it('is accepted for an AnalysisRun with every part of a status', () => {
    const status = {
      phase: 'Failed',
      message: 'm',
      startedAt: '2026-01-01T00:00:00Z',
      completedAt: '2026-01-01T00:01:00Z',
      runSummary: { count: 1, failed: 1 },
      dryRunSummary: {},
      metricResults: [
        {
          name: 'm',
          phase: 'Failed',
          failed: 1,
          count: 1,
          measurements: [{ phase: 'Failed', value: '[1]', metadata: { a: 'b' } }],
        },
      ],
    };
    const spec = {
      metrics: [],
      terminate: true,
      ttlStrategy: { secondsAfterCompletion: 60, secondsAfterFailure: 1, secondsAfterSuccess: 0 },
    };
    const run = {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'AnalysisRun',
      metadata: { generateName: 'r-', uid: 'u' },
      spec,
      status,
    };
    expect(validateDocument('AnalysisRun', run)).toEqual({ errors: [], warnings: [], value: run });
  });
});

describe('unknown fields', () => {
  it.each`
    field                    | meant
    ${'successCondtion'}     | ${'successCondition'}
    ${'SuccessCondition'}    | ${'successCondition'}
    ${'success_condition'}   | ${'successCondition'}
    ${'sucesCondtion'}       | ${'successCondition'}
    ${'failurelimit'}        | ${'failureLimit'}
    ${'intervall'}           | ${'interval'}
    ${'cuont'}               | ${'count'}
    ${'consecutiveErrLimit'} | ${'consecutiveErrorLimit'}
  `(
    'are an error when a field that is not set was meant: $field',
    ({ field, meant }: Record<'field' | 'meant', string>) => {
      expect(errorsOf('AnalysisTemplate', metric({ [field]: 'x' }))).toEqual([
        `spec.metrics[0].${field}: unknown field: did you mean \`${meant}\`?`,
      ]);
    },
  );

  it('are one mistake, not two, when the field that was meant is required', () => {
    expect(
      errorsOf('AnalysisTemplate', { spec: { metrics: [{ name: 'm', provder: { web: { url: 'x' } } }] } }),
    ).toEqual(['spec.metrics[0].provder: unknown field: did you mean `provider`?']);
  });

  it('are a warning when the field that is similar is set as well', () => {
    const { errors, warnings } = validateDocument(
      'AnalysisTemplate',
      metric({ interval: '5m', intervals: '5m' }),
    );
    expect([lines(errors), lines(warnings)]).toEqual([
      [],
      ['spec.metrics[0].intervals: unknown field: did you mean `interval`?'],
    ]);
  });

  it.each`
    where                          | document                                                                 | error
    ${'one level too high'}        | ${{ spec: { failureLimit: 3, metrics: [{ name: 'm', provider: {} }] } }} | ${'spec.failureLimit: unknown field: `failureLimit` belongs under spec.metrics[0]'}
    ${'two levels too low'}        | ${metric({ provider: { prometheus: { interval: '5m' } } })}              | ${'spec.metrics[0].provider.prometheus.interval: unknown field: `interval` belongs under spec.metrics[0]'}
    ${'in the metric'}             | ${metric({ provider: { web: { url: 'x' } }, jsonPath: '{$.a}' })}        | ${'spec.metrics[0].jsonPath: unknown field: `jsonPath` belongs under spec.metrics[0].provider.web'}
    ${'at the top'}                | ${{ dryRun: [], spec: { metrics: [] } }}                                 | ${'dryRun: unknown field: `dryRun` belongs under spec'}
    ${'in the template of a list'} | ${{ templates: [{ spec: { metrics: [], failureLimit: 1 } }] }}           | ${'templates[0].spec.failureLimit: unknown field: `failureLimit` belongs under templates[0].spec.metrics[0]'}
  `(
    'are an error when they are a known field that stands $where',
    ({ document, error }: { document: Record<string, unknown>; error: string }) => {
      expect(errorsOf('templates' in document ? 'RunRequest' : 'AnalysisTemplate', document)).toEqual([
        error,
      ]);
    },
  );

  it('are a warning when the place where they belong has the field', () => {
    const document = metric({ interval: '1m', provider: { prometheus: { interval: '5m' } } });
    expect(validateDocument('AnalysisTemplate', document)).toEqual({
      errors: [],
      warnings: [
        { path: 'spec.metrics[0].provider.prometheus.interval', message: 'unknown field: it is ignored' },
      ],
      value: metric({ interval: '1m', provider: { prometheus: {} } }),
    });
  });

  it('that nobody knows are a warning and left out, as in Kubernetes', () => {
    const { errors, warnings, value } = validateDocument('AnalysisTemplate', metric({ owner: 'team-a' }));
    expect([errors, lines(warnings), value]).toEqual([
      [],
      ['spec.metrics[0].owner: unknown field: it is ignored'],
      metric({}),
    ]);
  });

  it('do not hide behind the names that every JavaScript object has', () => {
    const document: unknown = JSON.parse(
      '{"spec":{"__proto__":{"metrics":1},"constructor":2,"toString":3,"metrics":[]},"metadata":{"labels":{"__proto__":"x"}}}',
    );
    const { errors, warnings, value } = validateDocument('AnalysisTemplate', document);
    expect([errors, lines(warnings)]).toEqual([
      [],
      ['__proto__', 'constructor', 'toString'].map((field) => `spec.${field}: unknown field: it is ignored`),
    ]);
    expect(value?.spec).toEqual({ metrics: [] });
    expect(Object.getPrototypeOf(value?.metadata?.labels)).toBe(Object.prototype);
  });
});

describe('wrong values', () => {
  it.each`
    field                                                        | fault
    ${{ count: [] }}                                             | ${'count: must be a whole number or a string, not a list'}
    ${{ count: 1.5 }}                                            | ${'count: must be a whole number or a string, not a number with a fraction'}
    ${{ count: 3_000_000_000 }}                                  | ${'count: must be a whole number from -2147483648 to 2147483647 or a string, not the number 3000000000'}
    ${{ interval: 5 }}                                           | ${'interval: must be a string, not the number 5: put it in quotes'}
    ${{ successCondition: true }}                                | ${'successCondition: must be a string, not true or false: put it in quotes'}
    ${{ provider: 'prometheus' }}                                | ${'provider: must be an object, not a string'}
    ${{ provider: {} as unknown, name: {} }}                     | ${'name: must be a string, not an object'}
    ${{ provider: { web: {} } }}                                 | ${'provider.web.url: is required'}
    ${{ provider: { web: { url: null } } }}                      | ${'provider.web.url: is required'}
    ${{ provider: { newRelic: { query: 'q', timeout: 'x' } } }}  | ${'provider.newRelic.timeout: must be a whole number, not a string'}
    ${{ provider: { datadog: { apiVersion: 'v3' } } }}           | ${'provider.datadog.apiVersion: must be one of "v1", "v2", not "v3"'}
    ${{ provider: { datadog: { queries: { a: 1 } } } }}          | ${'provider.datadog.queries.a: must be a string, not the number 1: put it in quotes'}
    ${{ provider: { prometheus: { insecure: 'true' } } }}        | ${'provider.prometheus.insecure: must be true or false, not a string'}
    ${{ provider: { prometheus: { headers: [{ key: 'a' }] } } }} | ${'provider.prometheus.headers[0].value: is required'}
    ${{ provider: { prometheus: { headers: [null] } } }}         | ${'provider.prometheus.headers[0]: must be an object, not null'}
  `(
    'are told with their path: $fault',
    ({ field, fault }: { field: Record<string, unknown>; fault: string }) => {
      expect(errorsOf('AnalysisTemplate', metric(field))).toEqual([`spec.metrics[0].${fault}`]);
    },
  );

  it('are all told at once, metric by metric', () => {
    const metrics = Array.from({ length: 11 }, () => ({ name: 1, provider: {} }));
    const errors = errorsOf('AnalysisRun', { kind: 'Rollout', spec: { metrics, args: [{}] } });
    expect(errors).toEqual([
      'kind: must be "AnalysisRun", not "Rollout"',
      'spec.args[0].name: is required',
      ...metrics.map(
        (_, index) => `spec.metrics[${index}].name: must be a string, not the number 1: put it in quotes`,
      ),
    ]);
  });

  it.each([null, undefined, 5, 'text', true, [], [[]]])(
    'are told of a document that is no object: %j',
    (document) => {
      for (const kind of ['AnalysisTemplate', 'AnalysisRun', 'RunRequest', 'MeasurementRequest'] as const) {
        expect(errorsOf(kind, document)).toEqual([
          expect.stringMatching(/^: must be an object, not /) as string,
        ]);
      }
    },
  );

  it('never repeat a text that may be a secret', () => {
    const document = {
      spec: { metrics: 'hunter2', args: [{ name: 'token', value: ['hunter2'] }], terminate: 'hunter2' },
    };
    const { errors } = validateDocument('AnalysisRun', document);
    expect(errors).toHaveLength(3);
    expect(JSON.stringify(errors)).not.toContain('hunter2');
  });

  it('in the status of a run are ignored, as the service writes it anew', () => {
    const { errors, warnings, value } = validateDocument('AnalysisRun', {
      spec: { metrics: [] },
      status: { phase: 'Great' },
    });
    expect(errors).toEqual([]);
    expect(warnings).toEqual([
      {
        path: 'status.phase',
        message: expect.stringMatching(/not "Great" \(the status is ignored\)$/) as string,
      },
    ]);
    expect(value).toEqual({ spec: { metrics: [] } });
  });
});

describe('run requests', () => {
  it('take templates as objects, as bare specs and by name', () => {
    const request = {
      templates: [
        { kind: 'ClusterAnalysisTemplate', spec: {} },
        { spec: { metrics: [] } },
        { templateName: 'error-rate', clusterScope: true },
      ],
      callbacks: [
        { url: 'https://x', events: ['verdict'], headers: { A: 'b' }, secretRef: { name: 's' } },
        { url: 'https://x', headers: [{ key: 'A', value: 'b' }] },
      ],
    };
    expect(validateDocument('RunRequest', request)).toEqual({ errors: [], warnings: [], value: request });
  });

  it('are judged by the form that was meant, without the noise of the others', () => {
    const request = {
      templates: [
        'error-rate',
        { templateName: 5 },
        { kind: 'ClusterAnalysisTemplate', spec: { metrics: [{ name: 'm' }] } },
      ],
      callbacks: [
        { url: 'x', headers: { a: 1 } },
        { url: 'x', headers: [{ key: 'a' }] },
        { url: '', headers: 5, events: ['all'] },
      ],
    };
    expect(errorsOf('RunRequest', request)).toEqual([
      'callbacks[0].headers.a: must be a string, not the number 1: put it in quotes',
      'callbacks[1].headers[0].value: is required',
      'callbacks[2].events[0]: must be one of "verdict", "measurement", not "all"',
      'callbacks[2].headers: must be an object, not the number 5',
      'callbacks[2].url: must not be empty',
      'templates[0]: must be an object, not a string',
      'templates[1].templateName: must be a string, not the number 5: put it in quotes',
      'templates[2].spec.metrics[0].provider: is required',
    ]);
  });
});

describe('hostile documents', () => {
  const nested = (depth: number): unknown => JSON.parse(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`);

  it('nested deeply in an open part are refused before anything recurses into them', () => {
    expect(errorsOf('AnalysisTemplate', metric({ provider: { plugin: { p: nested(5_000) } } }))).toEqual([
      'spec.metrics[0].provider.plugin: nested more than 100 levels deep',
    ]);
  });

  it('nested deeply elsewhere are wrong values like any other', () => {
    expect(errorsOf('AnalysisTemplate', metric({ interval: nested(5_000) }))).toEqual([
      'spec.metrics[0].interval: must be a string, not an object',
    ]);
    expect(validateDocument('AnalysisTemplate', { spec: {}, other: nested(5_000) }).errors).toEqual([]);
  });

  it('with endless faults are answered with the first 200 and the number of the rest', () => {
    const errors = errorsOf('AnalysisTemplate', { spec: { metrics: Array(50_000).fill(1) } });
    expect(errors).toHaveLength(201);
    expect(errors).toContain(': 49800 more errors');
  });

  it('with endless unknown fields are answered with the first 200 and the number of the rest', () => {
    const spec = Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`unknown${index}`, 1]));
    const { warnings } = validateDocument('AnalysisTemplate', { spec });
    expect(warnings).toHaveLength(201);
    expect(lines(warnings)).toContain(': 49800 more unknown fields');
  });

  it('that are too large are refused, also when they only grow by references', () => {
    const shared = Array(1_000).fill({ key: 'a', value: 'b' });
    const metrics = Array(300).fill({ name: 'm', provider: { web: { url: 'x', headers: shared } } });
    expect(errorsOf('AnalysisTemplate', { spec: { metrics } })).toEqual([
      ': too large: more than 200000 values',
    ]);
  });

  test.prop([
    fc.constantFrom<DocumentKind>(
      'AnalysisTemplate',
      'AnalysisRun',
      'RunRequest',
      'MeasurementRequest',
      'Callbacks',
    ),
    fc.jsonValue(),
  ])('of any JSON are answered: either a value or an error', (kind, document) => {
    const { errors, value } = validateDocument(kind, document);
    expect(value === undefined).toBe(errors.length > 0);
  });

  /** JSON that is near the real shapes: known field names over any values. */
  const nearby = fc.letrec<{ node: unknown }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 6 },
      fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null)),
      fc.array(tie('node'), { maxLength: 3 }),
      fc.dictionary(
        fc.constantFrom(
          'spec',
          'metrics',
          'name',
          'provider',
          'prometheus',
          'web',
          'templates',
          'headers',
          'args',
          'kind',
          'metadata',
          'urll',
          '__proto__',
        ),
        tie('node'),
        { maxKeys: 5 },
      ),
    ),
  })).node;

  test.prop([fc.constantFrom<DocumentKind>('AnalysisTemplate', 'AnalysisRun', 'RunRequest'), nearby])(
    'that resemble real ones are answered, and what is accepted stays accepted once cleaned',
    (kind, document) => {
      const { errors, value } = validateDocument(kind, document);
      expect(value === undefined).toBe(errors.length > 0);
      if (value !== undefined)
        expect(validateDocument(kind, value)).toEqual({ errors: [], warnings: [], value });
    },
  );
});
