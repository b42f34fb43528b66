import type { Rollout } from '../../../schemas/index.js';
import type { TrafficState } from '../rollout/types.js';
import { alb } from './alb.js';
import { apisix } from './apisix.js';
import { type Fault, faultOf } from './fault.js';
import { gatewayApi } from './gateway-api/gateway-api.js';
import { istio } from './istio/istio.js';
import { nginx } from './nginx.js';
import { plugin } from './plugin.js';
import type { TrafficRouter } from './router.js';
import { smi } from './smi.js';
import { ROUTING, type Subject, subjectOf } from './subject.js';
import { traefik } from './traefik.js';
import type { TrafficPlan } from './traffic-plan.js';
import type { Need, Surroundings, Traffic } from './world.js';

/** Versions of APIs that clusters have in several. */
export interface ApiVersions {
  /** Default v1alpha3. */
  readonly istio?: string;
  /** Default v1alpha1. */
  readonly smi?: string;
  /** With its group; default traefik.io/v1alpha1. */
  readonly traefik?: string;
}

/** What the routers of a Rollout need, plan and say. Pure. */
export interface TrafficRouters {
  /** What of the cluster is looked at; nothing when the Rollout shifts no traffic. */
  needs(rollout: Rollout): readonly Need[];
  /** The changes that are left to make, in order, and what stands in the way. */
  plan(rollout: Rollout, traffic: Traffic, world: Surroundings): TrafficPlan;
  /** How what is wanted stands: the worst that any router says. */
  verify(rollout: Rollout, traffic: Traffic, world: Surroundings): TrafficState;
}

/** All ways of shifting traffic. A Rollout may name several; all of them are used then, in Argo Rollouts' order. */
export function createTrafficRouters(versions: ApiVersions = {}): TrafficRouters {
  const known: Readonly<Record<string, TrafficRouter>> = {
    istio: istio(versions.istio ?? 'v1alpha3'),
    nginx,
    alb,
    smi: smi(versions.smi ?? 'v1alpha1'),
    traefik: traefik(versions.traefik ?? 'traefik.io/v1alpha1'),
    apisix,
  };
  const routersOf = ({ routing }: Subject): readonly TrafficRouter[] => {
    const settings: Readonly<Record<string, unknown>> = routing;
    const named = Object.entries(known).filter(([name]) => settings[name] !== undefined);
    const plugins = Object.keys(routing.plugins ?? {}).map((name) =>
      name === gatewayApi.name ? gatewayApi : plugin(name),
    );
    return [...named.map(([, router]) => router), ...plugins];
  };
  const planOf = (subject: Subject, traffic: Traffic, world: Surroundings): TrafficPlan => {
    const plans = routersOf(subject).map((router) => router.plan(subject, traffic, world));
    return {
      changes: plans.flatMap(({ changes }) => changes),
      faults: [...plans.flatMap(({ faults }) => faults), ...unknownRouters(subject)],
    };
  };
  return {
    needs(rollout) {
      const subject = subjectOf(rollout);
      return subject === undefined ? [] : routersOf(subject).flatMap((router) => router.needs(subject));
    },
    plan(rollout, traffic, world) {
      const subject = subjectOf(rollout);
      return subject === undefined ? { changes: [], faults: [] } : planOf(subject, traffic, world);
    },
    verify(rollout, traffic, world) {
      const subject = subjectOf(rollout);
      if (subject === undefined) return { kind: 'written' };
      const { changes, faults } = planOf(subject, traffic, world);
      if (changes.length > 0) return { kind: 'differs' };
      if (faults.length > 0) return { kind: 'blocked', faults: faults.map(({ message }) => message) };
      const states = routersOf(subject).map(
        (router): TrafficState => router.confirm?.(subject, traffic, world) ?? { kind: 'written' },
      );
      const pending = states.find(({ kind }) => kind === 'pending');
      if (pending !== undefined) return pending;
      return states.length > 0 && states.every(({ kind }) => kind === 'verified')
        ? { kind: 'verified' }
        : { kind: 'written' };
    },
  };
}

/** Ways of Argo Rollouts that are not ours. A Rollout that names one would believe that its traffic is shifted. */
function unknownRouters(subject: Subject): readonly Fault[] {
  return (['ambassador', 'appMesh'] as const)
    .filter((name) => subject.routing[name] !== undefined)
    .map(
      (name) =>
        faultOf('unsupported', subject, `${ROUTING}.${name}`, 'is no way of shifting traffic here.').fault,
    );
}
