/** The shapes of a Rollout. */
export * from './analysis.js';
export * from './canary-step.js';
export * from './gateway-api-routing.js';
export * from './rollout.js';
export * from './status.js';
export * from './strategy.js';
export * from './traffic-routing.js';
