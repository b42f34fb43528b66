import { describe, expect, it } from 'vitest';
import { lint, type LintOptions } from '../../service/analysis/index.js';
import type { AnalysisTemplateSpec, DryRun, Fault, Metric } from '../../schemas/index.js';
import { metricOf } from './objects.js';

const CONDITION = { successCondition: 'result[0] >= 0.95' };

function lintSpec(spec: AnalysisTemplateSpec, options?: LintOptions) {
  return lint({ kind: 'AnalysisTemplate', spec }, options);
}

function errorsOf(metric: Partial<Metric>, spec: AnalysisTemplateSpec = {}): readonly Fault[] {
  return lintSpec({ metrics: [metricOf({ ...CONDITION, ...metric })], ...spec }).errors;
}

function warningsOf(metric: Partial<Metric>): readonly Fault[] {
  return lintSpec({ metrics: [metricOf(metric)] }).warnings;
}

describe('lint', () => {
  it('finds nothing wrong with a sound template and says what it measures', () => {
    const spec = {
      args: [{ name: 'svc' }, { name: 'step', value: '30s' }],
      metrics: [
        metricOf({
          ...CONDITION,
          interval: '{{args.step}}',
          count: 3,
          failureLimit: 1,
          provider: { prometheus: { query: 'up{s="{{args.svc}}"}' } },
        }),
      ],
      dryRun: [{ metricName: 'm' }],
    };
    expect(lintSpec(spec)).toEqual({
      valid: true,
      errors: [],
      warnings: [],
      metrics: [{ name: 'm', provider: 'prometheus', interval: '30s', count: 3, dryRun: true }],
    });
  });

  it.each`
    metric                                                             | path                                           | message
    ${{ interval: '1d' }}                                              | ${'spec.metrics[0].interval'}                  | ${'invalid interval string: time: unknown unit "d" in duration "1d"'}
    ${{ initialDelay: '60' }}                                          | ${'spec.metrics[0].initialDelay'}              | ${'invalid startDelay string: time: missing unit in duration "60"'}
    ${{ count: 2 }}                                                    | ${'spec.metrics[0].interval'}                  | ${'interval must be specified when count > 1'}
    ${{ provider: {} }}                                                | ${'spec.metrics[0].provider'}                  | ${'no provider specified'}
    ${{ provider: { prometheus: { query: 'q' }, web: { url: 'u' } } }} | ${'spec.metrics[0].provider'}                  | ${'multiple providers specified'}
    ${{ provider: { prometheus: { query: 'up{{args.x}}' } } }}         | ${'spec.metrics[0].provider.prometheus.query'} | ${'failed to resolve {{args.x}}'}
    ${{ provider: { prometheus: { query: 'up{{args.x' } } }}           | ${'spec.metrics[0].provider.prometheus.query'} | ${'"{{" has no "}}": up{{args.x'}
    ${{ provider: { prometheus: { query: 'up{{ $labels.x }}' } } }}    | ${'spec.metrics[0].provider.prometheus.query'} | ${'failed to resolve {{ $labels.x }}: only arguments, {{args.<name>}}, can be filled in'}
    ${{ successCondition: 'result[0] >= ' }}                           | ${'spec.metrics[0].successCondition'}          | ${'unexpected token EOF (1:14)\nresult[0] >= \n             ^\nhint: the condition ends too early. In YAML, # after a space begins a comment: put a condition that has one in quotes'}
    ${{ failureCondition: 'reslt[0] > 1' }}                            | ${'spec.metrics[0].failureCondition'}          | ${'unknown name reslt (1:1)\nreslt[0] > 1\n^\nhint: did you mean result?'}
    ${{ failureLimit: -1 }}                                            | ${'spec.metrics[0].failureLimit'}              | ${'failureLimit and consecutiveSuccessLimit cannot both be disabled'}
  `(
    'says of $metric: $message',
    ({ metric, path, message }: { metric: Partial<Metric>; path: string; message: string }) => {
      expect(errorsOf(metric)).toEqual([{ path, message }]);
    },
  );

  it('suggests the argument that was probably meant', () => {
    const errors = errorsOf({ interval: '{{args.intervall}}' }, { args: [{ name: 'interval' }] });
    expect(errors).toEqual([
      {
        path: 'spec.metrics[0].interval',
        message: 'failed to resolve {{args.intervall}} — did you mean {{args.interval}}?',
      },
    ]);
  });

  it('does not complain of what arguments will decide', () => {
    const open = {
      interval: '{{args.i}}',
      count: '{{args.n}}',
      failureLimit: '{{args.n}}',
      consecutiveSuccessLimit: '{{args.n}}',
      successCondition: "result[0] > {{args.n}} && '{{args.i}}' != ''",
    };
    expect(errorsOf(open, { args: [{ name: 'i' }, { name: 'n' }] })).toEqual([]);
  });

  it('checks with the default values of arguments, or with those that will be given', () => {
    const spec = {
      args: [{ name: 'i', value: '1d' }],
      metrics: [metricOf({ ...CONDITION, interval: '{{args.i}}' })],
    };
    expect(lintSpec(spec).valid).toBe(false);
    expect(lintSpec(spec, { args: [{ name: 'i', value: '1h' }] }).errors).toEqual([]);
  });

  it('names arguments without a value in a run, and in a template when its arguments are given', () => {
    const spec = { args: [{ name: 'a', value: '1' }, { name: 'b' }], metrics: [metricOf(CONDITION)] };
    const missing = [{ path: 'spec.args[1]', message: 'args.b was not resolved' }];
    expect(lint({ kind: 'AnalysisRun', spec }).errors).toEqual(missing);
    expect(lintSpec(spec, { args: [] }).errors).toEqual(missing);
    expect(lintSpec(spec).errors).toEqual([]);
  });

  it('finds names used twice, rules that are no expression, and rules that match nothing', () => {
    const metrics = [metricOf(CONDITION), metricOf(CONDITION)];
    const spec = {
      metrics,
      dryRun: [{ metricName: '*' }],
      measurementRetention: [{ metricName: 'x', limit: 1 }],
    };
    expect(lintSpec(spec).errors).toEqual([
      { path: 'spec.metrics[1].name', message: "duplicate name 'm'" },
      {
        path: 'spec.dryRun[0].metricName',
        message: 'error parsing regexp: missing argument to repetition operator: `*`',
      },
      {
        path: 'spec.measurementRetention[0].metricName',
        message: "measurementRetention[0]: Rule didn't match any metric name(s)",
      },
    ]);
  });

  it.each`
    what                  | rules                                                       | name
    ${'too large a rule'} | ${[{ metricName: 'a{1000}'.repeat(600) }]}                  | ${'m'}
    ${'too many rules'}   | ${Array.from({ length: 100 }, () => ({ metricName: 'x' }))} | ${'m'.repeat(100_000)}
  `('finds $what, which would hold up others', ({ rules, name }: { rules: DryRun[]; name: string }) => {
    const spec = { metrics: [metricOf({ ...CONDITION, name })], dryRun: rules };
    expect(lintSpec(spec).errors).toEqual([
      {
        path: 'spec.dryRun',
        message: 'dryRun: the rules are too many, or too large, to be matched with the metrics',
      },
    ]);
  });

  it('does not look at conditions that are too large together, which would hold up others', () => {
    const pattern = { name: 'pattern', value: 'a{1000}'.repeat(20) };
    const metricsOf = (count: number): Metric[] =>
      Array.from({ length: count }, (_, index) =>
        metricOf({ name: `m${index}`, successCondition: `result matches "${index}{{args.pattern}}"` }),
      );
    expect(lintSpec({ args: [pattern], metrics: metricsOf(100) }).errors).toEqual([
      {
        path: 'spec.metrics',
        message: 'the conditions are too large together: have fewer of them, or smaller patterns',
      },
    ]);
    const small = { ...pattern, value: 'a+' };
    expect(lintSpec({ args: [small], metrics: metricsOf(500) }).metrics).toHaveLength(500);
  });

  it('knows which of hundreds of metrics hundreds of rules match', () => {
    const names = Array.from({ length: 300 }, (_, index) => `metric-${index}`);
    const metrics = names.map((name) => metricOf({ ...CONDITION, name }));
    const dryRun = names.slice(0, 200).map((name) => ({ metricName: `^${name}$` }));
    const report = lintSpec({ metrics, dryRun });
    expect(report.errors).toEqual([]);
    expect(report.metrics.filter((metric) => metric.dryRun).map(({ name }) => name)).toEqual(
      names.slice(0, 200),
    );
  });

  it('demands metrics, unless templates that it does not know may have some', () => {
    expect(lintSpec({}).errors).toEqual([{ path: 'spec.metrics', message: 'no metrics specified' }]);
    expect(lintSpec({ templates: [{ templateName: 'x' }] }).errors).toEqual([]);
  });

  it('follows references: their metrics are measured and their arguments may be used', () => {
    const other = {
      metadata: { name: 'x' },
      spec: { metrics: [metricOf({ name: 'o' })], args: [{ name: 'a' }] },
    };
    const templates = {
      template: (name: string) => (name === 'x' ? other : undefined),
      clusterTemplate: () => undefined,
    };
    const metrics = [metricOf({ ...CONDITION, interval: '{{args.a}}' })];
    const report = lintSpec({ metrics, templates: [{ templateName: 'x' }] }, { templates });
    expect(report).toMatchObject({ errors: [], metrics: [{ name: 'm' }, { name: 'o' }] });
    expect(
      lintSpec({ metrics: [metricOf(CONDITION)], templates: [{ templateName: 'y' }] }, { templates }).errors,
    ).toEqual([{ path: 'spec.templates[0]', message: "AnalysisTemplate 'y' not found" }]);
  });
});

describe('lint warns', () => {
  it('of a metric without any condition, but not of a Job, which judges itself', () => {
    expect(warningsOf({})).toEqual([
      {
        path: 'spec.metrics[0]',
        message:
          'no successCondition and no failureCondition: every measurement is Successful, whatever its value',
      },
    ]);
    expect(warningsOf({ provider: { job: { spec: { template: {} } } } })).toEqual([]);
  });

  it('of a condition that no data would satisfy by accident, and not of one that says so', () => {
    expect(warningsOf({ successCondition: 'all(result, # > 0.9)' })).toMatchObject([
      { path: 'spec.metrics[0]' },
    ]);
    expect(warningsOf({ failureCondition: 'any(result, # > 0.9)' })).toHaveLength(2);
    expect(warningsOf({ successCondition: 'len(result) == 0 || all(result, # > 0.9)' })).toEqual([]);
    expect(warningsOf({ successCondition: 'result[0] > 0.9' })).toEqual([]);
  });

  it.each`
    conditions                                                   | told
    ${{ failureCondition: 'result[0] > 0.05' }}                  | ${/NaN.*isNaN\(result\[0\]\) \|\| …/}
    ${{ successCondition: '!(result[0] > 0.05)' }}               | ${/NaN.*!isNaN\(result\[0\]\) && …/}
    ${{ successCondition: 'count(result, # > 50) <= 1' }}        | ${/empty result.*len\(result\) > 0 && …/}
    ${{ successCondition: 'len(result) < 3 or result[0] != 1' }} | ${/NaN/}
    ${{ failureCondition: 'result > 5' }}                        | ${/NaN/}
  `(
    'that $conditions passes without data',
    ({ told, conditions }: { told: RegExp; conditions: Partial<Metric> }) => {
      expect(warningsOf(conditions).map(({ message }) => message)).toContainEqual(
        expect.stringMatching(told),
      );
    },
  );

  it.each([
    { failureCondition: 'isNaN(result[0]) || result[0] > 0.05' },
    { failureCondition: 'result[0] > 0.05', successCondition: 'result[0] <= 0.05' },
    { successCondition: 'len(result) > 0 && none(result, isNaN(#)) && count(result, # > 50) <= 1' },
    { successCondition: 'date("2024-01-01") < now()' },
  ])('of nothing in %o', (conditions) => {
    expect(warningsOf(conditions)).toEqual([]);
  });

  it('that a web metric passes when the answer is no JSON', () => {
    const provider = { web: { url: 'http://h' } };
    const message =
      'an answer with an empty body is Successful, and so may any page be that is no JSON: no data would pass. Say what is good, e.g. with successCondition: result.status == "ok"';
    const told = [{ path: 'spec.metrics[0]', message }];
    expect(warningsOf({ provider, failureCondition: 'result == "bad"' })).toEqual(told);
    expect(warningsOf({ provider, successCondition: 'result != "bad"' })).toEqual(told);
    expect(warningsOf({ provider, successCondition: 'result.status == "ok"' })).toEqual([]);
  });

  it.each([
    ['true', 'Successful'],
    ['1 > 2 || "result" == ""', 'Failed'],
  ])('that %s does not look at the result', (successCondition, phase) => {
    expect(warningsOf({ successCondition })).toEqual([
      {
        path: 'spec.metrics[0]',
        message: `the conditions do not look at result: every measurement is ${phase}, whatever its value`,
      },
    ]);
  });

  it('of a method that is none of those that are meant, and of a metric without a name', () => {
    const web = { url: 'http://h', method: 'DELETE' };
    expect(warningsOf({ name: '', provider: { web }, successCondition: 'result.ok' })).toEqual([
      { path: 'spec.metrics[0].name', message: 'is empty: results are found by their name' },
      {
        path: 'spec.metrics[0].provider.web.method',
        message: 'DELETE is sent, but a measurement is made again and again: use GET, POST, PUT',
      },
    ]);
    expect(
      warningsOf({ provider: { web: { ...web, method: 'post' } }, successCondition: 'result.ok' }),
    ).toEqual([]);
  });

  it.each(['web', 'prometheus'])('of headers of %s that are the client’s own', (kind) => {
    const headers = [
      { key: 'Host', value: 'other.example' },
      { key: 'X-Scope-OrgID', value: 'shop' },
      { key: 'transfer-encoding', value: 'identity' },
    ];
    const server = kind === 'web' ? { url: 'http://h' } : { address: 'http://h', query: 'up' };
    const path = `spec.metrics[0].provider.${kind}.headers`;
    expect(
      warningsOf({ provider: { [kind]: { ...server, headers } }, successCondition: 'result[0] > 1' }),
    ).toEqual([
      { path: `${path}[0].key`, message: 'Host is set by the client, and not sent as it is here' },
      {
        path: `${path}[2].key`,
        message: 'transfer-encoding is set by the client, and not sent as it is here',
      },
    ]);
  });

  it('of a failureLimit that no number of failures can pass', () => {
    expect(warningsOf({ ...CONDITION, interval: '1m', count: 2, failureLimit: 2 })).toEqual([
      {
        path: 'spec.metrics[0].failureLimit',
        message: 'failureLimit (2) is not less than the number of measurements (2): the metric can not fail',
      },
    ]);
  });

  it('of an inconclusiveLimit that lets a run pass that was never judged', () => {
    expect(warningsOf({ ...CONDITION, inconclusiveLimit: 1 })).toEqual([
      {
        path: 'spec.metrics[0].inconclusiveLimit',
        message:
          'inconclusiveLimit (1) is not less than the number of measurements (1): with all of them Inconclusive the metric is Successful',
      },
    ]);
    expect(warningsOf({ ...CONDITION, interval: '1m', count: 2, inconclusiveLimit: 1 })).toEqual([]);
  });

  it.each(['99999999999999999999', '2147483648', '-2147483649'])(
    'of a failureLimit %s, which no counter holds',
    (text) => {
      const message = `${JSON.stringify(text)} is beyond 2147483647, the largest number that counts`;
      const all = lint({
        kind: 'AnalysisTemplate',
        spec: {
          metrics: [{ name: 'm', ...CONDITION, failureLimit: text, provider: { web: { url: 'http://s' } } }],
        },
      });
      expect(all.warnings).toContainEqual({ path: 'spec.metrics[0].failureLimit', message });
    },
  );

  it.each(['abc', '1e3', '', ' 3'])('of a failureLimit %j, which counts as 0', (text) => {
    expect(warningsOf({ ...CONDITION, failureLimit: text })).toEqual([
      {
        path: 'spec.metrics[0].failureLimit',
        message: `${JSON.stringify(text)} is no whole number and counts as 0: write digits only`,
      },
    ]);
  });

  it('of no number that is one, or that a run fills in', () => {
    const limits = { failureLimit: '+3', consecutiveErrorLimit: '-0', inconclusiveLimit: '{{args.limit}}' };
    const { warnings } = lint({
      kind: 'AnalysisTemplate',
      spec: {
        args: [{ name: 'limit' }],
        metrics: [
          { name: 'm', provider: { prometheus: { query: 'up' } }, interval: '1m', ...CONDITION, ...limits },
        ],
      },
    });
    expect(warnings).toEqual([]);
  });

  it.each(['0s', '-1s', '1ns', '9.9ms'])('of an interval of %s, which is no pause', (interval) => {
    expect(warningsOf({ ...CONDITION, interval })).toEqual([
      {
        path: 'spec.metrics[0].interval',
        message: `${interval} counts as 10ms, which is the least: measurements are taken nearly without a pause. Write one such as 30s`,
      },
    ]);
    for (const long of ['10ms', '1s']) expect(warningsOf({ ...CONDITION, interval: long })).toEqual([]);
  });
});
