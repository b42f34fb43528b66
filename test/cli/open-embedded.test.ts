import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openEmbedded } from '../../service/cli/embedded.js';
import { ConfigError } from '../../service/platform/index.js';
import { eventually } from '../support/eventually.js';
import { listenOnLoopback, type RecordingServer, startRecordingServer } from '../support/recording-server.js';

let store: RecordingServer;
beforeEach(async () => {
  store = await startRecordingServer();
});
afterEach(() => store.close());

it('a command that is done breaks off what is still measured, and does not wait for it', async () => {
  store.answer([{ delayMs: 60_000 }]);
  const assay = await openEmbedded({ ASSAY_LOG_LEVEL: 'silent' }, () => undefined);
  const { engine } = assay;
  await engine.start();
  const provider = { web: { url: store.url, jsonPath: '{$}', timeoutSeconds: 60 } };
  await engine.create({ spec: { metrics: [{ name: 'slow', provider }] } });
  await eventually('it is being measured', () => (store.requests.length === 1 ? true : undefined));
  const doneMs = performance.now();
  await engine.stop();
  await assay.close();
  expect(performance.now() - doneMs).toBeLessThan(2_000);
});

it('a command that is done leaves no connection open, not even to named servers on this machine', async () => {
  const open = new Set<Socket>();
  const named = createServer((_request, response) => response.end('{"ok": true}'));
  named.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
  });
  const port = await listenOnLoopback(named);
  const folder = await mkdtemp(join(tmpdir(), 'assay-'));
  const file = join(folder, 'providers.yaml');
  const server = { name: 'here', address: `http://127.0.0.1:${port}`, loopback: true };
  await writeFile(file, JSON.stringify({ providers: [server] }));
  try {
    const env = { ASSAY_LOG_LEVEL: 'silent', ASSAY_PROVIDERS_FILE: file };
    const assay = await openEmbedded(env, () => undefined);
    await assay.engine.start();
    const provider = { web: { url: 'provider://here/', jsonPath: '{$.ok}' } };
    await assay.engine.create({ spec: { metrics: [{ name: 'here', provider }] } }, { id: 'one' });
    const run = await assay.engine.waitForCompletion('one', 10_000);
    expect(run?.status?.metricResults).toMatchObject([{ phase: 'Successful' }]);
    expect(open.size).toBe(1);
    await assay.engine.stop();
    await assay.close();
    await eventually('the connection is closed', () => (open.size === 0 ? true : undefined), 3_000);
  } finally {
    named.closeAllConnections();
    named.close();
    await rm(folder, { recursive: true });
  }
});

it('a command tells all that is wrong with what it would use at once, and leaves the rest to the service', async () => {
  const settings = {
    ASSAY_SECRETS_DIR: '/nowhere/secrets',
    ASSAY_CA_FILE: '/nowhere/ca.pem',
    ASSAY_PROVIDERS_FILE: '/nowhere/providers.yaml',
    ASSAY_WEBHOOK_SECRET: 'MARKER',
  };
  const ofServices = { ASSAY_TOKENS_FILE: '/nowhere/tokens', ASSAY_TEMPLATES_DIR: '/nowhere/templates' };
  const refused: unknown = await openEmbedded({ ...settings, ...ofServices }, () => undefined).catch(
    (error: unknown) => error,
  );
  expect(refused).toBeInstanceOf(ConfigError);
  const { problems } = refused as ConfigError;
  expect(problems.map((problem) => problem.split(':', 1)[0])).toEqual(Object.keys(settings));
  expect(problems).toContain('ASSAY_SECRETS_DIR: /nowhere/secrets can not be read: ENOENT');
  expect(problems.join()).not.toContain('MARKER');
});
