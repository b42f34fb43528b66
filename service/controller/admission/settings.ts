import { isPort, type SettingsReader } from '../settings-reader.js';
import type { AdmissionSettings } from './admission-server.js';

const DEFAULT_PORT = '8443';

/**
 * The settings of the admission webhook, `ASSAY_ADMISSION_CERTIFICATES` and `ASSAY_ADMISSION_PORT`; undefined: there is to be
 * none, as there is no certificate. What is wrong is told to the reader.
 */
export function readAdmissionSettings(reader: SettingsReader): AdmissionSettings | undefined {
  const certificates = reader.text('admissionCertificates', 'ASSAY_ADMISSION_CERTIFICATES');
  const port = reader.checked('admissionPort', 'ASSAY_ADMISSION_PORT', isPort, 'a port from 0 to 65535');
  return certificates === undefined ? undefined : { certificates, port: Number(port ?? DEFAULT_PORT) };
}
