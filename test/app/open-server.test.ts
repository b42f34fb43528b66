import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { AnalysisRun } from '../../schemas/index.js';
import { openServer } from '../../service/app.js';
import { ConfigError } from '../../service/platform/index.js';
import { temporaryDirectories } from '../archive/fixtures.js';

const newDirectory = temporaryDirectories();
let close: (() => Promise<void>) | undefined;
afterEach(() => close?.());

const env = { ASSAY_LOG_LEVEL: 'silent' };

describe('the service', () => {
  it('answers on the loopback address, observes its runs, and can be reached no more after it ends', async () => {
    const server = await openServer(env, { port: '0' });
    close = () => server.close();
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const metrics = [
      {
        name: 'errors',
        interval: '1h',
        initialDelay: '1h',
        provider: { web: { url: 'http://127.0.0.1:1', jsonPath: '{$}' } },
      },
    ];
    const started = await fetch(`${server.url}/v1/analysisruns/one`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        kind: 'AnalysisRun',
        metadata: { name: 'one', namespace: 'shop' },
        spec: { metrics },
      }),
    });
    expect(started.status).toBe(201);
    const text = await (await fetch(`${server.url}/metrics`)).text();
    expect(text).toMatch(/^analysis_run_info\{namespace="shop",name="one",phase="\w*"\} 1$/m);
    await server.close();
    await expect(fetch(`${server.url}/healthz`)).rejects.toThrow('fetch failed');
  });

  it('writes what has ended to its archive before it ends', async () => {
    const directory = await newDirectory();
    const server = await openServer({ ...env, ASSAY_ARCHIVE_DIR: directory }, { port: '0' });
    close = () => server.close();
    const provider = { web: { url: 'http://127.0.0.1:1', jsonPath: '{$}' } };
    const metrics = [{ name: 'errors', provider, consecutiveErrorLimit: 0 }];
    await fetch(`${server.url}/v1/analysisruns/one`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ kind: 'AnalysisRun', spec: { metrics } }),
    });
    const answer = await fetch(`${server.url}/v1/analysisruns/one?wait=10s`);
    expect(await answer.json()).toMatchObject({ status: { phase: 'Error' } });
    const list = await fetch(`${server.url}/v1/analysisruns`);
    expect(await list.json()).toMatchObject({
      metadata: { covers: expect.stringContaining('found in the archive') as unknown },
    });
    await server.close();
    const [file = ''] = (await readdir(directory)).filter((name) => name.endsWith('.jsonl'));
    expect(JSON.parse(await readFile(join(directory, file), 'utf8'))).toMatchObject({
      id: 'one',
      run: { status: { phase: 'Error', verdict: 'rollback' } },
    });
  });

  it('answers whoever waits before it ends, and ends streams in order', async () => {
    const server = await openServer(env, { port: '0' });
    close = () => server.close();
    const run = `${server.url}/v1/analysisruns/slow`;
    const provider = { web: { url: 'http://127.0.0.1:1', jsonPath: '{$}' } };
    const started = await fetch(run, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        kind: 'AnalysisRun',
        spec: { metrics: [{ name: 'errors', interval: '1h', initialDelay: '1h', provider }] },
      }),
    });
    expect(started.status).toBe(201);
    const waiting = fetch(`${run}?wait=5m`);
    const stream = await fetch(`${run}/events`);
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
    const toldToEndMs = performance.now();
    const closed = server.close();
    const answer = await waiting;
    expect([answer.status, ((await answer.json()) as AnalysisRun).status?.phase]).toEqual([200, 'Running']);
    expect(await stream.text()).toBe('retry: 2000\n\n');
    await closed;
    // Nobody is cut off after the grace of three seconds.
    expect(performance.now() - toldToEndMs).toBeLessThan(2_000);
  });

  it('lets in only whom its file of tokens knows, listens everywhere then, and measures nothing on this machine', async () => {
    const path = join(await newDirectory(), 'tokens.yaml');
    const hash = createHash('sha256').update('s3cret').digest('hex');
    await writeFile(path, `tokens: [{ name: ci, sha256: ${hash}, scopes: [run], namespaces: [shop] }]\n`);
    const server = await openServer({ ...env, ASSAY_TOKENS_FILE: path }, { port: '0' });
    close = () => server.close();
    expect(server.url).toMatch(/^http:\/\/localhost:\d+$/);
    const url = server.url.replace('localhost', '127.0.0.1');
    const body = JSON.stringify({
      metric: { name: 'own', provider: { web: { url: `${url}/healthz`, jsonPath: '{$.status}' } } },
      metadata: { namespace: 'shop' },
    });
    const post = (headers: Record<string, string>) =>
      fetch(`${url}/v1/measurements`, {
        ...{ method: 'POST', body },
        headers: { 'content-type': 'application/json', ...headers },
      });
    expect((await post({})).status).toBe(401);
    const answer = await post({ authorization: 'Bearer s3cret' });
    expect([answer.status, await answer.json()]).toMatchObject([
      200,
      { phase: 'Error', message: expect.stringContaining('egress denied: 127.0.0.1') as string },
    ]);
  });

  it('tells all that is wrong with its settings at once, by the names under which they were given', async () => {
    const settings = {
      ASSAY_PORT: 'many',
      ASSAY_ROLE: 'cook',
      ASSAY_EGRESS_DENY: '10.0.0.0/99',
      ASSAY_TEMPLATES_DIR: '/nowhere/templates',
      ASSAY_SECRETS_DIR: '/dev/null',
      ASSAY_WEBHOOK_SECRET: 'MARKER',
      ASSAY_CA_FILE: '/nowhere/ca.pem',
      ASSAY_PROVIDERS_FILE: '/nowhere/providers.yaml',
      ASSAY_TOKENS_FILE: '/nowhere/tokens',
    };
    const refused = await openServer({ ...env, ...settings }, {}).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ConfigError);
    const { problems } = refused as ConfigError;
    expect(problems.map((problem) => problem.split(':', 1)[0]).sort()).toEqual(Object.keys(settings).sort());
    expect(problems).toContain('ASSAY_SECRETS_DIR: /dev/null is no directory');
    expect(problems.join()).not.toContain('MARKER');
  });

  it.each([
    [{ ASSAY_TOKENS_FILE: '/etc/assay/tokens' }, '/etc/assay/tokens can not be read: ENOENT'],
    [{ ASSAY_TEMPLATES_DIR: '/nowhere' }, 'ASSAY_TEMPLATES_DIR: /nowhere can not be read: ENOENT'],
    [{ ASSAY_MAX_STARTS_PER_SECOND: '0' }, 'ASSAY_MAX_STARTS_PER_SECOND: must be a whole number'],
    [{ ASSAY_ROLE: 'worker' }, 'worker alone needs ASSAY_REDIS_URL'],
    [{ ASSAY_ROLE: 'api' }, 'api alone needs ASSAY_REDIS_URL'],
    [{ ASSAY_PORT: 'many' }, 'ASSAY_PORT'],
  ])('does not start with %j', async (settings, message) => {
    await expect(openServer({ ...env, ...settings }, {})).rejects.toThrow(message);
  });
});
