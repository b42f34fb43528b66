/** The door of `apply/`: carries Experiments out in a cluster. */
export { runExperiments } from './run-experiments.js';
