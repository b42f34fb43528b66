/** The door of `plan/`: what is to be done about a Rollout. Pure. */
export { plan } from './plan.js';
export { rolloutFaults } from './validate.js';
