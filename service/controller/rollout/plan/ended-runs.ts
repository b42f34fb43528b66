import { fromMoment, isCompleted } from '../../../analysis/index.js';
import type { AnalysisPhase, AnalysisRun, ObjectMeta } from '../../../../schemas/index.js';
import type { Action } from '../types.js';
import { HASH_LABEL } from './names.js';
import { hashOf } from './replica-set.js';
import type { Scene } from './scene.js';

/** How many ended runs of either sort are kept where the Rollout says nothing. */
const KEPT = 5;

/** Ends a run before its time; nothing for one that has ended, or is about to. */
export function terminate(run: AnalysisRun | undefined): readonly Action[] {
  if (run === undefined || run.spec.terminate === true || isCompleted(run.status?.phase ?? '')) return [];
  return [{ kind: 'terminateAnalysisRun', name: run.metadata?.name ?? '' }];
}

/** Runs that the rollout does not wait for: they are ended, and in the end deleted, the oldest first. */
export function endedRunActions(scene: Scene, kept: ReadonlySet<string>): readonly Action[] {
  const others = othersThan(kept, scene.snapshot.analysisRuns);
  return [
    ...others.flatMap(terminate),
    ...surplus(scene, others).map((name): Action => ({ kind: 'deleteAnalysisRun', name })),
  ];
}

/** What measures a version: a run or an experiment. */
interface Measuring {
  readonly metadata?: ObjectMeta;
  readonly status?: { readonly phase?: AnalysisPhase };
}

/** Those that are not about to go and not among the kept ones, the newest first. */
export const othersThan = <Of extends Measuring>(
  kept: ReadonlySet<string>,
  all: readonly Of[],
): readonly Of[] =>
  all
    .filter(({ metadata }) => metadata?.deletionTimestamp === undefined && !kept.has(metadata?.name ?? ''))
    .toSorted(newestFirst);

/** Names of those that are kept no longer: of versions that are gone, and beyond the limits of the Rollout. */
export function surplus({ all, spec }: Scene, newestFirstOthers: readonly Measuring[]): readonly string[] {
  const hashes = new Set(all.map(hashOf));
  const isOrphan = ({ metadata }: Measuring): boolean => !hashes.has(metadata?.labels?.[HASH_LABEL] ?? '');
  const left = newestFirstOthers.filter((each) => !isOrphan(each) && isCompleted(each.status?.phase ?? ''));
  const good = left.filter(({ status }) => status?.phase === 'Successful');
  const bad = left.filter(({ status }) => status?.phase !== 'Successful');
  return [
    ...newestFirstOthers.filter(isOrphan),
    ...good.slice(spec.analysis?.successfulRunHistoryLimit ?? KEPT),
    ...bad.slice(spec.analysis?.unsuccessfulRunHistoryLimit ?? KEPT),
  ].map(({ metadata }) => metadata?.name ?? '');
}

const newestFirst = (one: Measuring, other: Measuring): number =>
  (fromMoment(other.metadata?.creationTimestamp) ?? 0) - (fromMoment(one.metadata?.creationTimestamp) ?? 0) ||
  ((one.metadata?.name ?? '') > (other.metadata?.name ?? '') ? -1 : 1);
