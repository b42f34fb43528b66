/** The door of `apply/`: carries Rollouts out in a cluster. */
export { runRollouts } from './run-rollouts.js';
