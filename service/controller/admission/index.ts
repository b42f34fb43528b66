/** The door of `admission/`: the webhook that refuses faulty objects when they are applied. */
export { type AdmissionSettings, startAdmission } from './admission-server.js';
