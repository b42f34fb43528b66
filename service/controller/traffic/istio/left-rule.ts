import { nameOf } from '../fault.js';
import { objectsAt, textAt, textsAt, withField } from '../fields.js';
import { patchObject } from '../merge-patch.js';
import type { Change, Json, ObjectRef, ObjectType } from '../world.js';
import { MANAGED_BY, withHash } from './destination-rule.js';

export const GROUP = 'networking.istio.io';

/** The kind of DestinationRules in a version of Istio's API. */
export const destinationRules = (version: string): ObjectType => ({
  ...{ group: GROUP, version, resource: 'destinationrules', kind: 'DestinationRule' },
});

/** Name of the DestinationRule that a Rollout uses, whatever else of it may be as it should not; empty: none. */
export const namedRule = (rollout: Json): string =>
  textAt(rollout, 'spec.strategy.canary.trafficRouting.istio.destinationRule.name');

/** Name of the Rollout that uses a DestinationRule; empty: none does. */
export const userOf = (rule: Json): string => textsAt(rule, 'metadata.annotations')[MANAGED_BY] ?? '';

/** What gives a DestinationRule back that its Rollout uses no longer: its subsets select the pods of all versions again. */
export function withoutRollout(rule: Json, ref: ObjectRef): readonly Change[] {
  const { [MANAGED_BY]: _user, ...annotations } = textsAt(rule, 'metadata.annotations');
  const bare = withField(rule, 'metadata.annotations', annotations);
  const subsets = objectsAt(rule, 'spec.subsets');
  const after =
    subsets === undefined
      ? bare
      : withField(
          bare,
          'spec.subsets',
          subsets.map((subset) => withHash(subset, '')),
        );
  const message = `${nameOf(ref)} is used by no Rollout any more`;
  return patchObject(ref, rule, after, { reason: 'UpdatedDestinationRule', message });
}
