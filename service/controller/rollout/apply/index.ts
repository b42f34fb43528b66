/** The door of `apply/`: carries Rollouts out in a cluster. */
export { runLeftRules } from './left-rules.js';
export { runRollouts } from './run-rollouts.js';
