import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AnalysisRun } from '../../schemas/index.js';
import { assay } from '../support/assay.js';
import { makeCertificate } from '../support/certificates.js';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/free-port.js';
import { startRecordingServer } from '../support/recording-server.js';
import { launchRedis } from '../support/redis-process.js';
import { type ServerProcess, startServer } from '../support/server-process.js';

const MAIN = fileURLToPath(new URL('../../service/main.ts', import.meta.url));

let folder: string;
let redis: ServerProcess;
let url: string;
const ca = (): string => join(folder, 'cert.pem');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-redis-tls-'));
  const { cert, key } = makeCertificate();
  await writeFile(ca(), cert);
  await writeFile(join(folder, 'key.pem'), key, { mode: 0o600 });
  const port = await freePort();
  redis = await launchRedis({
    ...{ port, directory: folder },
    args: [
      ...['--port', '0', '--tls-port', String(port), '--tls-auth-clients', 'no'],
      ...['--tls-cert-file', ca(), '--tls-key-file', join(folder, 'key.pem'), '--tls-ca-cert-file', ca()],
      ...['--requirepass', 'right'],
    ],
    client: { password: 'right', tls: { ca: cert } },
  });
  url = `rediss://:right@127.0.0.1:${port}`;
});
afterAll(async () => {
  await redis.stop('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

it.each([
  ['by Node', 'NODE_EXTRA_CA_CERTS'],
  ['by its setting', 'ASSAY_REDIS_CA_FILE'],
])(
  'runs are kept in a Redis that speaks TLS only and whose authority is trusted %s',
  async (_how, setting) => {
    const store = await startRecordingServer();
    store.answer([{ body: '{"ok": true}' }]);
    const server = await startServer(process.execPath, ['--import', 'tsx', MAIN, 'serve', '--port', '0'], {
      ASSAY_REDIS_URL: url,
      ASSAY_LOG_LEVEL: 'error',
      [setting]: ca(),
    });
    try {
      const address = await eventually(
        'assay serve listens',
        () => {
          server.check();
          return /listens on (\S+)/.exec(server.output())?.[1];
        },
        60_000,
      );
      const provider = { web: { url: store.url, jsonPath: '{$}' } };
      const created = await fetch(`${address}/v1/analysisruns/${setting}`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          kind: 'AnalysisRun',
          spec: { metrics: [{ name: 'health', successCondition: 'result.ok', provider }] },
        }),
      });
      expect(created.status).toBe(201);
      const ended = (await (
        await fetch(`${address}/v1/analysisruns/${setting}?wait=30s`)
      ).json()) as AnalysisRun;
      expect(ended.status?.verdict).toBe('promote');
    } finally {
      await server.stop();
      await store.close();
    }
  },
);

it('a file of authorities that is none stops the start', async () => {
  const result = await assay(['serve', '--port', '0'], {
    env: {
      ...{ ASSAY_REDIS_URL: url, ASSAY_LOG_LEVEL: 'silent' },
      ASSAY_REDIS_CA_FILE: join(folder, 'key.pem'),
    },
  });
  expect(result.err).toContain('ASSAY_REDIS_CA_FILE: ');
  expect(result.err).toContain('key.pem: has no certificate (-----BEGIN CERTIFICATE-----)');
  expect(result.code).toBe(64);
});

it('a certificate that nobody trusts stops the start', async () => {
  const result = await assay(['serve', '--port', '0'], {
    env: { ASSAY_REDIS_URL: url, ASSAY_LOG_LEVEL: 'silent' },
  });
  expect(result.err).toMatch(/^ASSAY_REDIS_URL: Redis can not be reached: self-signed certificate\n$/);
  expect(result.code).toBe(69);
});
