import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EngineTimeoutError } from '../../service/api/prompt-engine.js';
import { type Engine, type EngineHealth, StoreAwayError } from '../../service/engine/index.js';
import { createLog } from '../../service/platform/index.js';
import { apiOver, type Client, endless, runBody, startMemoryApi } from './memory-api.js';

let engine: Engine;
let api: Client;
beforeEach(async () => {
  ({ engine, api } = await startMemoryApi());
});
afterEach(() => engine.stop());

describe('the service', () => {
  it('says that it is alive and ready, and shows its metrics', async () => {
    await api.get('/healthz').expect(200, { status: 'ok' });
    await api.get('/readyz').expect(200, { status: 'ok' });
    const { text } = await api.get('/metrics').expect(200);
    expect(text).toContain('assay_build_info{version="1.2.3"} 1');
  });

  it('does not say what it is made of', async () => {
    const { headers } = await api.get('/healthz');
    expect(headers).not.toHaveProperty('x-powered-by');
    expect(headers['x-content-type-options']).toBe('nosniff');
  });

  it.each([
    [{ Origin: 'https://evil.example' }, 403],
    [{ Origin: 'null' }, 403],
    [{ Origin: 'http://localhost:3000' }, 403],
    [{ 'Sec-Fetch-Site': 'cross-site' }, 403],
    [{ 'Sec-Fetch-Site': 'same-site', Origin: 'http://localhost:8080' }, 403],
    [{ 'Sec-Fetch-Site': 'same-origin', Origin: 'https://behind-a-proxy.example' }, 200],
    [{ 'Sec-Fetch-Site': 'none' }, 200],
    [{ Origin: 'http://localhost:8080' }, 200],
    [{}, 200],
  ])('lets pages of other origins change nothing: %j is answered %d', async (headers, status) => {
    await api.put('/v1/analysisruns/one').send(endless()).expect(201);
    const asked = api.post('/v1/analysisruns/one/terminate').set('Host', 'localhost:8080');
    for (const [name, value] of Object.entries(headers)) void asked.set(name, value);
    await asked.expect(status);
    const path = `/v1/analysisruns/one${status === 200 ? '?wait=10s' : ''}`;
    const { body } = await api.get(path).set('Sec-Fetch-Site', 'cross-site').expect(200);
    expect(['', 'Running'].includes(body.status.phase)).toBe(status === 403);
  });

  it.each([
    ['localhost:8080', 200],
    ['127.0.0.1', 200],
    ['[::1]:8080', 200],
    ['[0:0:0:0:0:0:0:1]:80', 200],
    ['LOCALHOST', 200],
    ['evil.example', 403],
    ['localhost.evil.example:8080', 403],
    ['127.0.0.1.evil.example', 403],
  ])('that only this machine can reach answers requests for %s with %d', async (host, status) => {
    const hosts = ['localhost', '127.0.0.1', '[::1]'];
    const local = apiOver(engine, { hosts });
    const answer = await local.get('/v1/analysisruns').set('Host', host).expect(status);
    if (status === 403)
      expect(answer.body.detail).toBe(
        `the host "${host}" is none of this service, which is not authenticated: use localhost or 127.0.0.1 or [::1]`,
      );
  });

  it('answers 404 and 405 as problems', async () => {
    const nothing = await api.get('/v2').expect(404);
    expect(nothing.body.detail).toBe('there is nothing at /v2');
    const wrong = await api.patch('/v1/analysisruns').expect(405);
    expect(wrong.headers['allow']).toBe('GET, POST');
  });

  const failing = (health: Partial<EngineHealth>, error = new Error('ECONNREFUSED 10.1.2.3')) => {
    const lines: string[] = [];
    const log = createLog({ level: 'warn', destination: { write: (line) => void lines.push(line) } });
    const broken: Engine = {
      ...engine,
      create: () => Promise.reject(error),
      health: () =>
        Promise.resolve({
          ...{ ready: true, reasons: [], storeReasons: [], refusals: [], warnings: [], lastTickAgeMs: 0 },
          ...health,
        }),
    };
    return { client: apiOver(broken, { log }), lines };
  };

  it('is not ready, and waits for nothing, when the process is ending', async () => {
    const stopping = new AbortController();
    const app = apiOver(engine, { stopping: stopping.signal });
    await app.get('/readyz').expect(200);
    stopping.abort();
    expect((await app.get('/readyz').expect(503)).body.detail).toBe('the process is ending');
    await app.get('/healthz').expect(200);
  });

  it('answers 503 with Retry-After while the queue is away', async () => {
    const reasons = ['redis is away'];
    const { client, lines } = failing({ ready: false, reasons, storeReasons: reasons });
    const away = await client.post('/v1/analysisruns').send(runBody()).expect(503);
    expect(away.headers['retry-after']).toBe('5');
    expect(away.body.detail).toMatch(/^runs can not be reached \(redis is away\): try again/);
    expect((await client.get('/readyz').expect(503)).body.detail).toBe('redis is away');
    expect(lines[0]).toContain('"level":"warn"');
  });

  it('answers 503 for a connection that was lost and is there again', async () => {
    const { client, lines } = failing({}, new StoreAwayError('connect ECONNREFUSED 10.1.2.3'));
    const away = await client.post('/v1/analysisruns').send(runBody()).expect(503);
    expect(away.headers['retry-after']).toBe('5');
    expect(away.body.detail).toMatch(
      /^runs can not be reached \(the connection to Redis was lost\): try again/,
    );
    expect(JSON.stringify(away.body)).not.toContain('10.1.2.3');
    expect(lines.join()).toContain('10.1.2.3');
  });

  it.each([[{}], [{ ready: false, reasons: ['no job was run for 31 s'] }]])(
    'answers 500 for a fault of its own and logs it as one, with health %j',
    async (health) => {
      const { client, lines } = failing(health);
      const fault = await client.post('/v1/analysisruns').send(runBody()).expect(500);
      expect(JSON.stringify(fault.body)).not.toContain('10.1.2.3');
      expect(lines[0]).toContain('"level":"error"');
    },
  );

  it('says of an engine that is connected and takes too long just that, whatever its runs are kept in', async () => {
    const { client } = failing({}, new EngineTimeoutError('busy', 5_000));
    const late = await client.post('/v1/analysisruns').send(runBody()).expect(503);
    expect(late.headers['retry-after']).toBe('5');
    expect(late.body.detail).toBe(
      'there is too much to do (no answer within 5 s): what was asked for may have been done; repeat it with the same id or Idempotency-Key',
    );
  });
});
