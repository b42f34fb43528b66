import type { AnalysisRun, Metric } from '../../schemas/index.js';
import type { Random } from './random.js';

/** What becomes of a version, and so of the run that judges it. */
const KINDS = ['good', 'bad', 'breaks', 'unsure', 'slow'] as const;
export type Kind = (typeof KINDS)[number];

/** A run and its right end. */
export interface PlannedRun {
  readonly id: string;
  readonly kind: Kind;
  readonly metrics: number;
  readonly intervalMs: number;
}

/** What each kind has to end with, whatever happens meanwhile. */
export const RIGHT_VERDICT: Readonly<Record<Kind, 'promote' | 'rollback' | 'hold'>> = {
  good: 'promote',
  bad: 'rollback',
  breaks: 'rollback',
  unsure: 'hold',
  slow: 'promote',
};

/** How often each metric has to be measured; `breaks` ends with its third failure, `bad` as well. */
export const COUNT = 8;
/** Failures after which a metric has failed. */
const FAILURE_LIMIT = 2;
/** A version of the kind `breaks` answers well so often. */
const WELL_FOR = 4;
/** A provider that takes longer has not answered, s. */
export const TIMEOUT_S = 2;

/** The runs of a chaos run. */
export function planRuns(count: number, random: Random): readonly PlannedRun[] {
  return Array.from({ length: count }, (_, index) => {
    const kind = KINDS[index % KINDS.length] ?? 'good';
    return {
      ...{ id: `chaos-${index}-${kind}`, kind },
      metrics: kind === 'good' ? random.whole(1, 3) : 1,
      intervalMs: random.whole(400, 1_200),
    };
  });
}

/** What the provider answers to the question number `number` of a series, from 1. */
export function answerOf(kind: Kind, number: number): string {
  const score = { good: 99, slow: 99, bad: 1, breaks: number <= WELL_FOR ? 99 : 1, unsure: 50 }[kind];
  return JSON.stringify({ number, score });
}

/** The run as it is asked for: `providerUrl` measures, `callbackUrl` is told. */
export function requestOf(
  { id, metrics, intervalMs }: PlannedRun,
  { providerUrl, callbackUrl }: { readonly providerUrl: string; readonly callbackUrl: string },
): AnalysisRun {
  const metric = (name: string): Metric => ({
    name,
    count: COUNT,
    interval: `${intervalMs}ms`,
    failureLimit: FAILURE_LIMIT,
    inconclusiveLimit: 1,
    consecutiveErrorLimit: 20,
    successCondition: 'result.score > 90',
    failureCondition: 'result.score < 10',
    provider: {
      web: { url: `${providerUrl}/${id}/${name}`, jsonPath: '{$}', timeoutSeconds: TIMEOUT_S },
    },
  });
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AnalysisRun',
    metadata: {
      ...{ name: id, namespace: 'chaos' },
      annotations: { 'assay.dev/callbacks': JSON.stringify([{ url: `${callbackUrl}/${id}` }]) },
    },
    spec: { metrics: Array.from({ length: metrics }, (_, index) => metric(`m${index}`)) },
  };
}
