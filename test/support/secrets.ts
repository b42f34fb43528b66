import { MissingKeyError, ProviderError, type SecretReader } from '../../service/providers/index.js';

/** Secrets by `namespace/name`, then by key; with the errors of the real readers. */
export function secretsOf(secrets: Readonly<Record<string, Readonly<Record<string, string>>>>): SecretReader {
  return {
    read(namespace, name, key) {
      const secret = secrets[`${namespace}/${name}`];
      if (secret === undefined)
        return Promise.reject(new ProviderError('secret', `secrets "${name}" not found`));
      const value = secret[key];
      return value === undefined ? Promise.reject(new MissingKeyError(name, key)) : Promise.resolve(value);
    },
  };
}
