import supertest from 'supertest';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Problem } from '../../../schemas/index.js';
import type { Authenticate } from '../../../service/api/auth/index.js';
import { type ApiDeps, createApi } from '../../../service/api/index.js';
import { createMemoryEngine, type Engine } from '../../../service/engine/index.js';
import { createLog, createMetrics } from '../../../service/platform/index.js';
import { realDeps, scripted } from '../../engine/fixtures.js';
import { notAsked } from '../fixtures.js';
import { authenticateWith, runIn, token } from './fixtures.js';

let engine: Engine;
let lines: string[];
beforeEach(async () => {
  lines = [];
  engine = createMemoryEngine(realDeps(scripted(() => 'Successful').measure).deps);
  await engine.start();
  await engine.create(runIn('shop'), { id: 'in-shop' });
});
afterEach(() => engine.stop());

const tokens = [
  token('ci', ['run'], ['shop']),
  token('sre', ['admin'], ['*']),
  token('view', ['read'], ['shop']),
];
const open = (): ApiDeps => ({
  engine,
  metrics: createMetrics({ version: '1', nodeMetrics: false }),
  log: createLog({ level: 'info', destination: { write: (line) => lines.push(line) } }),
  measureOnce: notAsked,
});
const api = (fields: Partial<ApiDeps> = {}) =>
  supertest(createApi({ ...open(), authenticate: authenticateWith({ tokens }), ...fields }));
const bearer = (name: string): Record<string, string> => ({ Authorization: `Bearer ${name}` });
const audited = () =>
  lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter(({ audit }) => audit === true);

describe('the audit log', () => {
  it('has a line for each change: who, what, of which run and namespace, from where, and what came of it', async () => {
    const client = api();
    const started = await client.post('/v1/analysisruns').set(bearer('ci')).send(runIn('shop'));
    const { uid } = (started.body as { metadata: { uid: string } }).metadata;
    await client.get(`/v1/analysisruns/${uid}`).set(bearer('ci')).expect(200);
    await client.post(`/v1/analysisruns/${uid}/terminate`).set(bearer('ci')).expect(200);
    await client.delete('/v1/analysisruns/in-shop').set(bearer('sre')).expect(204);
    const line = { audit: true, level: 'info', msg: 'a change was asked for', outcome: 'done' };
    expect(audited()).toMatchObject([
      { ...line, who: 'token:ci', action: 'startRun', run: uid, namespace: 'shop', status: 201 },
      { ...line, who: 'token:ci', action: 'terminateRun', run: uid, namespace: 'shop', status: 200 },
      { ...line, who: 'token:sre', action: 'forgetRun', run: 'in-shop', status: 204 },
    ]);
    for (const { from } of audited()) expect(from).toMatch(/127\.0\.0\.1$/);
  });

  it('has those that were refused, and whatever the level of the log is', async () => {
    const log = createLog({ level: 'error', destination: { write: (line) => lines.push(line) } });
    const client = api({ log });
    await client.delete('/v1/analysisruns/in-shop').expect(401);
    await client.delete('/v1/analysisruns/in-shop').set(bearer('view')).expect(403);
    await client.put('/v1/analysisruns/x').set(bearer('ci')).send(runIn('bank')).expect(403);
    await client.put('/v1/analysisruns/in-shop').set(bearer('ci')).send(runIn('shop', 'other')).expect(409);
    await client.post('/v1/elsewhere').set(bearer('ci')).expect(403);
    expect(audited()).toMatchObject([
      { who: null, action: 'forgetRun', run: 'in-shop', status: 401, outcome: 'refused' },
      { who: 'token:view', action: 'forgetRun', run: 'in-shop', status: 403, outcome: 'refused' },
      { who: 'token:ci', action: 'startRunWithId', run: 'x', namespace: 'bank', status: 403 },
      { who: 'token:ci', action: 'startRunWithId', run: 'in-shop', namespace: 'shop', status: 409 },
      { who: 'token:ci', action: null, method: 'POST', path: '/v1/elsewhere', status: 403 },
    ]);
    expect(lines).toHaveLength(5);
  });

  it('has those that were refused for the page or the host that they came by', async () => {
    const client = supertest(createApi({ ...open(), hosts: ['localhost'] }));
    const change = () => client.post('/v1/analysisruns/in-shop/terminate').set('Host', 'localhost');
    await change().set('Origin', 'https://evil.example').expect(403);
    await change().set('Host', 'evil.example').expect(403);
    await client.get('/v1/analysisruns').set('Host', 'evil.example').expect(403);
    await api().put('/v1/analysisruns/x').set('Origin', 'https://evil.example').set(bearer('ci')).expect(403);
    const line = { action: 'terminateRun', run: 'in-shop', status: 403, outcome: 'refused' };
    expect(audited()).toMatchObject([
      { ...line, who: 'anonymous' },
      { ...line, who: 'anonymous' },
      // It was refused before anybody looked at the credentials.
      { action: 'startRunWithId', who: null, run: 'x', status: 403, outcome: 'refused' },
    ]);
  });

  it('names everybody who asks a service without authentication', async () => {
    const client = supertest(createApi(open()));
    await client.put('/v1/analysisruns/y').send(runIn('shop')).expect(201);
    expect(audited()).toMatchObject([{ who: 'anonymous', action: 'startRunWithId', run: 'y' }]);
  });

  it('takes the word of trusted proxies on the address, and of nobody else', async () => {
    const forwarded = { ...bearer('sre'), 'X-Forwarded-For': '203.0.113.9, 198.51.100.7' };
    await api().delete('/v1/analysisruns/a').set(forwarded);
    await api({ trustedProxies: ['127.0.0.0/8', '::ffff:127.0.0.0/104'] })
      .delete('/v1/analysisruns/b')
      .set(forwarded);
    const [untrusted, trusted] = audited();
    expect(untrusted?.['from']).toMatch(/127\.0\.0\.1$/);
    expect(trusted?.['from']).toBe('198.51.100.7');
    await api({ trustedProxies: ['127.0.0.0/8', '::ffff:127.0.0.0/104'] })
      .delete('/v1/analysisruns/c')
      .set({ ...bearer('sre'), 'X-Forwarded-For': 'x'.repeat(5_000) });
    expect(audited().at(-1)?.['from']).toBe(`${'x'.repeat(256)}…`);
  });
});

describe('credentials', () => {
  it('are in no log, whether right, wrong or malformed', async () => {
    const client = api();
    for (const authorization of [
      'Bearer MARKER',
      'Basic TUFSS0VS',
      'MARKER',
      'Bearer MARKER MARKER',
      'Bearer eyJhbGciOiJub25lIn0.e30.MARKER',
    ])
      await client
        .post('/v1/analysisruns')
        .set('Authorization', authorization)
        .send(runIn('shop'))
        .expect(401);
    await client.post('/v1/analysisruns').set(bearer('ci')).send(runIn('shop')).expect(201);
    expect(lines.join('\n')).not.toMatch(/MARKER|TUFSS0VS|Bearer/);
    expect(lines.join('\n')).toContain('credentials were refused');
  });

  it('that were refused too often from an address are not looked at for a while; good ones still are', async () => {
    const client = api();
    await client.get('/v1/analysisruns').set(bearer('ci')).expect(200);
    for (let guess = 0; guess < 10; guess++)
      await client
        .get('/v1/analysisruns')
        .set(bearer(`guess-${guess}`))
        .expect(401);
    const limited = await client.get('/v1/analysisruns').set(bearer('guess-10')).expect(429);
    expect(Number(limited.headers['retry-after'])).toBeGreaterThan(0);
    // A token that was never seen before is not looked at either, or guessing would go on.
    await client.get('/v1/analysisruns').set(bearer('sre')).expect(429);
    await client.get('/v1/analysisruns').set(bearer('ci')).expect(200);
    // What has no credentials is no guess.
    await client.get('/v1/analysisruns').expect(401);
  });

  it('that expire are refused from then on', async () => {
    let nowMs = Date.UTC(2026, 0, 1);
    const expiring = token('old', ['read'], ['*'], { expires: '2026-01-02T00:00:00Z' });
    const client = api({ authenticate: authenticateWith({ tokens: [expiring] }, () => nowMs) });
    await client.get('/v1/analysisruns').set(bearer('old')).expect(200);
    nowMs += 86_400_000;
    await client.get('/v1/analysisruns').set(bearer('old')).expect(401);
    expect(lines.join()).toContain('token:old has expired');
  });

  it('that nobody can judge now are answered 503, and are no failures', async () => {
    const away: Authenticate = () =>
      Promise.resolve({ kind: 'unavailable', method: 'oidc', reason: 'the keys can not be had' });
    const client = api({ authenticate: away });
    for (let time = 0; time < 12; time++) {
      const answer = await client.get('/v1/analysisruns').set(bearer('x')).expect(503);
      expect(answer.headers['retry-after']).toBe('5');
      expect((answer.body as Problem).detail).toBe('it can not be found out now who asks: try again');
    }
  });
});
