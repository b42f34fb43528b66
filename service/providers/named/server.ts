import { readFile } from 'node:fs/promises';
import type { ProviderConfig, SourcedText } from '../../../schemas/index.js';
import type { TlsOptions } from '../http/http.js';
import { ProviderError } from '../provider-error.js';
import type { SecretReader } from '../secrets.js';

/** A configured server, its files for TLS read and checked. Its secrets are read when a request needs them. */
export interface NamedServer {
  readonly config: ProviderConfig;
  readonly tls: TlsOptions;
  /** Longest time of a request, in ms; undefined: what its metric says. */
  readonly timeoutMs?: number;
}

/**
 * A text of a configuration, from where it is kept.
 * @throws ProviderError (`secret`)
 */
export async function readSourced(
  { value, file, secretKeyRef, namespace = 'default' }: SourcedText,
  secrets: SecretReader,
): Promise<string> {
  if (value !== undefined) return value;
  if (secretKeyRef !== undefined) return secrets.read(namespace, secretKeyRef.name, secretKeyRef.key);
  try {
    return (await readFile(file ?? '', 'utf8')).replace(/\r?\n$/, '');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new ProviderError('secret', `a file of the provider configuration could not be read (${code})`, {
      cause: error,
    });
  }
}
