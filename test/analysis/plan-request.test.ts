import { describe, expect, it } from 'vitest';
import type { AnalysisTemplate, RunRequest } from '../../schemas/index.js';
import { lintRequest, planRequest, templateSourceOf } from '../../service/analysis/index.js';
import { metricOf } from './objects.js';

const template = (name: string, fields: Partial<AnalysisTemplate> = {}): AnalysisTemplate => ({
  metadata: { name },
  spec: { metrics: [metricOf({ name, successCondition: 'result[0] > 0' })] },
  ...fields,
});
const known = templateSourceOf({
  templates: [
    template('latency'),
    template('all', { spec: { templates: [{ templateName: 'latency' }] } }),
    template('broken', { spec: { templates: [{ templateName: 'gone' }] } }),
  ],
  clusterTemplates: [template('everywhere')].map(({ metadata, spec }) => ({
    ...(metadata === undefined ? {} : { metadata }),
    kind: 'ClusterAnalysisTemplate' as const,
    spec,
  })),
});

function metricsOf(request: RunRequest): readonly string[] {
  const plan = planRequest(request, known);
  if (!plan.ok) throw new Error(JSON.stringify(plan.faults));
  const { templates, clusterTemplates } = plan.ingredients;
  return [...templates, ...clusterTemplates].flatMap(({ spec }) =>
    (spec.metrics ?? []).map(({ name }) => name),
  );
}

describe('planning a run request', () => {
  it('takes templates by name, those they refer to, and those that stand in the request', () => {
    const templates = [
      { templateName: 'all' },
      { templateName: 'everywhere', clusterScope: true },
      template('own', { spec: { templates: [{ templateName: 'latency' }] } }),
    ];
    expect(metricsOf({ templates })).toEqual(['latency', 'everywhere']);
  });

  it('prefers what stands in the request to what is known under the same name', () => {
    const own = template('latency', { spec: { metrics: [metricOf({ name: 'mine' })] } });
    expect(metricsOf({ templates: [{ templateName: 'all' }, own] })).toEqual(['mine']);
  });

  it('tells each entry that leads nowhere, by path', () => {
    const templates = [
      { templateName: 'latency' },
      { templateName: 'nobody' },
      { templateName: 'latency', clusterScope: true },
      { templateName: 'broken' },
      template('own', { spec: { templates: [{ templateName: 'gone' }] } }),
    ];
    expect(planRequest({ templates }, known)).toEqual({
      ok: false,
      faults: [
        { path: 'templates[1].templateName', message: "AnalysisTemplate 'nobody' not found" },
        { path: 'templates[2].templateName', message: "ClusterAnalysisTemplate 'latency' not found" },
        { path: 'templates[3].templateName', message: "AnalysisTemplate 'gone' not found" },
        { path: 'templates[4]', message: "AnalysisTemplate 'gone' not found" },
      ],
    });
    expect(lintRequest({ templates }, known)).toEqual([
      { path: 'templates[4].spec.templates[0]', message: "AnalysisTemplate 'gone' not found" },
    ]);
  });

  it.each([
    [undefined, { generateName: 'latency-', namespace: 'shop' }],
    [{ labels: { app: 'x' } }, { generateName: 'latency-', namespace: 'shop', labels: { app: 'x' } }],
    [
      { name: 'mine', namespace: 'mine' },
      { name: 'mine', namespace: 'mine' },
    ],
  ])(
    'names a run with the metadata %j after its first template, where it says nothing',
    (metadata, expected) => {
      const placed = template('latency', { metadata: { name: 'latency', namespace: 'shop' } });
      const plan = planRequest(
        { templates: [placed], ...(metadata === undefined ? {} : { metadata }) },
        known,
      );
      expect(plan).toMatchObject({ ok: true, ingredients: { metadata: expected } });
    },
  );

  it('gives a run another name than that of a template that no cluster would take', () => {
    const named = template('latency', { metadata: { name: 'P99 latency' } });
    expect(planRequest({ templates: [named] }, known)).toMatchObject({
      ingredients: { metadata: { generateName: 'analysis-' } },
    });
  });
});
