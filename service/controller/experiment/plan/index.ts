/** The door of `plan/`: what is to be done about an Experiment. Pure. */
export { planExperiment } from './plan-experiment.js';
export { experimentFaults } from './validate.js';
