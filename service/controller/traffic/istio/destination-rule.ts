import { isObject } from '../../../../schemas/index.js';
import { faultOf, nameOf } from '../fault.js';
import { listOf, textAt, textsAt, withField } from '../fields.js';
import { patchObject } from '../merge-patch.js';
import type { Subject } from '../subject.js';
import type { Change, Json, ObjectRef, Traffic } from '../world.js';

/** Label of pods that tells their version. */
export const HASH_LABEL = 'rollouts-pod-template-hash';
/** Annotation: the Rollout that uses it. */
export const MANAGED_BY = 'argo-rollouts.argoproj.io/managed-by-rollouts';

/** The host of a DestinationRule: destinations of new routes name it. */
export function destinationRuleHost(rule: Json, ref: ObjectRef): string {
  const host = textAt(rule, 'spec.host');
  if (host !== '') return host;
  throw faultOf('missing', ref, 'spec.host', 'is missing: routes for headers name it.');
}

/**
 * The subsets of the two versions select the pods of their hashes. Those of experiments are added, and taken away again:
 * only subsets that select by nothing but a hash are taken for them.
 */
export function destinationRuleChanges(
  subject: Subject,
  traffic: Traffic,
  rule: Json,
  ref: ObjectRef,
): readonly Change[] {
  const { destinationRule } = subject.routing.istio ?? {};
  if (destinationRule === undefined) return [];
  const { canarySubsetName, stableSubsetName, additionalSubsetNames = [] } = destinationRule;
  const subsets = listOf(
    rule,
    ref,
    'spec.subsets',
    'it has to list the subsets of the canary and the stable version',
  );
  for (const name of [canarySubsetName, stableSubsetName]) {
    if (!subsets.some((subset) => subset['name'] === name))
      throw faultOf('missing', ref, 'spec.subsets', `have none of the name ${name}. Add it.`);
  }
  const hashes = new Map<unknown, string>([
    ...traffic.additional.map(({ serviceName, podTemplateHash }) => [serviceName, podTemplateHash] as const),
    [canarySubsetName, traffic.canaryHash],
    [stableSubsetName, traffic.stableHash],
  ]);
  const kept = subsets.filter(
    (subset) =>
      hashes.has(subset['name']) ||
      additionalSubsetNames.includes(String(subset['name'])) ||
      !isOfExperiment(subset),
  );
  const added = traffic.additional
    .filter(({ serviceName }) => !subsets.some((subset) => subset['name'] === serviceName))
    .map(({ serviceName, podTemplateHash }) => ({
      name: serviceName,
      labels: { [HASH_LABEL]: podTemplateHash },
    }));
  const changed = kept.map((subset) => {
    const hash = hashes.get(subset['name']);
    return hash === undefined ? subset : withHash(subset, hash);
  });
  const marked = withField(rule, 'metadata.annotations', {
    ...textsAt(rule, 'metadata.annotations'),
    [MANAGED_BY]: subject.name,
  });
  return patchObject(ref, rule, withField(marked, 'spec.subsets', [...changed, ...added]), {
    reason: 'UpdatedDestinationRule',
    message: `${nameOf(ref)} subset updated (${canarySubsetName}: ${traffic.canaryHash}, ${stableSubsetName}: ${traffic.stableHash})`,
  });
}

/** A subset of a version; of all where the hash is empty. */
export function withHash(subset: Json, hash: string): Json {
  const { [HASH_LABEL]: _old, ...labels } = textsAt(subset, 'labels');
  if (hash === '' && !isObject(subset['labels'])) return subset;
  return { ...subset, labels: hash === '' ? labels : { ...labels, [HASH_LABEL]: hash } };
}

const isOfExperiment = (subset: Json): boolean =>
  Object.keys(subset).every((field) => field === 'name' || field === 'labels') &&
  Object.keys(textsAt(subset, 'labels')).join() === HASH_LABEL;
