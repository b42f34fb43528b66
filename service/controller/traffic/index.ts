/** The door of `traffic/`: what shifts traffic between the versions of a Rollout. */
export type { Fault } from './fault.js';
export { type ApiVersions, createTrafficRouters, type TrafficRouters } from './routers.js';
export type { TrafficPlan } from './traffic-plan.js';
export type { AnsweredRequest, Change, Need, ObjectRef, ObjectType, Surroundings } from './world.js';
