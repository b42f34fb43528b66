import { fromMoment, isCompleted } from '../../../analysis/index.js';
import type { AnalysisRun } from '../../../../schemas/index.js';
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
  const { snapshot, spec, all } = scene;
  const others = snapshot.analysisRuns
    .filter(({ metadata }) => metadata?.deletionTimestamp === undefined && !kept.has(metadata?.name ?? ''))
    .toSorted(newestFirst);
  const hashes = new Set(all.map(hashOf));
  const isOrphan = ({ metadata }: AnalysisRun): boolean => !hashes.has(metadata?.labels?.[HASH_LABEL] ?? '');
  const left = others.filter((run) => !isOrphan(run) && isCompleted(run.status?.phase ?? ''));
  const good = left.filter(({ status }) => status?.phase === 'Successful');
  const bad = left.filter(({ status }) => status?.phase !== 'Successful');
  const deleted = [
    ...others.filter(isOrphan),
    ...good.slice(spec.analysis?.successfulRunHistoryLimit ?? KEPT),
    ...bad.slice(spec.analysis?.unsuccessfulRunHistoryLimit ?? KEPT),
  ];
  return [
    ...others.flatMap(terminate),
    ...deleted.map(({ metadata }): Action => ({ kind: 'deleteAnalysisRun', name: metadata?.name ?? '' })),
  ];
}

const newestFirst = (one: AnalysisRun, other: AnalysisRun): number =>
  (fromMoment(other.metadata?.creationTimestamp) ?? 0) - (fromMoment(one.metadata?.creationTimestamp) ?? 0) ||
  ((one.metadata?.name ?? '') > (other.metadata?.name ?? '') ? -1 : 1);
