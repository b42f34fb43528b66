import { describe, expect, it } from 'vitest';
import type { RolloutArgument } from '../../../schemas/index.js';
import { podTemplateHash } from '../../../service/controller/rollout/pod-template/pod-template-hash.js';
import { Simulator, templateOf } from './simulator.js';

/** The arguments of the run that an analysis with these makes, after v1 was followed by v2; or why there is none. */
function argumentsOf(args: readonly RolloutArgument[]): unknown {
  const analysis = { templates: [{ templateName: 'success-rate' }], args };
  const cluster = new Simulator({ strategy: { canary: { steps: [{ setWeight: 25 }, { analysis }] } } });
  cluster.templates = cluster.templates.map((template) => ({
    ...template,
    spec: { ...template.spec, args: args.map(({ name }) => ({ name, value: 'of the template' })) },
  }));
  cluster.change({
    metadata: { labels: { region: 'eu', 'example.com/team': 'pay' }, annotations: { 'a.b/c': 'noted' } },
  });
  cluster.settle();
  cluster.setImage('v2');
  cluster.settle();
  const [run] = cluster.runs;
  return run?.spec.args ?? cluster.rollout.status;
}

const field = (fieldPath: string): readonly RolloutArgument[] => [
  { name: 'x', valueFrom: { fieldRef: { fieldPath } } },
];

describe('the arguments of a run that a Rollout makes', () => {
  it('are given as values: nothing is left to be looked up by whoever measures', () => {
    expect(
      argumentsOf([
        { name: 'latest', valueFrom: { podTemplateHashValue: 'Latest' } },
        { name: 'stable', valueFrom: { podTemplateHashValue: 'Stable' } },
        { name: 'plain', value: 'given' },
        { name: 'named' },
      ]),
    ).toEqual([
      { name: 'latest', value: podTemplateHash(templateOf('v2'), undefined) },
      { name: 'stable', value: podTemplateHash(templateOf('v1'), undefined) },
      { name: 'plain', value: 'given' },
      // As Argo Rollouts fills it (BuildArgumentsForRolloutAnalysisRun): what is named is not left to the template.
      { name: 'named', value: '' },
    ]);
  });

  it.each`
    path                                         | value
    ${'metadata.name'}                           | ${'shop'}
    ${'metadata.namespace'}                      | ${'default'}
    ${'metadata.uid'}                            | ${'u-1'}
    ${"metadata.labels['region']"}               | ${'eu'}
    ${"metadata.labels['example.com/team']"}     | ${'pay'}
    ${"metadata.annotations['a.b/c']"}           | ${'noted'}
    ${"metadata.labels['absent']"}               | ${''}
    ${'spec.replicas'}                           | ${'4'}
    ${'spec.strategy.canary.steps[0].setWeight'} | ${'25'}
    ${'spec.template.spec.containers[0].image'}  | ${'v2'}
    ${'status.stableRS'}                         | ${podTemplateHash(templateOf('v1'), undefined)}
    ${'status.conditions[0].status'}             | ${'True'}
  `('may come from $path', ({ path, value }: { path: string; value: string }) => {
    expect(argumentsOf(field(path))).toEqual([{ name: 'x', value }]);
  });

  it.each`
    path                                         | reason
    ${'spec.strategy.canary.steps'}              | ${'spec.strategy.canary.steps of the Rollout must be a single value'}
    ${'status.canary.nothing'}                   | ${'the Rollout has no status.canary.nothing'}
    ${'spec.strategy.canary.steps[9].setWeight'} | ${'the Rollout has no spec.strategy.canary.steps[9].setWeight'}
  `(
    'that can not come from $path are no run, and the Rollout says why',
    ({ path, reason }: Record<string, string>) => {
      expect(JSON.stringify(argumentsOf(field(path ?? '')))).toContain(`argument 'x': ${reason ?? ''}`);
    },
  );
});
