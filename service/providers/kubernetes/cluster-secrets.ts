import { LRUCache } from 'lru-cache';
import { ProviderError } from '../provider-error.js';
import { MissingKeyError, type SecretReader } from '../secrets.js';
import type { KubernetesApi } from './kubernetes-api.js';
import { KubernetesError } from './kubernetes-error.js';
import { fields, texts } from './objects.js';

/** How long a secret may be used after it was read, ms. */
const CACHED_MS = 30_000;
/** Secrets kept at once. */
const CACHED = 1_000;

type SecretData = Readonly<Record<string, string>>;

/**
 * Secrets of the cluster, from the namespace of the run, read when a measurement is taken and kept for 30 s at most.
 * What the cluster does not have, or does not show us, is looked for in `files`.
 */
export function createClusterSecrets(api: KubernetesApi, files: SecretReader): SecretReader {
  const cache = new LRUCache<string, Promise<SecretData>>({ max: CACHED, ttl: CACHED_MS });

  /** One request for all who ask at once; a failure is not kept. */
  const dataOf = (namespace: string, name: string): Promise<SecretData> => {
    const id = `${namespace}/${name}`;
    const known = cache.get(id);
    if (known !== undefined) return known;
    const reading = readSecret(api, namespace, name);
    cache.set(id, reading);
    reading.catch(() => {
      if (cache.peek(id) === reading) cache.delete(id);
    });
    return reading;
  };

  return {
    async read(namespace, name, key) {
      try {
        const data = await dataOf(namespace, name);
        const value = Object.hasOwn(data, key) ? data[key] : undefined;
        if (value !== undefined) return value;
        throw new MissingKeyError(name, key);
      } catch (error) {
        // The cluster's answer tells more than that there is no such file.
        return await files.read(namespace, name, key).catch(() => {
          throw error;
        });
      }
    },
  };
}

async function readSecret(api: KubernetesApi, namespace: string, name: string): Promise<SecretData> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets/${encodeURIComponent(name)}`;
  try {
    const secret = fields(await api.request({ method: 'GET', path, signal: new AbortController().signal }));
    const encoded = Object.entries(texts(secret['data']));
    return Object.fromEntries(
      encoded.map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]),
    );
  } catch (error) {
    if (!(error instanceof KubernetesError)) throw error;
    throw new ProviderError('secret', error.message, { cause: error });
  }
}
