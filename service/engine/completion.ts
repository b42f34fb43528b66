import { expiresAtMs, toMoment, verdictOf } from '../analysis/index.js';
import type { AnalysisRunSpec, AnalysisRunStatus } from '../../schemas/index.js';
import type { Completion } from './ports.js';

/** What an assessment says of a run that ended. */
type Outcome = Pick<AnalysisRunStatus, 'phase' | 'message' | 'runSummary' | 'dryRunSummary'>;

/** When and how a run came to its end. */
interface End {
  readonly nowMs: number;
  readonly retentionMs: number;
  /** Somebody asked for it before the metrics had decided. */
  readonly endedEarly?: boolean;
}

/** The end of a run at `nowMs`, and when it may be forgotten: by its own ttlStrategy, else after `retentionMs`. */
export function completionOf(
  outcome: Outcome,
  spec: AnalysisRunSpec,
  { nowMs, retentionMs, endedEarly = false }: End,
): Completion {
  const verdict = verdictOf(outcome.phase, endedEarly);
  const status: AnalysisRunStatus = {
    ...outcome,
    completedAt: toMoment(nowMs),
    ...(verdict === undefined ? {} : { verdict }),
  };
  return { status, expiresAtMs: expiresAtMs(spec.ttlStrategy, status) ?? nowMs + retentionMs };
}

/** The end of a run whose spec can not be measured, with the reference's message. */
export const invalidRun = (
  message: string,
  nowMs: number,
  retentionMs: number,
  spec: AnalysisRunSpec,
): Completion => completionOf({ phase: 'Error', message }, spec, { nowMs, retentionMs });
