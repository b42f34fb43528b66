import { type AnalysisView, type ExperimentView, viewAnalyses, viewExperiments } from './analysis-view.js';
import { at, given, maybeNumber } from './json.js';
import { type ReplicaSetView, viewReplicaSets } from './replica-set-view.js';
import { type RolloutView, stepIndex, stepsOf, viewRollout } from './rollout-view.js';

/** The objects of a Rollout's namespace, as JSON. */
export interface RolloutObjects {
  readonly rollout: unknown;
  readonly replicaSets: readonly unknown[];
  readonly pods: readonly unknown[];
  readonly analysisRuns: readonly unknown[];
  readonly experiments: readonly unknown[];
}

/** An image that runs, and what its versions are: tags, or `Σ:` and a template of an experiment. */
export interface ImageView {
  readonly image: string;
  readonly tags: readonly string[];
}

/** A revision and what there is of it. */
export interface RevisionView {
  readonly revision: number;
  readonly replicaSets: readonly ReplicaSetView[];
  readonly experiments: readonly ExperimentView[];
  readonly analyses: readonly AnalysisView[];
}

/** A Rollout with all that belongs to it. */
export interface RolloutTree {
  readonly rollout: RolloutView;
  /** Share of the traffic, or of the pods without a router, that the canary has. */
  readonly actualWeight: number;
  /** In the order of their names. */
  readonly images: readonly ImageView[];
  /** Newest first. */
  readonly revisions: readonly RevisionView[];
}

/** Puts what belongs to a Rollout under it. */
export function rolloutTree(objects: RolloutObjects): RolloutTree {
  const rollout = viewRollout(objects.rollout);
  const replicaSets = viewReplicaSets(rollout.uid, objects.rollout, objects.replicaSets, objects.pods);
  const experiments = viewExperiments(rollout.uid, objects);
  const analyses = viewAnalyses(rollout.uid, objects.analysisRuns);
  const all = [...replicaSets, ...experiments, ...analyses].map(({ revision }) => revision);
  return {
    rollout,
    actualWeight: actualWeight(objects.rollout, rollout, replicaSets),
    images: imagesOf(replicaSets, experiments),
    revisions: [...new Set(all)]
      .sort((one, other) => other - one)
      .map((revision) => ({
        revision,
        replicaSets: replicaSets.filter((each) => each.revision === revision),
        experiments: experiments.filter((each) => each.revision === revision),
        analyses: analyses.filter((each) => each.revision === revision),
      })),
  };
}

function actualWeight(json: unknown, rollout: RolloutView, replicaSets: readonly ReplicaSetView[]): number {
  const index = stepIndex(json);
  if (index === undefined || index >= stepsOf(json).length) return rollout.maxWeight;
  if (rollout.available === 0) return 0;
  if (given(at(json, 'spec', 'strategy', 'canary', 'trafficRouting')))
    return maybeNumber(at(json, 'status', 'canary', 'weights', 'canary', 'weight')) ?? rollout.setWeight;
  const canary = replicaSets.find(({ tags }) => tags.includes('canary'));
  return Math.trunc(((canary?.available ?? 0) * rollout.maxWeight) / rollout.available);
}

/** Images of versions that have pods. Tags keep their order unless several versions share an image. */
function imagesOf(
  replicaSets: readonly ReplicaSetView[],
  experiments: readonly ExperimentView[],
): readonly ImageView[] {
  const found = new Map<string, readonly string[]>();
  const add = (
    versions: readonly ReplicaSetView[],
    tagsOf: (of: ReplicaSetView) => readonly string[],
  ): void => {
    for (const version of versions)
      for (const image of version.replicas > 0 ? version.images : []) {
        const known = found.get(image);
        const tags = tagsOf(version);
        found.set(image, known === undefined ? tags : [...new Set([...known, ...tags])].sort());
      }
  };
  add(replicaSets, ({ tags }) => tags);
  for (const experiment of experiments)
    add(experiment.replicaSets, ({ template }) => (template === '' ? [] : [`Σ:${template}`]));
  return [...found]
    .map(([image, tags]) => ({ image, tags }))
    .sort((one, other) => (one.image < other.image ? -1 : 1));
}
