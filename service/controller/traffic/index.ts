/** The door of `traffic/`: what shifts traffic between the versions of a Rollout. */
export { GATEWAY_API } from './gateway-api/targets.js';
export { destinationRules, namedRule, userOf, withoutRollout } from './istio/left-rule.js';
export { type ApiVersions, createTrafficRouters, type TrafficRouters } from './routers.js';
export { createTrafficPlugins, type TrafficPlugins } from './traffic-plugins.js';
export type { TrafficPlan } from './traffic-plan.js';
export type { AnsweredRequest, Change, Need, ObjectRef, ObjectType, Surroundings } from './world.js';
