import type { AnalysisPhase, MetricResult, Verdict } from '../../../schemas/index.js';

/** The percentages of traffic that a canary is given, one after the other. */
export const STEPS: readonly number[] = [10, 25, 50, 100];

/** What Assay thinks of a canary. */
export interface Judgement {
  readonly verdict: Verdict;
  readonly phase: AnalysisPhase;
  /** Why, when it is not good. */
  readonly message?: string;
  readonly metrics: readonly MetricResult[];
}

/** How a rollout ended. */
export type RolloutEnd =
  | { readonly kind: 'promoted' }
  | { readonly kind: 'rolledBack'; readonly atPercent: number; readonly judgement: Judgement };

/** What the driver of a rollout works with. */
export interface RolloutMeans {
  /** Gives the canary this percentage of the traffic. */
  readonly shift: (percent: number) => void;
  /** Answers when there is a verdict on the canary at this percentage. Rejects when none comes. */
  readonly judge: (percent: number) => Promise<Judgement>;
}

/**
 * Gives a canary more and more traffic, and moves only by a verdict: `promote` is the next step, anything else takes
 * all traffic back, and so does a verdict that does not come, which is thrown on.
 */
export async function rollOut({ shift, judge }: RolloutMeans): Promise<RolloutEnd> {
  let promoted = false;
  try {
    for (const percent of STEPS) {
      shift(percent);
      const judgement = await judge(percent);
      if (judgement.verdict !== 'promote') return { kind: 'rolledBack', atPercent: percent, judgement };
    }
    promoted = true;
    return { kind: 'promoted' };
  } finally {
    if (!promoted) shift(0);
  }
}
