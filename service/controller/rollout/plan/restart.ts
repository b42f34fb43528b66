import type { Action, Pod } from '../types.js';
import { fromMoment } from '../../../analysis/index.js';
import { momentMs } from './moments.js';
import { sizeOf, total } from './replica-set.js';
import type { Scene } from './scene.js';
import { surgeOf } from './surge.js';

/** A pod whose eviction was refused is asked for again after so long, ms. */
const RETRY_MS = 30_000;

/** What is to be done for `restartAt`. */
export interface RestartPlan {
  readonly actions: readonly Action[];
  /** For the status: when all pods are newer than it was asked for. */
  readonly restartedAt?: string | undefined;
  /** Pods are going away: how many are available is not known. */
  readonly isUnderWay: boolean;
  readonly requeueAtMs?: number;
}

/** Pods that are older than `restartAt` are evicted, as many at once as may be missing, and at least one. */
export function planRestart(scene: Scene): RestartPlan {
  const { spec, status, snapshot, replicas, all, nowMs } = scene;
  const { restartAt } = spec;
  const before = status.restartedAt;
  if (restartAt === undefined || (before !== undefined && momentMs(before) === momentMs(restartAt)))
    return { actions: [], restartedAt: before, isUnderWay: false };
  const atMs = momentMs(restartAt);
  if (nowMs < atMs) return { actions: [], restartedAt: before, isUnderWay: false, requeueAtMs: atMs };
  const old = snapshot.pods.filter((pod) => createdMs(pod) < atMs).toSorted(byRank(scene));
  if (old.length === 0) return { actions: [], restartedAt: restartAt, isUnderWay: false };
  const available = snapshot.pods.filter((pod) => pod.isAvailable && !isGoing(pod)).length;
  const least = Math.max(replicas, total(all, sizeOf)) - Math.max(1, surgeOf(scene).unavailable);
  const evicted = old.filter((pod) => !isGoing(pod)).slice(0, Math.max(0, available - least));
  return {
    actions: evicted.map(({ metadata }) => ({ kind: 'evictPod', name: metadata.name ?? '' })),
    restartedAt: before,
    isUnderWay: evicted.length > 0,
    requeueAtMs: nowMs + RETRY_MS,
  };
}

const createdMs = ({ metadata }: Pod): number => fromMoment(metadata.creationTimestamp) ?? 0;
const isGoing = ({ metadata }: Pod): boolean => metadata.deletionTimestamp !== undefined;

/** Pods of the stable version first, then those of the new one. */
function byRank({ stableSet, newSet }: Scene): (one: Pod, other: Pod) => number {
  const ranks = [stableSet?.metadata.uid, newSet?.metadata.uid];
  const rank = ({ metadata }: Pod): number => {
    const index = ranks.findIndex(
      (uid) => uid !== undefined && metadata.ownerReferences?.some((owner) => owner.uid === uid),
    );
    return index < 0 ? ranks.length : index;
  };
  return (one, other) =>
    rank(one) - rank(other) || ((one.metadata.name ?? '') < (other.metadata.name ?? '') ? -1 : 1);
}
