import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assay } from '../support/assay.js';

const PLUGINS = fileURLToPath(new URL('../plugins/', import.meta.url));
const APPROVAL = fileURLToPath(new URL('../plugins/approval.mjs', import.meta.url));

const TEMPLATE = `
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: {name: gate}
spec:
  args: [{name: gate}]
  metrics:
    - name: approved
      provider:
        plugin:
          approval: {gate: "{{args.gate}}"}
`;

describe('the plugins of the documentation', () => {
  const server = spawn(process.execPath, [APPROVAL, '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  let folder: string;
  let url: string;
  let file: string;

  beforeAll(async () => {
    const [port] = (await once(server.stdout, 'data')) as readonly Buffer[];
    url = `http://127.0.0.1:${String(port).trim()}`;
    folder = await mkdtemp(join(tmpdir(), 'assay-plugins-'));
    file = join(folder, 'providers.yaml');
    const configured = await readFile(join(PLUGINS, 'providers.yaml'), 'utf8');
    await writeFile(
      file,
      configured.replace('http://127.0.0.1:9911', url).replace('./latency.mjs', join(PLUGINS, 'latency.mjs')),
    );
    await writeFile(join(folder, 'gate.yaml'), TEMPLATE);
  });
  afterAll(async () => {
    const ended = once(server, 'exit');
    server.kill();
    await ended;
    await rm(folder, { recursive: true });
  });

  const decide = (ticket: string, approved: boolean) =>
    fetch(`${url}/decide`, { method: 'POST', body: JSON.stringify({ ticket, approved }) });
  const run = (gate: string, env: Readonly<Record<string, string>> = { ASSAY_PROVIDERS_FILE: file }) =>
    assay(['run', '-f', join(folder, 'gate.yaml'), '--arg', `gate=${gate}`, '--output', 'json'], { env });

  it('let a run pass that is approved while it waits', async () => {
    const waiting = run('checkout-1');
    await expect
      .poll(async () => (await fetch(`${url}/waiting`)).json(), { timeout: 60_000 })
      .toContain('checkout-1');
    await decide('checkout-1', true);
    const { code, out } = await waiting;
    expect(out).toContain('"Successful"');
    expect(code).toBe(0);
  });

  it('fail a run that is refused', async () => {
    await decide('checkout-2', false);
    expect((await run('checkout-2')).code).toBe(1);
  });

  it('stop the command that is to start with one that can not be used', async () => {
    await writeFile(join(folder, 'faulty.yaml'), 'plugins: [{name: approval, module: ./none.mjs}]');
    const { code, err } = await run('x', { ASSAY_PROVIDERS_FILE: join(folder, 'faulty.yaml') });
    expect(err).toContain('the plugin "approval" (file:');
    expect(err).toContain('Cannot find module');
    expect(code).toBe(64);
  });

  it('are named when a metric has one that is not configured', async () => {
    await writeFile(join(folder, 'other.yaml'), 'plugins: [{name: aproval, url: "http://127.0.0.1:1"}]');
    const { code, err } = await assay(
      ['measure', '-f', join(folder, 'gate.yaml'), '--arg', 'gate=x', '--output', 'json'],
      { env: { ASSAY_PROVIDERS_FILE: join(folder, 'other.yaml') } },
    );
    expect(err).toContain('did you mean aproval?');
    expect(code).toBe(64);
  });
});
