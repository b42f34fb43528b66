import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../service/platform/index.js';
import { createFileSecrets, type FileSecrets, ownSecretsOf } from '../../service/providers/index.js';

const OWN = 'assay';
let root: string;
let directory: string;
let files: FileSecrets;

function put(path: string, text = path): void {
  mkdirSync(dirname(join(directory, path)), { recursive: true });
  writeFileSync(join(directory, path), `${text}\n`);
}

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'assay-file-secrets-'));
  directory = join(root, 'secrets');
  mkdirSync(directory);
  for (const path of [
    ...[
      'web/token',
      'web/folder/x',
      'plain',
      'shop/web/token',
      'shop/datadog/api-key',
      'shop/datadog/app-key',
    ],
    ...['datadog/api-key', 'datadog/app-key', 'newrelic/personal-api-key', 'influxdb/authToken'],
    ...['dd-eu/api-key', 'dd-eu/app-key', 'relic-eu/personal-api-key', 'relic-eu/account-id'],
    ...['flux/authToken', 'flux/org', 'flux/address', 'wavefront-api-tokens/x.wavefront.com'],
    ...['keys/api-key', 'assay/stores/api-key', 'assay/stores/app-key', 'assay/web/token'],
    ...['hook/secret', 'hook/other', 'bearer/token', 'prometheus/password', 'default/grafana/password'],
  ])
    put(path);
  writeFileSync(join(root, 'outside'), 'of the machine');
  symlinkSync(join(root, 'outside'), join(directory, 'web', 'out'));
  symlinkSync(root, join(directory, 'up'));
  symlinkSync('../hook/secret', join(directory, 'web', 'hook'));
  // As Kubernetes mounts a secret.
  put('mounted/..2026_11_28/token', 'of the mount');
  symlinkSync('..2026_11_28', join(directory, 'mounted', '..data'));
  symlinkSync('..data/token', join(directory, 'mounted', 'token'));
  const file = join(root, 'providers.yaml');
  const { config } = loadConfig({ env: {} });
  const names = {
    providers: [
      {
        name: 'prod',
        address: 'https://prometheus.example.com',
        headers: [{ key: 'X-Token', file: join(directory, 'bearer', 'token') }],
        authentication: {
          basicAuth: { username: 'u', password: { secretKeyRef: { name: 'prometheus', key: 'password' } } },
        },
      },
      {
        name: 'grafana',
        address: 'https://grafana.example.com',
        authentication: {
          bearer: { secretKeyRef: { name: 'grafana', key: 'password' }, namespace: 'default' },
        },
      },
    ],
  };
  const env = { ASSAY_WEBHOOK_SECRET_FILE: join(directory, 'hook', 'secret'), ASSAY_PROVIDERS_FILE: file };
  files = createFileSecrets(directory, { own: OWN, ...ownSecretsOf(config, names, env) });
});
afterAll(() => {
  rmSync(root, { recursive: true });
});

const refused = (namespace: string, name: string): string =>
  `secret "${name}" is the service's own and not for metrics and callbacks: what those of the namespace "${namespace}" need goes into ASSAY_SECRETS_DIR/${namespace}/${name}`;

describe('files of secrets, for the service', () => {
  it.each([
    ['app', 'web', 'token', 'web/token'],
    ['shop', 'web', 'token', 'shop/web/token'],
    ['shop', 'dd-eu', 'api-key', 'dd-eu/api-key'],
    [OWN, 'stores', 'api-key', 'assay/stores/api-key'],
    ['app', 'mounted', 'token', 'of the mount'],
    ['../shop', 'web', 'token', 'web/token'],
  ])('of namespace %s: %s/%s is that of %s', async (namespace, name, key, text) => {
    expect(await files.read(namespace, name, key)).toBe(text);
  });

  it.each([
    ['none', 'token', 'secrets "none" not found'],
    ['web', 'other', "key 'other' does not exist in secret 'web'"],
    ['plain', 'token', 'secrets "plain" not found'],
    ['..', 'token', 'secrets ".." not found'],
    ['../web', 'token', 'secrets "../web" not found'],
    ['web', '../plain', "key '../plain' does not exist in secret 'web'"],
    ['web', 'folder', 'secret "web" could not be read (EISDIR)'],
    ['shop', 'datadog', 'secret "shop" could not be read (EISDIR)'],
    ['web', 'out', 'secret "web" could not be read (its key \'out\' is a link out of ASSAY_SECRETS_DIR)'],
    [
      'up',
      'outside',
      'secret "up" could not be read (its key \'outside\' is a link out of ASSAY_SECRETS_DIR)',
    ],
  ])('%s/%s can not be read: %s', async (name, key, message) => {
    for (const reader of [files, files.ofMetrics])
      await expect(reader.read('app', name, key)).rejects.toMatchObject({
        name: 'ProviderError',
        code: 'secret',
        message,
      });
  });

  it('of a namespace are whole: what it lacks is not taken from the shared ones', async () => {
    put('web/second');
    await expect(files.read('shop', 'web', 'second')).rejects.toThrow(
      "key 'second' does not exist in secret 'web'",
    );
  });
});

describe('files of secrets, for metrics', () => {
  it.each([
    ['app', 'web', 'token', 'web/token'],
    ['shop', 'web', 'token', 'shop/web/token'],
    ['shop', 'datadog', 'api-key', 'shop/datadog/api-key'],
    ['app', 'keys', 'api-key', 'keys/api-key'],
    ['app', 'hook', 'other', 'hook/other'],
    [OWN, 'web', 'token', 'assay/web/token'],
  ])('of namespace %s: %s/%s is that of %s', async (namespace, name, key, text) => {
    expect(await files.ofMetrics.read(namespace, name, key)).toBe(text);
  });

  it.each([
    ['app', 'datadog', 'api-key'],
    ['app', 'newrelic', 'personal-api-key'],
    ['app', 'influxdb', 'authToken'],
    ['app', 'wavefront-api-tokens', 'x.wavefront.com'],
    ['app', 'dd-eu', 'api-key'],
    ['app', 'relic-eu', 'personal-api-key'],
    ['app', 'flux', 'authToken'],
    [OWN, 'stores', 'app-key'],
    ['app', 'hook', 'secret'],
    ['app', 'web', 'hook'],
    ['app', 'bearer', 'token'],
    ['app', 'prometheus', 'password'],
    ['default', 'grafana', 'password'],
    // Namespaces that are no names have what is shared.
    ['', 'datadog', 'api-key'],
    ['a b', 'dd-eu', 'api-key'],
    ['..', 'influxdb', 'authToken'],
  ])('of namespace %s: the service’s own %s/%s is not there', async (namespace, name, key) => {
    await expect(files.ofMetrics.read(namespace, name, key)).rejects.toMatchObject({
      code: 'secret',
      message: refused(namespace, name),
    });
    // The service itself reads it.
    expect(await files.read(namespace, name, key)).not.toBe('');
  });
});

describe('files of secrets, beside a cluster', () => {
  it('are those of the namespace of the run, and the shared ones for the namespace of the service', async () => {
    expect(await files.besideCluster.read('shop', 'web', 'token')).toBe('shop/web/token');
    expect(await files.besideCluster.read(OWN, 'keys', 'api-key')).toBe('keys/api-key');
    await expect(files.besideCluster.read('app', 'web', 'token')).rejects.toThrow('secrets "web" not found');
  });
});
