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

/** No secrets at all: what a service without `ASSAY_SECRETS_DIR` and Kubernetes has. */
export const noSecrets: SecretReader = {
  read: (_namespace, name) => Promise.reject(missingSecret(name)),
};

/** There is no such secret, in the reference's words. */
export const missingSecret = (name: string, cause?: unknown): ProviderError =>
  new ProviderError('secret', `secrets "${name}" not found`, { cause });
