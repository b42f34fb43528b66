import { describe, expect, it } from 'vitest';
import { buildRun, collectTemplates, type TemplateSource } from '../../service/analysis/index.js';
import type { AnalysisTemplate, AnalysisTemplateSpec, ClusterAnalysisTemplate } from '../../schemas/index.js';
import { metricOf } from './objects.js';

const template = (name: string, spec: AnalysisTemplateSpec = {}): AnalysisTemplate => ({
  metadata: { name },
  spec,
});

function sourceOf(
  templates: readonly AnalysisTemplate[],
  cluster: readonly ClusterAnalysisTemplate[] = [],
): TemplateSource {
  return {
    template: (name) => templates.find(({ metadata }) => metadata?.name === name),
    clusterTemplate: (name) => cluster.find(({ metadata }) => metadata?.name === name),
  };
}

describe('collecting templates', () => {
  it('follows references at any depth, each template once, also in a circle', () => {
    const a = template('a', {
      templates: [{ templateName: 'b' }, { templateName: 'c', clusterScope: true }],
    });
    const b = template('b', { templates: [{ templateName: 'a' }, { templateName: 'd' }] });
    const c: ClusterAnalysisTemplate = {
      metadata: { name: 'c' },
      spec: { templates: [{ templateName: 'd' }] },
    };
    const d = template('d');
    const collected = collectTemplates({ templates: [a], clusterTemplates: [] }, sourceOf([a, b, d], [c]));
    expect(collected).toEqual({ ok: true, templates: [a, b, d], clusterTemplates: [c] });
  });

  it('names the reference that leads nowhere', () => {
    const a = template('a', { templates: [{ templateName: 'gone', clusterScope: true }] });
    expect(collectTemplates({ templates: [a], clusterTemplates: [] }, sourceOf([]))).toEqual({
      ok: false,
      message: "ClusterAnalysisTemplate 'gone' not found",
      ref: { templateName: 'gone', clusterScope: true },
    });
  });
});

describe('building a run', () => {
  it('merges templates, arguments and rules, and keeps the time to live', () => {
    const ttlStrategy = { secondsAfterCompletion: 60 };
    const built = buildRun({
      templates: [
        template('a', {
          metrics: [metricOf({ name: 'x' })],
          args: [{ name: 'svc' }],
          dryRun: [{ metricName: 'x' }],
        }),
      ],
      clusterTemplates: [{ metadata: { name: 'c' }, spec: { metrics: [metricOf({ name: 'y' })] } }],
      args: [
        { name: 'svc', value: 's' },
        { name: 'ignored', value: '1' },
      ],
      dryRun: [{ metricName: 'y' }],
      metadata: { name: 'run' },
      ttlStrategy,
    });
    expect(built).toEqual({
      ok: true,
      run: {
        apiVersion: 'argoproj.io/v1alpha1',
        kind: 'AnalysisRun',
        metadata: { name: 'run' },
        spec: {
          metrics: [metricOf({ name: 'x' }), metricOf({ name: 'y' })],
          args: [{ name: 'svc', value: 's' }],
          dryRun: [{ metricName: 'y' }, { metricName: 'x' }],
          ttlStrategy,
        },
      },
    });
  });

  it('says which argument has no value', () => {
    const templates = [template('a', { metrics: [metricOf()], args: [{ name: 'svc' }] })];
    expect(buildRun({ templates, clusterTemplates: [] })).toEqual({
      ok: false,
      message: 'args.svc was not resolved',
    });
  });
});
