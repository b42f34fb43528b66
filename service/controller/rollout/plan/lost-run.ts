import { fromMoment, isCompleted } from '../../../analysis/index.js';
import type { AnalysisRun } from '../../../../schemas/index.js';
import { isWaiting } from '../../runs/run-status.js';

/** A run that nobody measures. */
export interface Loss {
  /** When the rollout ends because of it, epoch ms. */
  readonly abortAtMs: number;
  readonly reason: string;
}

/**
 * A run that waits for a service that is away, or that nobody has taken: it holds the rollout, and ends it once it has come
 * no further for `limitMs`. Undefined: it goes on, or is over.
 */
export function lossOf({ metadata, status }: AnalysisRun, limitMs: number): Loss | undefined {
  if (isCompleted(status?.phase ?? '')) return undefined;
  const isTaken = (status?.phase ?? '') !== '';
  if (isTaken && !isWaiting({ ...status })) return undefined;
  const measurements = (status?.metricResults ?? []).flatMap((result) => result.measurements ?? []);
  const times = [
    metadata?.creationTimestamp,
    status?.startedAt,
    ...measurements.flatMap(({ startedAt, finishedAt }) => [startedAt, finishedAt]),
  ].map((moment) => fromMoment(moment) ?? 0);
  return {
    abortAtMs: Math.max(...times) + limitMs,
    reason: status?.message ?? 'no controller has taken the AnalysisRun',
  };
}
