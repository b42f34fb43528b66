import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openAccess } from '../../../service/api/index.js';
import {
  createLog,
  createMetrics,
  loadConfig,
  systemClock,
  systemTimers,
} from '../../../service/platform/index.js';
import { createEgressPolicy, createHttpClient } from '../../../service/providers/index.js';
import { type RecordingServer, startRecordingServer } from '../../support/recording-server.js';

let folder: string;
let server: RecordingServer;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-access-'));
  server = await startRecordingServer();
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

/** What becomes of a token of an issuer whose keys are at a URL, with the rules that hold where requests are authenticated. */
async function verdictWith(jwksUrl: string, settings: Readonly<Record<string, string>> = {}) {
  const tokensFile = join(folder, 'access.json');
  const rules = [{ match: [{ claim: 'sub', values: ['me'] }], scopes: ['read'], namespaces: ['*'] }];
  const issuer = { name: 'ci', issuer: 'https://ci', jwksUrl, audiences: ['assay'], rules };
  await writeFile(tokensFile, JSON.stringify({ oidc: [issuer] }));
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const keys = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'RS256' }] });
  server.answer(({ target }) =>
    target === '/keys'
      ? { body: keys }
      : { status: 302, headers: { Location: 'http://169.254.169.254/keys' } },
  );
  const { config } = loadConfig({ env: { ASSAY_TOKENS_FILE: tokensFile, ...settings } });
  const http = createHttpClient({ egress: createEgressPolicy({ loopback: false }) });
  const access = await openAccess(config, {
    ...{ http, clock: systemClock, timers: systemTimers, log: createLog({ level: 'silent' }) },
    metrics: createMetrics({ version: '1', nodeMetrics: false }),
  });
  try {
    const token = await new SignJWT({ sub: 'me' })
      .setProtectedHeader({ alg: 'RS256', kid: 'k' })
      .setIssuer('https://ci')
      .setAudience('assay')
      .setExpirationTime('5m')
      .sign(privateKey);
    return await access.surface.authenticate?.(token);
  } finally {
    access.close();
    http.close();
  }
}

it('keys of an issuer may be on this machine, as the operator says where they are', async () => {
  expect(await verdictWith(`${server.url}/keys`)).toMatchObject({ kind: 'accepted' });
  const { port } = new URL(server.url);
  expect(await verdictWith(`http://localhost:${port}/keys`)).toMatchObject({ kind: 'accepted' });
});

it('keys on this machine lead nowhere else, and not here when the operator denies it', async () => {
  expect(await verdictWith(`${server.url}/elsewhere`)).toMatchObject({
    kind: 'unavailable',
    reason: expect.stringContaining('always denied: 169.254.0.0/16') as unknown,
  });
  expect(await verdictWith(`${server.url}/keys`, { ASSAY_EGRESS_DENY: '127.0.0.0/8' })).toMatchObject({
    kind: 'unavailable',
    reason: expect.stringContaining('denied: 127.0.0.0/8') as unknown,
  });
});
