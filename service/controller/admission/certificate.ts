import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';

/** A certificate and its key, as PEM texts. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
  /** Another one for every other certificate or key. */
  readonly version: string;
}

/** Names of the files, as a Secret of the type `kubernetes.io/tls` has them when it is mounted. */
const [CERT_FILE, KEY_FILE] = ['tls.crt', 'tls.key'];

/** The certificate in a folder can not be used. Its message says why, without any of the key. */
export class CertificateError extends Error {
  override readonly name = 'CertificateError';
}

/**
 * Reads `tls.crt` and `tls.key` of a folder.
 * @throws CertificateError when they can not be read, or are no certificate and its key.
 */
export async function readCertificate(folder: string): Promise<Certificate> {
  const [cert, key] = await Promise.all([read(folder, CERT_FILE), read(folder, KEY_FILE)]);
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    throw new CertificateError(
      `${join(folder, CERT_FILE)} and ${KEY_FILE} beside it are no certificate and its key: ${reasonOf(error)}`,
      { cause: error },
    );
  }
  return { cert, key, version: createHash('sha256').update(`${cert}\0${key}`).digest('hex') };
}

async function read(folder: string, name: string): Promise<string> {
  const path = join(folder, name);
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new CertificateError(`${path} can not be read: ${reasonOf(error)}`, { cause: error });
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
