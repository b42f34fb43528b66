import { type Fault, type Rollout, validateDocument } from '../../../../schemas/index.js';
import type { Stored } from '../../objects/object-cache.js';
import { readRollout } from '../../objects/readings.js';

/** A Rollout, and what keeps it from being carried out. */
export interface ReadRollout {
  readonly rollout: Rollout;
  /** Where it does not have the shape; with any, `rollout` is only what can be told of it. */
  readonly faults: readonly Fault[];
}

/** Reads a Rollout. One without the shape has no spec, so that nothing is decided from a part of what is wanted. */
export function rolloutOf(stored: Stored): ReadRollout {
  const { value, faults } = readRollout(stored);
  return value === undefined ? { rollout: barest(stored), faults } : { rollout: value, faults };
}

function barest({ json, metadata: { name, namespace, uid, resourceVersion } }: Stored): Rollout {
  const { metadata, status } = json;
  const [told] = [
    { metadata, status, spec: {} },
    { metadata, spec: {} },
  ]
    .map((part) => validateDocument('Rollout', part, { unknownFields: 'dropped' }).value)
    .filter((value) => value !== undefined);
  return told ?? { metadata: { name, namespace, uid, resourceVersion }, spec: {} };
}

/** Names of the templates that a Rollout mentions: `AnalysisTemplate success`. */
export function mentionedTemplates({ spec: { strategy } }: Rollout): ReadonlySet<string> {
  const { canary, blueGreen } = strategy ?? {};
  const steps = canary?.steps ?? [];
  const analyses = [
    ...[canary?.analysis, blueGreen?.prePromotionAnalysis, blueGreen?.postPromotionAnalysis],
    ...steps.map(({ analysis }) => analysis),
  ];
  const references = [
    ...analyses.flatMap((analysis) => analysis?.templates ?? []),
    ...steps.flatMap(({ experiment }) => experiment?.analyses ?? []),
  ];
  return new Set(
    references.map(
      ({ templateName = '', clusterScope }) =>
        `${clusterScope === true ? 'ClusterAnalysisTemplate' : 'AnalysisTemplate'} ${templateName}`,
    ),
  );
}
