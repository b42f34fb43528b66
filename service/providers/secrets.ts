import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DEFAULT_OWN_NAMESPACE } from './kubernetes/own-namespace.js';
import { ProviderError } from './provider-error.js';

/** Reads one key of a Kubernetes-like secret when a measurement is taken. Rejects with `ProviderError` (`secret`). */
export interface SecretReader {
  read(namespace: string, name: string, key: string): Promise<string>;
}

/** A secret is there and has no such key. */
export class MissingKeyError extends ProviderError {
  constructor(secret: string, key: string, options?: ErrorOptions) {
    super('secret', `key '${key}' does not exist in secret '${secret}'`, options);
  }
}

/** A secret, and the keys of it that are wanted. */
export interface WantedKeys<Key extends string> {
  /** Absent: the namespace of the service itself. */
  readonly namespace?: string;
  readonly name: string;
  readonly keys: readonly Key[];
}

/** What of a measurement's context says where secrets are; the context itself knows this file. */
interface SecretSource {
  readonly secrets: SecretReader;
  readonly defaults: { readonly ownNamespace?: string };
}

/**
 * Those of the wanted keys that a secret has. Rejects with `ProviderError` (`secret`) when there is no such secret, or
 * it can not be read.
 */
export async function readKeys<Key extends string>(
  { secrets, defaults }: SecretSource,
  { namespace = defaults.ownNamespace ?? DEFAULT_OWN_NAMESPACE, name, keys }: WantedKeys<Key>,
): Promise<Readonly<Partial<Record<Key, string>>>> {
  const found: Partial<Record<Key, string>> = {};
  for (const key of keys) {
    try {
      found[key] = await secrets.read(namespace, name, key);
    } catch (error) {
      if (!(error instanceof MissingKeyError)) throw error;
    }
  }
  return found;
}

/** Names that Kubernetes allows for secrets and keys: no separators, so that no name leaves the directory. */
const SAFE_NAME = /^[A-Za-z0-9._-]+$/;

/**
 * Secrets of mounted files: `<directory>/<name>/<key>`, whatever the namespace. One newline at the end is cut, because
 * editors add it. Messages are the reference's (`secrets "x" not found`, `key 'k' does not exist in secret 's'`).
 */
export function createFileSecrets(directory: string): SecretReader {
  return {
    async read(_namespace, name, key) {
      if (!isSafe(name)) throw missingSecret(name);
      if (!isSafe(key)) throw missingKey(name, key);
      try {
        return (await readFile(join(directory, name, key), 'utf8')).replace(/\r?\n$/, '');
      } catch (error) {
        throw await explain(error, directory, name, key);
      }
    },
  };
}

/** The secrets of a reader for one namespace only; any other has none. */
export function secretsOnlyFor(allowed: string, secrets: SecretReader): SecretReader {
  return {
    read: (namespace, name, key) => (namespace === allowed ? secrets : noSecrets).read(namespace, name, key),
  };
}

/** No secrets at all: what a service without `ASSAY_SECRETS_DIR` and Kubernetes has. */
export const noSecrets: SecretReader = {
  read: (_namespace, name) => Promise.reject(missingSecret(name)),
};

const isSafe = (name: string): boolean => SAFE_NAME.test(name) && name !== '.' && name !== '..';

async function explain(error: unknown, directory: string, name: string, key: string): Promise<ProviderError> {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code !== 'ENOENT' && code !== 'ENOTDIR') {
    return new ProviderError('secret', `secret "${name}" could not be read (${String(code)})`, {
      cause: error,
    });
  }
  const exists = await readFile(join(directory, name)).then(
    () => false,
    (reason: unknown) => reason instanceof Error && 'code' in reason && reason.code === 'EISDIR',
  );
  return exists ? missingKey(name, key, error) : missingSecret(name, error);
}

const missingSecret = (name: string, cause?: unknown): ProviderError =>
  new ProviderError('secret', `secrets "${name}" not found`, { cause });
const missingKey = (name: string, key: string, cause?: unknown): ProviderError =>
  new MissingKeyError(name, key, { cause });
