import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { planExperiment } from '../../../service/controller/experiment/plan/index.js';
import type { Experiment } from '../../../schemas/index.js';
import { ExperimentSimulator, podsOf } from './simulator.js';

const FINAL: ReadonlySet<string> = new Set(['Successful', 'Failed', 'Error', 'Inconclusive']);

/** What may happen to an experiment. */
const DEEDS = {
  step: (cluster, number) => {
    watched(cluster, number);
  },
  whole: (cluster) => {
    watched(cluster, Number.POSITIVE_INFINITY);
  },
  pods: (cluster) => {
    cluster.movePods();
  },
  wait: (cluster, number) => {
    cluster.advance(number * 7);
  },
  good: (cluster, number) => {
    judge(cluster, number, 'Successful');
  },
  failed: (cluster, number) => {
    judge(cluster, number, 'Failed');
  },
  unknown: (cluster, number) => {
    judge(cluster, number, 'Inconclusive');
  },
  terminate: (cluster) => {
    cluster.change({ terminate: true });
  },
  lostSet: (cluster, number) => {
    cluster.replicaSets = cluster.replicaSets.filter((_set, index) => index !== number);
  },
  lostService: (cluster, number) => {
    cluster.services = cluster.services.filter((_service, index) => index !== number);
  },
} satisfies Record<string, (cluster: ExperimentSimulator, number: number) => void>;

type Deed = keyof typeof DEEDS;

function judge(
  cluster: ExperimentSimulator,
  number: number,
  phase: 'Successful' | 'Failed' | 'Inconclusive',
): void {
  const run = cluster.runs[number % Math.max(1, cluster.runs.length)];
  if (run !== undefined && !FINAL.has(run.status?.phase ?? ''))
    cluster.judge(run.metadata?.name ?? '', phase);
}

/** One plan, perhaps cut off, with a look at everything that it does. */
function watched(cluster: ExperimentSimulator, upTo: number): void {
  const before = cluster.snapshot();
  const made = planExperiment(before);
  expect(planExperiment(cluster.snapshot())).toEqual(made);
  const { phase = '', availableAt } = before.experiment.status ?? {};
  for (const action of made.actions.slice(0, upTo)) {
    if (FINAL.has(phase))
      expect(['createReplicaSet', 'createService', 'createAnalysisRun']).not.toContain(action.kind);
    if (action.kind === 'createAnalysisRun') {
      expect(availableAt).toBeDefined();
      expect(cluster.runs.map(({ metadata }) => metadata?.name)).not.toContain(action.run.metadata?.name);
    }
    if (action.kind === 'createReplicaSet')
      expect(cluster.replicaSets.map(({ metadata }) => metadata.name)).not.toContain(
        action.replicaSet.metadata.name,
      );
  }
  cluster.step(upTo);
  if (FINAL.has(phase)) expect(cluster.experiment.status?.phase).toBe(phase);
}

const analysis = fc.record({
  name: fc.constantFrom('a', 'b'),
  templateName: fc.constantFrom('success-rate', 'success-rate', 'success-rate', 'none'),
  requiredForCompletion: fc.boolean(),
});
const spec: fc.Arbitrary<Partial<Experiment['spec']>> = fc.record({
  templates: fc
    .uniqueArray(fc.tuple(fc.constantFrom('x', 'y'), fc.constantFrom('v1', 'v2', 'bad'), fc.boolean()), {
      minLength: 1,
      selector: ([name]) => name,
    })
    .map((all) =>
      all.map(([name, image, served]) => ({ ...podsOf(name, image), ...(served ? { service: {} } : {}) })),
    ),
  analyses: fc.uniqueArray(analysis, { selector: ({ name }) => name }),
  duration: fc.constantFrom('', '30s', '2m'),
  scaleDownDelaySeconds: fc.constantFrom(0, 5),
  progressDeadlineSeconds: fc.constantFrom(20, 600),
});
const deeds = fc.array(
  fc.tuple(
    fc.constantFrom<Deed[]>(...(Object.keys(DEEDS) as Deed[]), 'step', 'whole', 'pods', 'whole', 'pods'),
    fc.nat({ max: 6 }),
  ),
  { maxLength: 40 },
);

describe('an experiment, whatever happens to it', () => {
  test.prop([spec, deeds])(
    'begins nothing twice, keeps its outcome, and leaves no pods behind',
    (given, done) => {
      const cluster = new ExperimentSimulator(given);
      for (const [deed, number] of done) DEEDS[deed](cluster, number);
      // Somebody ends it, and nobody waits for a run that nobody measures.
      cluster.change({ terminate: true });
      for (const wait of [1, 301, 6]) {
        cluster.settle();
        cluster.advance(wait);
      }
      cluster.settle();
      expect(FINAL.has(cluster.experiment.status?.phase ?? '')).toBe(true);
      expect(Object.values(cluster.pods()).filter((replicas) => replicas > 0)).toEqual([]);
      expect(cluster.services).toEqual([]);
      expect(cluster.runs.filter(({ status }) => !FINAL.has(status?.phase ?? ''))).toEqual([]);
      expect(cluster.step().actions).toEqual([]);
    },
  );

  test.prop([spec, fc.integer({ min: 1, max: 4 })])(
    'comes to the same state however often its controller ends',
    (given, upTo) => {
      const [whole, cut] = [new ExperimentSimulator(given), new ExperimentSimulator(given)];
      for (const wait of [6, 1]) {
        whole.settle();
        cut.settle(upTo);
        for (const cluster of [whole, cut]) cluster.advance(wait);
      }
      expect(cut.outcome).toEqual(whole.outcome);
      expect(used(cut)).toEqual(used(whole));
      expect(cut.runs).toEqual(whole.runs);
      expect(cut.services).toEqual(whole.services);
    },
  );
});

/** ReplicaSets with pods. One that is ended early may have none, or not be there. */
const used = (cluster: ExperimentSimulator): object =>
  Object.fromEntries(Object.entries(cluster.pods()).filter(([, replicas]) => replicas > 0));
