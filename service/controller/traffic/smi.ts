import { faultOf, nameOf } from './fault.js';
import { controllerUid } from './fields.js';
import { patchObject } from './merge-patch.js';
import type { TrafficRouter } from './router.js';
import { namedServices, ownerReference, type Subject, stableWeight, unsupported } from './subject.js';
import { planOf } from './traffic-plan.js';
import type { Change, ObjectRef, Surroundings, Traffic } from './world.js';

const GROUP = 'split.smi-spec.io';

/**
 * Service Mesh Interface: a TrafficSplit that the Rollout owns.
 * @param version of the API: v1alpha1, whose weights are quantities, is Argo Rollouts' default; in others they are numbers.
 */
export function smi(version: string): TrafficRouter {
  const refOf = ({ namespace, name, routing }: Subject): ObjectRef => {
    const { trafficSplitName = '' } = routing.smi ?? {};
    const place = { namespace, name: trafficSplitName === '' ? name : trafficSplitName };
    return { group: GROUP, version, resource: 'trafficsplits', kind: 'TrafficSplit', ...place };
  };
  return {
    name: 'smi',
    needs: (subject) => [{ kind: 'object', ref: refOf(subject) }],
    plan(subject, traffic, world) {
      const { changes, faults } = planOf([() => splitChanges(subject, traffic, refOf(subject), world)]);
      const { headerRoutes, mirrorRoutes } = traffic;
      const lacks = unsupported(subject, 'smi', {
        setHeaderRoute: headerRoutes,
        setMirrorRoute: mirrorRoutes,
      });
      return { changes, faults: [...faults, ...lacks] };
    },
  };
}

function splitChanges(
  subject: Subject,
  traffic: Traffic,
  ref: ObjectRef,
  world: Surroundings,
): readonly Change[] {
  const { canary, stable } = namedServices(subject);
  const { rootService = '' } = subject.routing.smi ?? {};
  const backend = (service: string, weight: number) => ({
    service,
    weight: ref.version === 'v1alpha1' ? String(weight) : weight,
  });
  const spec = {
    service: rootService === '' ? stable : rootService,
    backends: [
      backend(canary, traffic.canaryWeight),
      ...traffic.additional.map(({ serviceName, weight }) => backend(serviceName, weight)),
      backend(stable, stableWeight(subject, traffic)),
    ],
  };
  const current = world.object(ref);
  if (current === undefined) {
    const metadata = { name: ref.name, namespace: ref.namespace, ownerReferences: [ownerReference(subject)] };
    const object = { apiVersion: `${GROUP}/${ref.version}`, kind: ref.kind, metadata, spec };
    const event = { reason: 'TrafficSplitCreated', message: `TrafficSplit \`${ref.name}\` created` };
    return [{ kind: 'create', ref, object, event }];
  }
  if (controllerUid(current) !== subject.uid)
    throw faultOf(
      'foreign',
      ref,
      'metadata.ownerReferences',
      `do not name ${nameOf(subject)}. Rename or delete it.`,
    );
  return patchObject(
    ref,
    current,
    { ...current, spec },
    {
      reason: 'TrafficSplitModified',
      message: `TrafficSplit \`${ref.name}\` modified`,
    },
  );
}
