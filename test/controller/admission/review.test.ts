import { describe, expect, it } from 'vitest';
import { review } from '../../../service/controller/admission/review.js';

const API = { apiVersion: 'argoproj.io/v1alpha1' };
const metric = (more: object = {}): object => ({
  ...{ name: 'rate', successCondition: 'result[0] > 0.9' },
  provider: { prometheus: { address: 'http://prometheus:9090', query: 'up' } },
  ...more,
});
const template = (metrics: readonly object[], kind = 'AnalysisTemplate'): object => ({
  ...{ ...API, kind, metadata: { name: 'success-rate', namespace: 'shop' }, spec: { metrics } },
});
const run = (spec: object, metadata: object = {}): object => ({
  ...{ ...API, kind: 'AnalysisRun', metadata: { name: 'r', namespace: 'shop', ...metadata }, spec },
});
const rollout = (spec: object): object => ({
  ...{ ...API, kind: 'Rollout', metadata: { name: 'shop', namespace: 'shop' } },
  spec: {
    selector: { matchLabels: { app: 'shop' } },
    template: { metadata: { labels: { app: 'shop' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
    ...spec,
  },
});

const pods = (name: string, matchLabels: object = { app: 'shop' }): object => ({
  ...{ name, selector: { matchLabels } },
  template: { metadata: { labels: { app: 'shop' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
});
const experiment = (templates: readonly object[], more: object = {}): object => ({
  ...{ ...API, kind: 'Experiment', metadata: { name: 'race', namespace: 'shop' } },
  spec: { templates, ...more },
});

/** The response to a review of an object. */
function judge(object: object, more: object = {}): Readonly<Record<string, unknown>> {
  const { kind = '' } = object as { kind?: string };
  const request = { uid: 'u-1', kind: { kind }, operation: 'CREATE', object, namespace: 'shop', ...more };
  const reviewed = review({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request });
  expect(reviewed?.answer).toMatchObject({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' });
  return reviewed?.answer['response'] as Readonly<Record<string, unknown>>;
}
const causes = (response: Readonly<Record<string, unknown>>): readonly string[] => {
  const { details } = response['status'] as { details: { causes: { field: string; message: string }[] } };
  return details.causes.map(({ field, message }) => `${field}: ${message}`);
};
const update = (oldObject: object) => ({ operation: 'UPDATE', oldObject });

describe('a review', () => {
  it('allows what is right, with the id of the question', () => {
    for (const object of [
      template([metric()]),
      template([metric()], 'ClusterAnalysisTemplate'),
      run({ metrics: [metric()] }),
      rollout({ strategy: { canary: { steps: [{ setWeight: 20 }, { pause: {} }] } } }),
      experiment([pods('a')]),
      { ...API, kind: 'Other', spec: { whatever: 1 } },
    ])
      expect(judge(object)).toEqual({ uid: 'u-1', allowed: true });
  });

  it('refuses a template with every fault and its path', () => {
    const response = judge(
      template([
        metric({ interval: 'ten minutes', successCondition: 'result[0] >' }),
        metric({ count: 3 }),
        { name: 'none', provider: {} },
      ]),
    );
    expect(response).toMatchObject({ uid: 'u-1', allowed: false, status: { code: 422, reason: 'Invalid' } });
    expect(causes(response)).toEqual([
      expect.stringMatching(/^spec\.metrics\[0\]\.interval: invalid interval string: /),
      expect.stringMatching(/^spec\.metrics\[0\]\.successCondition: unexpected token EOF \(1:12\)\n/),
      'spec.metrics[1].interval: interval must be specified when count > 1',
      'spec.metrics[2].provider: no provider specified',
      "spec.metrics[1].name: duplicate name 'rate'",
    ]);
    const { message } = response['status'] as { message: string };
    expect(message).toMatch(
      /^AnalysisTemplate "success-rate" is invalid: 5 faults: spec\.metrics\[0\]\.interval: /,
    );
    expect(message).toContain("; spec.metrics[1].name: duplicate name 'rate'");
  });

  it('refuses what has fields that nobody knows with all its other faults as well', () => {
    const broken = metric({ intervall: '5m', count: 2, successCondition: 'result[0] >' });
    const faults = [
      'spec.metrics[0].intervall: unknown field: did you mean `interval`?',
      expect.stringMatching(/^spec\.metrics\[0\]\.successCondition: unexpected token EOF \(1:12\)\n/),
    ];
    expect(causes(judge(template([broken])))).toEqual(faults);
    expect(causes(judge(run({ metrics: [broken] })))).toEqual(faults);
    const canary = { stepz: [], steps: [{ setWeight: 120 }] };
    expect(causes(judge(rollout({ replicaz: 2, strategy: { canary: { maxSurg: 1, ...canary } } })))).toEqual([
      'spec.replicaz: unknown field: did you mean `replicas`?',
      'spec.strategy.canary.maxSurg: unknown field: did you mean `maxSurge`?',
      'spec.strategy.canary.steps[0].setWeight: SetWeight needs to be between 0 and 100',
    ]);
  });

  it('does not ask for templates that may be applied later', () => {
    const object = { ...API, kind: 'AnalysisTemplate', metadata: { name: 't' } };
    const spec = { templates: [{ templateName: 'not-there-yet' }] };
    expect(judge({ ...object, spec })).toEqual({ uid: 'u-1', allowed: true });
  });

  it('refuses a run for what the service would refuse it for', () => {
    const annotations = { 'assay.dev/callbacks': '[{"url": "ftp://x"}]' };
    const spec = { args: [{ name: 'missing' }], metrics: [metric()] };
    expect(causes(judge(run(spec, { annotations })))).toEqual([
      "metadata.annotations['assay.dev/callbacks'][0].url: must be an absolute http or https URL",
      'spec.args[0]: args.missing was not resolved',
    ]);
  });

  it('refuses a Rollout for what its condition InvalidSpec would say, whatever else is in its cluster', () => {
    const canary = {
      ...{ stableService: 'not-there-yet', canaryService: 'nor-this' },
      trafficRouting: { nginx: { stableIngress: 'nor-that' } },
      steps: [
        { setWeight: 120 },
        { setWeight: 1, pause: {} },
        { analysis: { templates: [{ templateName: 'x' }] } },
      ],
    };
    expect(causes(judge(rollout({ minReadySeconds: -1, strategy: { canary } })))).toEqual([
      'spec.minReadySeconds: must be greater than or equal to 0',
      'spec.strategy.canary.steps[0].setWeight: SetWeight needs to be between 0 and 100',
      expect.stringContaining('spec.strategy.canary.steps[1]: Step must have only one of'),
    ]);
  });

  it('refuses an Experiment with every fault and its path', () => {
    expect(causes(judge(experiment([pods('a'), pods('a', {})], { duration: '5 minutes' })))).toEqual([
      'spec.templates[1].selector: This experiment is selecting all pods at index 1. A non-empty selector is required.',
      "spec.templates[1].name: Experiment race has repeated template name 'a' in templates",
      "spec.duration: must be a Go duration such as 30s or 5m, not '5 minutes'",
    ]);
    expect(causes(judge({ ...experiment([]), spec: {} }))).toEqual(['spec.templates: is required']);
  });

  it('takes the pods of a workloadRef for those of the workload', () => {
    const workloadRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'not-there-yet' };
    const object = rollout({ workloadRef, strategy: { canary: {} } });
    const {
      selector: _selector,
      template: _template,
      ...spec
    } = (object as { spec: Record<string, unknown> }).spec;
    expect(judge({ ...object, spec })).toMatchObject({ allowed: true });
  });

  it('warns of what is probably not meant, in lines of what the API server shows', () => {
    const response = judge(template([metric({ successCondition: '' })]));
    expect(response).toMatchObject({ allowed: true });
    const warnings = response['warnings'] as readonly string[];
    expect(warnings.length).toBeGreaterThan(0);
    for (const warning of warnings) expect(warning).toMatch(/^spec\.metrics\[0\][^\n]{1,240}$/);
  });

  it('does not judge what is not changed, so that a faulty object can be labelled, stopped and deleted', () => {
    const faulty = run({ metrics: [metric({ interval: 'ten minutes' })] });
    const { spec } = faulty as { spec: object };
    const labelled = run(spec, { labels: { a: 'b' } });
    expect(judge(labelled, update(faulty))).toMatchObject({ allowed: true });
    expect(judge(run({ ...spec, terminate: true }), update(faulty))).toMatchObject({ allowed: true });
    const leaving = run({ ...spec, args: [{ name: 'x' }] }, { deletionTimestamp: '2026-01-01T00:00:00Z' });
    expect(judge(leaving, update(faulty))).toMatchObject({ allowed: true });
    expect(judge(faulty, { operation: 'DELETE' })).toMatchObject({ allowed: true });
    expect(judge(run({ ...spec, args: [] }), update(faulty))).toMatchObject({ allowed: false });
    const broken = rollout({ strategy: {} });
    const { spec: shape } = broken as { spec: object };
    expect(judge(rollout({ ...shape, paused: true }), update(broken))).toMatchObject({ allowed: true });
    expect(judge(rollout({ ...shape, replicas: 2 }), update(broken))).toMatchObject({ allowed: false });
  });

  it('warns of the faults that an unchanged object has, and of nothing else', () => {
    const faulty = template([metric({ interval: 'ten minutes', successCondition: 'result[0] >' })]);
    const response = judge(faulty, update(faulty));
    expect(response).toMatchObject({ allowed: true });
    expect(response['warnings']).toEqual([
      'spec.metrics[0].interval: invalid interval string: time: invalid duration "ten minutes"',
      expect.stringMatching(/^spec\.metrics\[0\]\.successCondition: unexpected token EOF \(1:12\)/),
    ]);
    const meant = template([metric({ successCondition: '' })]);
    expect(judge(meant, update(meant))).toEqual({ uid: 'u-1', allowed: true });
  });

  it('warns that a change of a run that goes on has no effect', () => {
    const made = { metrics: [metric()] };
    const changed = { metrics: [metric({ count: 1 })] };
    const after = (spec: object, phase: string): unknown => {
      const before = { ...run(made), status: { phase } };
      return judge({ ...run(spec), status: { phase } }, update(before))['warnings'];
    };
    const warning =
      'spec: the run is measured as it was handed over: only terminate and ttlStrategy are looked at; delete it and create it anew';
    expect(after(changed, 'Running')).toContain(warning);
    expect(after(changed, '')).toContain(warning);
    for (const spec of [made, { ...made, terminate: true }, { ...made, ttlStrategy: {} }])
      expect(after(spec, 'Running') ?? []).not.toContain(warning);
    expect(after(changed, 'Failed') ?? []).not.toContain(warning);
  });

  it('names an object that is to be given a name by its prefix', () => {
    const object = run({ metrics: [] }, { name: undefined, generateName: 'smoke-' });
    const { message } = judge(object)['status'] as { message: string };
    expect(message).toBe('AnalysisRun "smoke-" is invalid: spec.metrics: no metrics specified');
  });

  it('is nothing else', () => {
    for (const json of [null, 3, {}, { kind: 'AdmissionReview', request: {} }, { request: { uid: 'u' } }])
      expect(review(json)).toBeUndefined();
  });
});
