import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openClusters } from '../../service/providers/kubernetes/clusters.js';
import { createLog, loadConfig, systemClock } from '../../service/platform/index.js';
import type { SecretReader } from '../../service/providers/index.js';
import { type RecordingServer, startRecordingServer } from '../support/recording-server.js';

const files: SecretReader = { read: () => Promise.resolve('from a file') };

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

  it('are, with a cluster, files for runs in the namespace of the service only', async () => {
    const clusters = open({ KUBECONFIG: join(folder, 'kubeconfig') });
    const secrets = clusters.secretsOfRuns(files, 'assay');
    expect(await secrets.read('assay', 'datadog', 'api-key')).toBe('from a file');
    await expect(secrets.read('shop', 'datadog', 'api-key')).rejects.toThrow('secrets "datadog" not found');
    // What operators name in their own file is theirs wherever it is kept.
    expect(await clusters.secrets(files).read('shop', 'datadog', 'api-key')).toBe('from a file');
    await clusters.close();
  });

  it('are, without one, files for all', async () => {
    const clusters = open({});
    expect(await clusters.secretsOfRuns(files, 'assay').read('shop', 'datadog', 'api-key')).toBe(
      'from a file',
    );
    await clusters.close();
  });
});
