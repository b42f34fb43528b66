/** The door of `admission/`: the webhook that refuses faulty objects when they are applied. */
export {
  type AdmissionDeps,
  type AdmissionSettings,
  type RunningAdmission,
  startAdmission,
} from './admission-server.js';
export { CertificateError } from './certificate.js';
