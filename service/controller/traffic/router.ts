import type { TrafficState } from '../rollout/types.js';
import type { Subject } from './subject.js';
import type { TrafficPlan } from './traffic-plan.js';
import type { Need, Surroundings, Traffic } from './world.js';

/** Whether what is written is in effect. */
export type InEffect = Exclude<TrafficState, { readonly kind: 'differs' | 'blocked' }>;

/** One way of shifting traffic. Pure: the same questions have the same answers, and what is patched needs no patch. */
export interface TrafficRouter {
  /** As the Rollout names it under `trafficRouting`. */
  readonly name: string;
  needs(subject: Subject): readonly Need[];
  plan(subject: Subject, traffic: Traffic, world: Surroundings): TrafficPlan;
  /** What those who carry the traffic say of it, once all is written. Absent: they say nothing. */
  confirm?(subject: Subject, traffic: Traffic, world: Surroundings): InEffect;
}
