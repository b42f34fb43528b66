import type { AnalysisPhase, Verdict } from '../../schemas/index.js';

/** Whether a phase is final: Successful, Failed, Error or Inconclusive. Any other text counts as going on. */
export function isCompleted(phase: AnalysisPhase): boolean {
  return phase === 'Successful' || phase === 'Failed' || phase === 'Error' || phase === 'Inconclusive';
}

/** Badness by phase. A phase that is not listed, such as the empty one, ranks with Successful, as in the reference. */
const BADNESS: Readonly<Partial<Record<AnalysisPhase, number>>> = {
  Successful: 0,
  Running: 1,
  Pending: 2,
  Inconclusive: 3,
  Error: 4,
  Failed: 5,
};

/** Whether `candidate` is strictly worse than `current`: Failed > Error > Inconclusive > Pending > Running > Successful. */
export function isWorse(current: AnalysisPhase, candidate: AnalysisPhase): boolean {
  return (BADNESS[candidate] ?? 0) > (BADNESS[current] ?? 0);
}

/** The worse of two phases; the first on a tie. */
export function worstOf(left: AnalysisPhase, right: AnalysisPhase): AnalysisPhase {
  return isWorse(left, right) ? right : left;
}

/**
 * What a run's phase says about the release; undefined while the run goes on.
 * @param endedEarly somebody ended the run before its metrics had decided. It is Successful then unless something went
 *   wrong so far, as in the reference, maybe without a single measurement: that promotes nothing (docs/decisions/0007).
 */
export function verdictOf(phase: AnalysisPhase, endedEarly = false): Verdict | undefined {
  switch (phase) {
    case 'Successful':
      return endedEarly ? 'hold' : 'promote';
    case 'Failed':
    case 'Error':
      return 'rollback';
    case 'Inconclusive':
      return 'hold';
    case '':
    case 'Pending':
    case 'Running':
      return undefined;
  }
}
