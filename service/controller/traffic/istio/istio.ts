import { faultOf } from '../fault.js';
import { existing } from '../fields.js';
import type { TrafficRouter } from '../router.js';
import { ROUTING, type Subject } from '../subject.js';
import { planOf } from '../traffic-plan.js';
import type { Change, Need, ObjectRef, Surroundings, Traffic } from '../world.js';
import { destinationRuleChanges, destinationRuleHost } from './destination-rule.js';
import { destinationRules, GROUP } from './left-rule.js';
import { virtualServiceChanges } from './virtual-service.js';

const SETTINGS = `${ROUTING}.istio`;

/**
 * Istio: the destinations of VirtualServices by host, or by the subsets of a DestinationRule, whose labels follow the pods.
 * @param version of Istio's API; Argo Rollouts' default is v1alpha3.
 */
export function istio(version: string): TrafficRouter {
  const virtualService = { group: GROUP, version, resource: 'virtualservices', kind: 'VirtualService' };
  const services = (subject: Subject): readonly VirtualService[] => {
    const { virtualService: one, virtualServices } = subject.routing.istio ?? {};
    const named = virtualServices ?? (one === undefined ? [] : [one]);
    return named.map((settings) => {
      const { namespace, name } = placeOf(settings.name, subject.namespace);
      return { settings, ref: { ...virtualService, namespace, name } };
    });
  };
  const rule = (subject: Subject): ObjectRef | undefined => {
    const { destinationRule } = subject.routing.istio ?? {};
    if (destinationRule === undefined) return undefined;
    return { ...destinationRules(version), namespace: subject.namespace, name: destinationRule.name };
  };
  return {
    name: 'istio',
    needs(subject) {
      const named = rule(subject);
      const refs = [...services(subject).map(({ ref }) => ref), ...(named === undefined ? [] : [named])];
      return refs.map((ref): Need => ({ kind: 'object', ref }));
    },
    plan(subject, traffic, world) {
      const virtualServices = services(subject);
      if (virtualServices.length === 0) return planOf([() => noVirtualService(subject)]);
      const ruleRef = rule(subject);
      const routes = virtualServices.map(({ ref, settings }) => (): readonly Change[] => {
        const service = existing(world, ref, SETTINGS);
        const host = ruleRef === undefined ? undefined : destinationRuleHost(ruleOf(ruleRef, world), ruleRef);
        return virtualServiceChanges(subject, settings, traffic, { ref, service, host });
      });
      const subsets = (): readonly Change[] =>
        ruleRef === undefined
          ? []
          : destinationRuleChanges(subject, traffic, ruleOf(ruleRef, world), ruleRef);
      // Traffic leaves pods before they are renamed, and comes to them after: a subset never names pods that are not there.
      return planOf(leaves(traffic) ? [...routes, subsets] : [subsets, ...routes]);
    },
  };
}

interface VirtualService {
  readonly settings: NonNullable<NonNullable<Subject['routing']['istio']>['virtualService']>;
  readonly ref: ObjectRef;
}

const ruleOf = (ref: ObjectRef, world: Surroundings) => existing(world, ref, `${SETTINGS}.destinationRule`);

const leaves = ({ canaryWeight }: Traffic): boolean => canaryWeight === 0;

function noVirtualService(subject: Subject): never {
  throw faultOf(
    'missing',
    subject,
    `${SETTINGS}.virtualService`,
    'is missing. Name the VirtualService to change.',
  );
}

/** A VirtualService is named alone, or with its namespace after a dot; its name may have dots then. */
export function placeOf(
  text: string,
  namespace: string,
): { readonly namespace: string; readonly name: string } {
  const place = text.endsWith(CLUSTER) ? text.slice(0, -CLUSTER.length) : text;
  const dot = place.lastIndexOf('.');
  return dot < 0
    ? { namespace, name: place }
    : { namespace: place.slice(dot + 1), name: place.slice(0, dot) };
}

const CLUSTER = '.cluster.local';
