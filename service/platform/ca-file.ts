import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ConfigError } from './config.js';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/**
 * The certificate authorities (PEM) of the file that `origin` (a setting's name, for messages) names.
 * @throws ConfigError when the file can not be read, has no certificate, or one that can not be parsed: a bundle that is
 *   only half trusted would show much later, as a failing measurement.
 */
export function readCaFile(path: string, origin = 'ASSAY_CA_FILE'): string {
  const refuse = (what: string): ConfigError => new ConfigError([`${origin}: ${path}: ${what}`]);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw refuse(`can not be read (${error instanceof Error ? error.message : String(error)})`);
  }
  const certificates = text.match(CERTIFICATE) ?? [];
  if (certificates.length === 0) throw refuse('has no certificate (-----BEGIN CERTIFICATE-----)');
  for (const [index, certificate] of certificates.entries()) {
    try {
      new X509Certificate(certificate);
    } catch {
      // Its text says nothing to a reader: "asn1 encoding routines".
      throw refuse(`certificate ${index + 1} of ${certificates.length} can not be parsed`);
    }
  }
  return certificates.join('\n');
}
