import { describe, expect, it } from 'vitest';
import { ExperimentSimulator, running } from './simulator.js';

const analysis = { name: 'rate', templateName: 'success-rate' };
const required = { ...analysis, requiredForCompletion: true };

describe('the analyses of an experiment', () => {
  it('begin when all pods are there, with the names and hashes of its versions', () => {
    const args = [
      '{{templates.canary.podTemplateHash}}',
      '{{ templates.baseline.replicaset.name }}',
      '{{experiment.availableAt}} {{experiment.finishedAt}}',
    ];
    const cluster = new ExperimentSimulator({
      ...{
        duration: '90s',
        analyses: [{ ...analysis, args: args.map((value, index) => ({ name: `a${index}`, value })) }],
      },
      ...{ dryRun: [{ metricName: 'rate' }], analysisRunMetadata: { labels: { team: 'shop' } } },
    });
    cluster.templates = cluster.templates.map((template) => ({
      ...template,
      spec: { ...template.spec, args: args.map((_value, index) => ({ name: `a${index}` })) },
    }));
    cluster.step();
    expect(cluster.runs).toEqual([]);
    cluster.settle();
    const hash = cluster.replicaSets[1]?.metadata.labels?.['rollouts-pod-template-hash'];
    expect(cluster.runs).toMatchObject([
      {
        metadata: { name: 'race-rate', labels: { team: 'shop' }, ownerReferences: [{ kind: 'Experiment' }] },
        spec: {
          args: [
            { name: 'a0', value: hash },
            { name: 'a1', value: 'race-baseline' },
            { name: 'a2', value: '2026-01-01T00:00:00Z 2026-01-01T00:01:30Z' },
          ],
          dryRun: [{ metricName: 'rate' }],
        },
      },
    ]);
    expect(cluster.experiment.status?.analysisRuns).toEqual([
      { name: 'rate', analysisRun: 'race-rate', phase: 'Pending' },
    ]);
  });

  it.each([
    ['Failed', 'rate was 0'],
    ['Error', 'no server'],
    ['Inconclusive', undefined],
  ] as const)('that end %s end the experiment, and the other analyses with it', (verdict, message) => {
    const cluster = running({ duration: '1h', analyses: [analysis, { ...analysis, name: 'other' }] });
    cluster.judge('race-other', 'Running');
    cluster.judge('race-rate', verdict, message);
    cluster.settle();
    expect(cluster.outcome).toEqual([verdict, message]);
    expect(cluster.events).toContain('AnalysisRunTerminating: Terminating other (race-other)');
    expect(cluster.experiment.status?.analysisRuns).toMatchObject([
      { name: 'rate', phase: verdict },
      { name: 'other', phase: 'Successful', message: 'Run Terminated' },
    ]);
  });

  it('that are required end it early when they are Successful, others do not', () => {
    const cluster = running({ analyses: [required, { ...analysis, name: 'other' }] });
    cluster.judge('race-other', 'Running');
    cluster.settle();
    cluster.judge('race-rate', 'Successful');
    cluster.settle();
    expect(cluster.outcome).toEqual(['Successful', 'Required AnalysisRuns completed']);
    const free = running({ analyses: [analysis] });
    free.judge('race-rate', 'Successful');
    free.settle();
    expect(free.outcome).toEqual(['Running', undefined]);
  });

  it('that are required are waited for beyond its duration, and decide', () => {
    const cluster = running({ duration: '1m', analyses: [required] });
    cluster.judge('race-rate', 'Running');
    cluster.settle();
    cluster.advance(60);
    cluster.settle();
    expect(cluster.outcome[0]).toBe('Running');
    cluster.judge('race-rate', 'Failed', 'rate was 0');
    cluster.settle();
    expect(cluster.outcome).toEqual(['Failed', 'rate was 0']);
  });

  it('that are required do not hold up its end when somebody ends it', () => {
    const cluster = running({ duration: '1h', analyses: [required] });
    cluster.judge('race-rate', 'Running');
    cluster.settle();
    cluster.change({ terminate: true });
    cluster.settle();
    expect(cluster.outcome[0]).toBe('Successful');
  });

  it.each`
    why                          | change                                                   | message
    ${'has no template'}         | ${{ templateName: 'none' }}                              | ${"AnalysisTemplate verification failed for analysis 'rate': AnalysisTemplate 'none' not found"}
    ${'names what there is not'} | ${{ args: [{ name: 'a', value: '{{templates.x.y}}' }] }} | ${"Failed to create AnalysisRun for analysis 'rate': failed to resolve {{templates.x.y}}"}
  `('of which one $why is an Error', ({ change, message }) => {
    const cluster = running({ analyses: [{ ...analysis, ...change }] });
    expect(cluster.outcome).toEqual(['Error', message]);
    expect(cluster.runs).toEqual([]);
  });

  it('that were named but never begun do not hold up the end', () => {
    const cluster = running({ analyses: [required] });
    cluster.runs = [];
    cluster.change({ terminate: true });
    cluster.settle();
    expect(cluster.outcome[0]).toBe('Successful');
    expect(cluster.runs).toEqual([]);
  });

  it('take another name where an older run has theirs', () => {
    const cluster = new ExperimentSimulator({ analyses: [analysis] });
    cluster.taken.add('race-rate');
    cluster.settle();
    expect(cluster.runs.map(({ metadata }) => metadata?.name)).toEqual(['race-rate.1']);
  });

  it('whose run nobody measures, or somebody deletes, are an Error', () => {
    const lost = running({ analyses: [analysis] });
    expect(lost.step().requeueAtMs).toBe(lost.nowMs + 300_000);
    lost.advance(300);
    lost.settle();
    expect(lost.outcome).toEqual([
      'Error',
      "AnalysisRun 'race-rate' was lost: no controller has taken the AnalysisRun",
    ]);
    const deleted = running({ analyses: [analysis] });
    deleted.judge('race-rate', 'Running');
    deleted.settle();
    deleted.runs = [];
    deleted.settle();
    expect(deleted.outcome).toEqual(['Error', "AnalysisRun 'race-rate' not found"]);
  });
});
