import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openClusters } from '../../service/providers/kubernetes/clusters.js';
import { createLog, loadConfig, systemClock } from '../../service/platform/index.js';
import { type FileSecrets, noSecrets, type SecretReader } from '../../service/providers/index.js';
import { type RecordingServer, startRecordingServer } from '../support/recording-server.js';

const reader = (text: string): SecretReader => ({ read: () => Promise.resolve(text) });
const files: FileSecrets = {
  ...reader('any file'),
  ofMetrics: reader('a file for metrics'),
  besideCluster: {
    read: (namespace, name, key) =>
      namespace === 'assay' ? Promise.resolve('a file of the service') : noSecrets.read(namespace, name, key),
  },
};

describe('secrets that authors of metrics name', () => {
  let server: RecordingServer;
  let folder: string;
  beforeAll(async () => {
    server = await startRecordingServer();
    server.answer([
      { status: 404, body: '{"kind":"Status","message":"secrets \\"datadog\\" not found","code":404}' },
    ]);
    folder = mkdtempSync(join(tmpdir(), 'assay-clusters-'));
    writeFileSync(
      join(folder, 'kubeconfig'),
      JSON.stringify({
        'current-context': 'x',
        contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
        clusters: [{ name: 'c', cluster: { server: server.url, 'insecure-skip-tls-verify': true } }],
        users: [{ name: 'u', user: { token: 't' } }],
      }),
    );
  });
  afterAll(async () => {
    await server.close();
    rmSync(folder, { recursive: true });
  });

  const open = (env: Readonly<Record<string, string>>) =>
    openClusters(loadConfig({ env }).config, {
      env,
      clock: systemClock,
      log: createLog({ level: 'silent' }),
    });

  it('are, with a cluster, files as they are beside one, where the cluster has no such secret', async () => {
    const clusters = open({ KUBECONFIG: join(folder, 'kubeconfig') });
    for (const secrets of [clusters.secretsOfMetrics(files), clusters.secretsOfStores(files)]) {
      expect(await secrets.read('assay', 'datadog', 'api-key')).toBe('a file of the service');
      await expect(secrets.read('shop', 'datadog', 'api-key')).rejects.toThrow('secrets "datadog" not found');
    }
    // What operators name in their own file is theirs wherever it is kept.
    expect(await clusters.secrets(files).read('shop', 'datadog', 'api-key')).toBe('any file');
    await clusters.close();
  });

  it('are, without one, the files that are for metrics, and providers read all', async () => {
    const clusters = open({});
    expect(await clusters.secretsOfMetrics(files).read('shop', 'web', 'token')).toBe('a file for metrics');
    expect(await clusters.secretsOfStores(files).read('shop', 'datadog', 'api-key')).toBe('any file');
    await clusters.close();
  });
});
