import type { AnalysisRunStatus, TTLStrategy } from '../../schemas/index.js';
import { fromMoment } from './moment.js';

/**
 * When a completed run may be deleted, in epoch milliseconds; undefined: never, or it is not complete. The reference
 * compares whole seconds, strictly: with `secondsAfterCompletion: 5` a run is deleted when 6 s have passed.
 */
export function expiresAtMs(ttl: TTLStrategy | undefined, status: AnalysisRunStatus): number | undefined {
  const completedAtMs = fromMoment(status.completedAt);
  if (ttl === undefined || completedAtMs === undefined) return undefined;
  const seconds = secondsToLive(ttl, status.phase);
  return seconds === undefined ? undefined : completedAtMs + Math.max(0, (seconds + 1) * 1000);
}

function secondsToLive(ttl: TTLStrategy, phase: AnalysisRunStatus['phase']): number | undefined {
  if (phase === 'Failed' && ttl.secondsAfterFailure !== undefined) return ttl.secondsAfterFailure;
  if (phase === 'Successful' && ttl.secondsAfterSuccess !== undefined) return ttl.secondsAfterSuccess;
  return ttl.secondsAfterCompletion;
}
