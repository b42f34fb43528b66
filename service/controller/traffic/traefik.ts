import { faultOf, nameOf } from './fault.js';
import { existing, listOf, withField } from './fields.js';
import { patchObject } from './merge-patch.js';
import type { TrafficRouter } from './router.js';
import { namedServices, ROUTING, type Subject, stableWeight, unsupported } from './subject.js';
import { planOf } from './traffic-plan.js';
import type { Change, ObjectRef, Surroundings, Traffic } from './world.js';

const SETTINGS = `${ROUTING}.traefik.weightedTraefikServiceName`;
const SERVICES = 'spec.weighted.services';

/**
 * Traefik: the weights of a weighted TraefikService.
 * @param apiVersion of TraefikService; Argo Rollouts' default is traefik.io/v1alpha1.
 */
export function traefik(apiVersion: string): TrafficRouter {
  const [group = '', version = ''] = apiVersion.split('/');
  const refOf = ({ namespace, routing }: Subject): ObjectRef => ({
    ...{ group, version, resource: 'traefikservices', kind: 'TraefikService', namespace },
    name: routing.traefik?.weightedTraefikServiceName ?? '',
  });
  return {
    name: 'traefik',
    needs: (subject) => [{ kind: 'object', ref: refOf(subject) }],
    plan(subject, traffic, world) {
      const { changes, faults } = planOf([() => serviceChanges(subject, traffic, refOf(subject), world)]);
      const lacks = unsupported(subject, 'traefik', {
        setHeaderRoute: traffic.headerRoutes,
        setMirrorRoute: traffic.mirrorRoutes,
        'weights of experiments': traffic.additional,
      });
      return { changes, faults: [...faults, ...lacks] };
    },
  };
}

function serviceChanges(
  subject: Subject,
  traffic: Traffic,
  ref: ObjectRef,
  world: Surroundings,
): readonly Change[] {
  const object = existing(world, ref, SETTINGS);
  const listed = listOf(object, ref, SERVICES, 'the services whose weights are set');
  const services = namedServices(subject);
  const weights = new Map<unknown, number>([
    [services.canary, traffic.canaryWeight],
    [services.stable, stableWeight(subject, traffic)],
  ]);
  for (const name of [services.canary, services.stable]) {
    if (!listed.some((service) => service['name'] === name))
      throw faultOf('missing', ref, SERVICES, `has no service ${name}. Add it.`);
  }
  const weighed = listed.map((service) => {
    const weight = weights.get(service['name']);
    return weight === undefined ? service : { ...service, weight };
  });
  return patchObject(ref, object, withField(object, SERVICES, weighed), {
    reason: 'UpdatingTraefikService',
    message: `Updating ${nameOf(ref)} to desiredWeight '${traffic.canaryWeight}'`,
  });
}
