/** The door of `controller/`: what brings AnalysisRuns of a cluster to the service, and its verdicts back. */
export { type RunningController, startController } from './controller.js';
export { openController } from './open-controller.js';
export { type ControllerSettings, readSettings } from './settings.js';
