import { describe, expect, it } from 'vitest';
import type { AnalysisTemplate, AnalysisTemplateSpec } from '../../../schemas/index.js';
import { Simulator } from './simulator.js';

type Metric = NonNullable<AnalysisTemplateSpec['metrics']>[number];

const web = { web: { url: 'http://shop/{{args.path}}' } };
const fine: Metric = {
  name: 'up',
  successCondition: 'result > 0.9',
  provider: { prometheus: { query: 'up', address: 'http://p' } },
};
const template = (spec: AnalysisTemplateSpec, name = 'fine'): AnalysisTemplate => ({
  metadata: { name, namespace: 'default' },
  spec,
});

/** What a new Rollout with these templates and this strategy says of itself, without what every message begins with. */
function told(strategy: object, ...templates: readonly AnalysisTemplate[]): string {
  const cluster = new Simulator({ strategy }, ['active']);
  cluster.templates = templates;
  cluster.settle();
  const { phase, message = '' } = cluster.rollout.status ?? {};
  const start = 'InvalidSpec: The Rollout "shop" is invalid: ';
  if (!message.startsWith(start)) return `${phase ?? ''}${message}`;
  expect(cluster.replicaSets).toEqual([]);
  return message.slice(start.length);
}

const templates = [{ templateName: 'fine' }];
const step = (analysis: object = {}) => ({ canary: { steps: [{ analysis: { templates, ...analysis } }] } });
const background = (analysis: object = {}) => ({
  canary: { steps: [], analysis: { templates, ...analysis } },
});
const blueGreen = (kind: string) => ({ blueGreen: { activeService: 'active', [kind]: { templates } } });
const AT_STEP = 'spec.strategy.canary.steps[0].analysis.templates: AnalysisTemplate fine';
const AT_BACKGROUND = 'spec.strategy.canary.analysis.templates: AnalysisTemplate fine';

describe('a Rollout whose analysis can never be measured is told so at once', () => {
  const undeclared = template({ metrics: [{ ...fine, provider: web }] });
  const resolving = 'spec.metrics[0].provider.web.url: failed to resolve {{args.path}}';
  const many = template({
    metrics: [{ ...fine, interval: 'ten minutes', count: 3, successCondition: 'result.ok &&' }],
  });

  it.each([
    ['an argument that nobody declares', step(), undeclared, `${AT_STEP}: ${resolving}`],
    ['the same in the background', background(), undeclared, `${AT_BACKGROUND}: ${resolving}`],
    [
      'several faults, all of them, a line each',
      step(),
      many,
      `${AT_STEP}: spec.metrics[0].interval: invalid interval string: time: invalid duration "ten minutes"; ` +
        `${AT_STEP}: spec.metrics[0].successCondition: unexpected token EOF (1:13) — hint: the condition ends too early. In YAML, # after a space begins a comment: put a condition that has one in quotes`,
    ],
    [
      'a rule of the analysis that no metric matches',
      step({ dryRun: [{ metricName: 'down' }] }),
      template({ metrics: [fine] }),
      "spec.strategy.canary.steps[0].analysis.templates: AnalysisRun: spec.dryRun[0].metricName: dryRun[0]: Rule didn't match any metric name(s)",
    ],
    [
      'an argument whose reference gives runs no value',
      step(),
      template({ args: [{ name: 'x', valueFrom: { fieldRef: { fieldPath: 'a' } } }], metrics: [fine] }),
      'spec.strategy.canary.steps[0].analysis.templates: AnalysisRun: Unable to resolve metric arguments: argument "x" was not supplied',
    ],
  ])('%s', (_what, strategy, given, message) => {
    expect(told(strategy, given)).toBe(message);
  });

  it('names the template that has the fault, and the place in it', () => {
    const both = step({ templates: [{ templateName: 'first' }, { templateName: 'fine' }] });
    expect(told(both, template({ metrics: [{ ...fine, name: 'other' }] }, 'first'), undeclared)).toBe(
      `${AT_STEP}: ${resolving}`,
    );
  });
});

describe('a Rollout whose analysis never ends is told so at once', () => {
  const endless = template({ metrics: [{ ...fine, interval: '10s' }] });
  const indefinitely = 'has metric up which runs indefinitely. Invalid value for count: <nil>';

  it.each([
    ['a step', step(), AT_STEP],
    [
      'what goes before a promotion',
      blueGreen('prePromotionAnalysis'),
      'spec.strategy.blueGreen.prePromotionAnalysis.templates: AnalysisTemplate fine',
    ],
    [
      'what follows a promotion',
      blueGreen('postPromotionAnalysis'),
      'spec.strategy.blueGreen.postPromotionAnalysis.templates: AnalysisTemplate fine',
    ],
  ])('%s', (_what, strategy, at) => {
    expect(told(strategy, endless)).toBe(`${at} ${indefinitely}`);
  });

  it.each([
    ['a limit of failures', { failureLimit: 3 }, '<nil>'],
    ['a limit of successes in a row', { consecutiveSuccessLimit: 3 }, '<nil>'],
    ['a count of none', { count: 0 }, '0'],
    ['a count that is no number', { count: 'many' }, 'many'],
  ])('%s is no end', (_what, limits, count) => {
    expect(told(step(), template({ metrics: [{ ...fine, interval: '10s', ...limits }] }))).toBe(
      `${AT_STEP} has metric up which runs indefinitely. Invalid value for count: ${count}`,
    );
  });

  it('also where it is only tried: the run ends with the last of its metrics', () => {
    const dry = template({ metrics: [{ ...fine, interval: '10s' }], dryRun: [{ metricName: 'up' }] });
    expect(told(step(), dry)).toBe(`${AT_STEP} ${indefinitely}`);
  });

  it('not in the background, which ends with the update', () => {
    expect(told(background(), endless)).toBe('Healthy');
  });
});

describe('a Rollout whose analysis may well be measured is carried out', () => {
  const counted = { ...fine, interval: '{{args.every}}', count: '{{args.times}}' };

  it.each([
    [
      'with the values that it gives',
      [
        { name: 'every', value: '10s' },
        { name: 'times', value: '3' },
      ],
    ],
    [
      'with values that are only known when the run is made',
      [
        { name: 'every', valueFrom: { fieldRef: { fieldPath: "metadata.annotations['every']" } } },
        { name: 'times', valueFrom: { fieldRef: { fieldPath: 'status.replicas' } } },
      ],
    ],
  ])('%s', (_what, args) => {
    const given = template({ args: [{ name: 'every', value: '1m' }, { name: 'times' }], metrics: [counted] });
    expect(told(step({ args }), given)).toBe('Healthy');
  });

  it('with a secret', () => {
    const secret = { name: 'path', valueFrom: { secretKeyRef: { name: 'token', key: 'token' } } };
    expect(told(step(), template({ args: [secret], metrics: [{ ...fine, provider: web }] }))).toBe('Healthy');
  });

  it('with an argument that another one of its templates declares', () => {
    const both = step({ templates: [{ templateName: 'first' }, { templateName: 'fine' }] });
    const first = template(
      { args: [{ name: 'path', value: 'x' }], metrics: [{ ...fine, name: 'a' }] },
      'first',
    );
    expect(told(both, first, template({ metrics: [{ ...fine, provider: web }] }))).toBe('Healthy');
  });
});

it('an argument of a template has a value or a reference to one, where something waits for the run', () => {
  const both = {
    name: 'path',
    value: 'x',
    valueFrom: { secretKeyRef: { name: 'token', key: 'token' } },
  };
  const given = template({ args: [both], metrics: [fine] });
  expect(told(step(), given)).toBe(`${AT_STEP}: arg 'path' has both Value and ValueFrom fields`);
  expect(told(background(), given)).toBe('Healthy');
});

it('a template that becomes faulty keeps no Rollout from being scaled, and tells of it with the next version', () => {
  const cluster = new Simulator({ strategy: step() }, ['active']);
  const status = () => cluster.rollout.status ?? {};
  cluster.templates = [template({ metrics: [fine] })];
  cluster.settle();
  cluster.templates = [template({ metrics: [{ ...fine, interval: 'ten minutes', count: 3 }] })];
  cluster.change({ spec: { replicas: 7 } });
  cluster.settle();
  expect(status()).toMatchObject({ phase: 'Healthy', replicas: 7 });
  cluster.setImage('next');
  cluster.settle();
  expect(status().message).toContain('InvalidSpec');
  expect(Object.values(cluster.pods())).toEqual([7]);
});
