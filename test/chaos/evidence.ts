import type { AnalysisRun } from '../../schemas/index.js';
import type { PlannedRun } from './scenario.js';

/** A question that a provider was asked. */
export interface Asked {
  readonly number: number;
  readonly atMs: number;
  /** It was not answered in time. */
  readonly hung: boolean;
}

/** A call of a callback. */
export interface Told {
  readonly webhookId: string;
  readonly verdict: string | undefined;
}

/** A fault and its time. */
export interface Outage {
  readonly fault: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** Nobody could measure meanwhile. */
  readonly excuses: boolean;
}

/** What was seen of one run, from outside. */
export interface RunEvidence {
  readonly planned: PlannedRun;
  readonly acceptedAtMs: number;
  readonly endedAtMs: number;
  /** As the API answers; undefined: it does not know it. */
  readonly run: AnalysisRun | undefined;
  /** By name of the metric. */
  readonly asked: ReadonlyMap<string, readonly Asked[]>;
  readonly told: readonly Told[];
}

/** Sizes before the first run and after the last was deleted. */
export interface Sizes {
  readonly redisKeys: number;
  readonly redisBytes: number;
  readonly apiRssBytes: number;
}

/** All that was seen. */
export interface Evidence {
  readonly runs: readonly RunEvidence[];
  readonly outages: readonly Outage[];
  /** Answers of the API that no fault explains, e.g. `500 PUT`. */
  readonly badAnswers: readonly string[];
  readonly before: Sizes;
  readonly after: Sizes;
}
