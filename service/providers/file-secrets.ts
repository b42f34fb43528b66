import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { errorCode, ProviderError } from './provider-error.js';
import { MissingKeyError, missingSecret, noSecrets, type SecretReader } from './secrets.js';

/** Secrets of mounted files, for the service itself; and the part of them that authors of metrics may name. */
export interface FileSecrets extends SecretReader {
  /**
   * For `secretKeyRef` of metrics, where files are all the secrets there are: those of the run's namespace and the shared
   * ones, without what is the service's own.
   */
  readonly ofMetrics: SecretReader;
  /** The same beside a cluster: shared files are for runs in the namespace of the service only. */
  readonly besideCluster: SecretReader;
}

/** Options of {@link createFileSecrets}. */
export interface FileSecretsOptions {
  /** Namespace of the service. */
  readonly own: string;
  /** Files that the settings name, which are no secrets of metrics even where they are in the directory. */
  readonly ownFiles?: readonly string[];
  /** Secrets that the configuration of servers names. */
  readonly ownSecrets?: readonly { readonly namespace: string; readonly name: string }[];
}

/** Where a secret is kept: a folder with a file for each key. */
interface Place {
  readonly folder: string;
  readonly scope: 'namespace' | 'shared';
}

/** Names that Kubernetes allows for namespaces, secrets and keys: no separators, so that no name leaves the directory. */
const SAFE_NAME = /^[A-Za-z0-9._-]+$/;
/** Secrets that providers read by names of their own. */
const STORE_NAMES = new Set(['datadog', 'newrelic', 'influxdb', 'wavefront-api-tokens']);
/** Keys that make a secret the credentials of a store, whatever its name: metrics can name it as their `profile`, say. */
const STORE_KEYS = [
  ['api-key', 'app-key'],
  ['personal-api-key', 'account-id'],
  ['authToken', 'org', 'address'],
];

/**
 * Secrets of mounted files: `<directory>/<namespace>/<name>/<key>` where there is such a secret, else
 * `<directory>/<name>/<key>`, which all namespaces share. One newline at the end is cut, because editors add it. Symbolic
 * links are followed as far as they stay in the directory, as those of mounted Kubernetes secrets do. Messages are the
 * reference's (`secrets "x" not found`, `key 'k' does not exist in secret 's'`).
 */
export function createFileSecrets(
  directory: string,
  { own, ownFiles = [], ownSecrets = [] }: FileSecretsOptions,
): FileSecrets {
  const read = (namespace: string, name: string, key: string): Promise<string> =>
    readKey(directory, namespace, name, key);

  /** @throws ProviderError (`secret`) when it is one of the service's own. */
  const refuseOwn = async (namespace: string, name: string, key: string): Promise<void> => {
    // A namespace that is no name has the shared place, whose secrets are looked at like any other.
    if (![name, key].every(isSafe)) return;
    const place = await placeOf(directory, namespace, name);
    if (place.scope === 'namespace' && namespace !== own && !(await isConfigured(place))) return;
    const isOwn =
      STORE_NAMES.has(name) ||
      (await hasStoreKeys(place.folder)) ||
      (await isConfigured(place)) ||
      (await isAmong(join(place.folder, key), ownFiles));
    if (!isOwn) return;
    throw new ProviderError(
      'secret',
      `secret "${name}" is the service's own and not for metrics and callbacks: what those of the namespace "${namespace}" need goes into ASSAY_SECRETS_DIR/${namespace}/${name}`,
    );
  };
  const isConfigured = async ({ folder }: Place): Promise<boolean> => {
    const places = await Promise.all(
      ownSecrets.map((secret) => placeOf(directory, secret.namespace, secret.name)),
    );
    return isAmong(
      folder,
      places.map((place) => place.folder),
    );
  };

  return {
    read,
    ofMetrics: {
      async read(namespace, name, key) {
        await refuseOwn(namespace, name, key);
        return read(namespace, name, key);
      },
    },
    besideCluster: {
      async read(namespace, name, key) {
        if (namespace === own) return read(namespace, name, key);
        const { scope } = await placeOf(directory, namespace, name);
        return (scope === 'namespace' ? { read } : noSecrets).read(namespace, name, key);
      },
    },
  };
}

/** None: what a service without `ASSAY_SECRETS_DIR` has. */
export const noFileSecrets: FileSecrets = { ...noSecrets, ofMetrics: noSecrets, besideCluster: noSecrets };

async function readKey(directory: string, namespace: string, name: string, key: string): Promise<string> {
  if (!isSafe(name)) throw missingSecret(name);
  if (!isSafe(key)) throw new MissingKeyError(name, key);
  const { folder } = await placeOf(directory, namespace, name);
  let file: string;
  try {
    file = await realpath(join(folder, key));
    const root = await realpath(directory);
    if (file.startsWith(root + sep)) return (await readFile(file, 'utf8')).replace(/\r?\n$/, '');
  } catch (error) {
    throw await explain(error, folder, name, key);
  }
  throw new ProviderError(
    'secret',
    `secret "${name}" could not be read (its key '${key}' is a link out of ASSAY_SECRETS_DIR)`,
  );
}

/** The folder of the namespace, where it has such a secret. */
async function placeOf(directory: string, namespace: string, name: string): Promise<Place> {
  const shared: Place = { folder: join(directory, name), scope: 'shared' };
  if (!isSafe(namespace) || !isSafe(name)) return shared;
  const folder = join(directory, namespace, name);
  return (await isFolder(folder)) ? { folder, scope: 'namespace' } : shared;
}

async function hasStoreKeys(folder: string): Promise<boolean> {
  const keys = new Set(await unlessMissing(readdir(folder), []));
  return STORE_KEYS.some((wanted) => wanted.every((key) => keys.has(key)));
}

/** Whether it is one of the files, links followed. */
async function isAmong(path: string, files: readonly string[]): Promise<boolean> {
  if (files.length === 0) return false;
  const real = await unlessMissing(realpath(path), undefined);
  if (real === undefined) return false;
  const others = await Promise.all(files.map((file) => unlessMissing(realpath(file), undefined)));
  return others.includes(real);
}

const isFolder = async (path: string): Promise<boolean> =>
  unlessMissing(
    stat(path).then((found) => found.isDirectory()),
    false,
  );

/** The outcome, or the other value when there is nothing at a path. What can not be looked at is told by reading it. */
async function unlessMissing<Value>(found: Promise<Value>, otherwise: Value): Promise<Value> {
  try {
    return await found;
  } catch (error) {
    if (MISSING.has(errorCode(error))) return otherwise;
    throw new ProviderError('secret', `the secret could not be looked for (${errorCode(error)})`, {
      cause: error,
    });
  }
}

const MISSING = new Set(['ENOENT', 'ENOTDIR']);

const isSafe = (name: string): boolean => SAFE_NAME.test(name) && name !== '.' && !name.startsWith('..');

async function explain(error: unknown, folder: string, name: string, key: string): Promise<ProviderError> {
  const code = errorCode(error);
  if (!MISSING.has(code))
    return new ProviderError('secret', `secret "${name}" could not be read (${code})`, { cause: error });
  return (await isFolder(folder))
    ? new MissingKeyError(name, key, { cause: error })
    : missingSecret(name, error);
}
