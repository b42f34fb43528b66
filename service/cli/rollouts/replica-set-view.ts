import { fields, readMeta, text } from '../../providers/kubernetes/index.js';
import { at, given, list, maybeNumber, number } from './json.js';
import { type PodView, viewPod } from './pod-view.js';
import { byCreation, isOwned, revisionOf } from './owned.js';

/** What a version is to its Rollout. */
export type VersionTag = 'canary' | 'stable' | 'active' | 'preview' | 'ping' | 'pong';

/** A version of the pods. */
export interface ReplicaSetView {
  readonly name: string;
  readonly createdAtMs: number;
  readonly revision: number;
  readonly status: 'Healthy' | 'Progressing' | 'ReplicaFailure' | 'ScaledDown';
  readonly replicas: number;
  readonly available: number;
  readonly tags: readonly VersionTag[];
  readonly images: readonly string[];
  /** Template of the experiment that it is of; empty: of none. */
  readonly template: string;
  /** When it is to be scaled down, as it is written; empty: it is not. */
  readonly scaleDownDeadline: string;
  /** Oldest first. */
  readonly pods: readonly PodView[];
}

/**
 * The versions of an owner, newest first.
 * @param rollout gives tags to the versions; undefined: the owner is none.
 */
export function viewReplicaSets(
  ownerUid: string,
  rollout: unknown,
  replicaSets: readonly unknown[],
  pods: readonly unknown[],
): readonly ReplicaSetView[] {
  return replicaSets
    .filter((each) => isOwned(each, ownerUid))
    .map((each) => view(each, rollout, pods))
    .sort((one, other) => other.revision - one.revision || (one.name < other.name ? -1 : 1));
}

function view(json: unknown, rollout: unknown, pods: readonly unknown[]): ReplicaSetView {
  const { name, uid, createdAtMs, labels, annotations } = readMeta(at(json, 'metadata'));
  return {
    ...{ name, createdAtMs },
    revision: revisionOf(annotations),
    status: statusOf(json),
    replicas: number(at(json, 'status', 'replicas')),
    available: number(at(json, 'status', 'availableReplicas')),
    tags: rollout === undefined ? [] : tagsOf(rollout, labels['rollouts-pod-template-hash'] ?? ''),
    images: list(at(json, 'spec', 'template', 'spec', 'containers')).map(({ image }) => text(image)),
    template: annotations['experiment.argoproj.io/template-name'] ?? '',
    scaleDownDeadline: annotations['scale-down-deadline'] ?? '',
    pods: pods
      .filter((pod) => isOwned(pod, uid))
      .map(viewPod)
      .sort((one, other) => byCreation(one, other) || (one.name < other.name ? -1 : 1)),
  };
}

function statusOf(json: unknown): ReplicaSetView['status'] {
  const status = fields(at(json, 'status'));
  if (number(at(json, 'metadata', 'generation')) > number(status['observedGeneration'])) return 'Progressing';
  const failure = list(status['conditions']).find(({ type }) => type === 'ReplicaFailure');
  if (failure?.['status'] === 'True') return 'ReplicaFailure';
  const wanted = maybeNumber(at(json, 'spec', 'replicas'));
  if (number(status['availableReplicas']) < (wanted ?? 0)) return 'Progressing';
  return wanted === 0 ? 'ScaledDown' : 'Healthy';
}

function tagsOf(rollout: unknown, hash: string): readonly VersionTag[] {
  const status = fields(at(rollout, 'status'));
  const strategy = fields(at(rollout, 'spec', 'strategy'));
  const isStable = status['stableRS'] === hash;
  if (given(strategy['canary'])) {
    const isCanary = !isStable && status['currentPodHash'] === hash;
    if (!isStable && !isCanary) return [];
    const tag: VersionTag = isStable ? 'stable' : 'canary';
    if (!given(at(strategy['canary'], 'pingPong'))) return [tag];
    const stableIsPing = at(status, 'canary', 'stablePingPong') === 'ping';
    return [tag, stableIsPing === isStable ? 'ping' : 'pong'];
  }
  if (!given(strategy['blueGreen'])) return [];
  const { activeSelector, previewSelector } = fields(status['blueGreen']);
  const tags: VersionTag[] = isStable ? ['stable'] : [];
  if (activeSelector === hash) return [...tags, 'active'];
  return previewSelector === hash ? [...tags, 'preview'] : tags;
}
