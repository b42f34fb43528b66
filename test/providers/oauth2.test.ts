import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { HttpClient } from '../../service/providers/index.js';
import {
  type RecordingServer,
  type ScriptedResponse,
  startRecordingServer,
} from '../support/recording-server.js';
import { measureOnce, NOW_MS, openClient } from './measure.js';

let server: RecordingServer;
let http: HttpClient;
beforeAll(async () => {
  server = await startRecordingServer();
});
afterAll(() => server.close());
afterEach(() => {
  http.close();
});

const ONE = '{"status":"success","data":{"resultType":"scalar","result":[1,"1"]}}';

/** Tokens `t0`, `t1`, … that live for `expiresIn` seconds; the API answers with `api`. */
function serve(expiresIn: number | undefined, api: (authorization: string) => ScriptedResponse): void {
  let issued = 0;
  server.answer(({ target, headers }) => {
    if (target !== '/token') return api(headers['authorization'] ?? '');
    const token = { access_token: `t${issued}`, expires_in: expiresIn };
    issued += 1;
    return { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(token) };
  });
}

const authorizations = (): (string | undefined)[] =>
  server.requests.filter(({ target }) => target !== '/token').map(({ headers }) => headers['authorization']);

function measure(
  nowMs = NOW_MS,
  clientSecret = 's',
  insecure = false,
  signal = new AbortController().signal,
) {
  const oauth2 = { tokenUrl: `${server.url}/token`, clientId: 'c id', clientSecret, scopes: ['a', 'b'] };
  return measureOnce(
    { provider: { prometheus: { address: server.url, query: 'up', insecure, authentication: { oauth2 } } } },
    http,
    { clock: { nowMs: () => nowMs }, signal },
  );
}

describe('a token', () => {
  it('is asked for with all scopes and the id encoded, and used until shortly before it ends', async () => {
    http = openClient();
    serve(60, () => ({ body: ONE }));
    await measure();
    await measure(NOW_MS + 49_000);
    await measure(NOW_MS + 50_000);
    expect(authorizations()).toEqual(['Bearer t0', 'Bearer t0', 'Bearer t1']);
    expect(server.requests[0]).toMatchObject({
      method: 'POST',
      body: 'grant_type=client_credentials&scope=a+b',
    });
    expect(server.requests[0]?.headers['authorization']).toBe(
      `Basic ${Buffer.from('c+id:s').toString('base64')}`,
    );
  });

  it('without an end is used once', async () => {
    http = openClient();
    serve(undefined, () => ({ body: ONE }));
    await measure();
    await measure();
    expect(authorizations()).toEqual(['Bearer t0', 'Bearer t1']);
  });

  it('is not shared between clients with different secrets or different trust', async () => {
    http = openClient();
    serve(3600, () => ({ body: ONE }));
    await measure(NOW_MS, 'one');
    await measure(NOW_MS, 'two');
    await measure(NOW_MS, 'one', true);
    expect(authorizations()).toEqual(['Bearer t0', 'Bearer t1', 'Bearer t2']);
  });

  it('that the server refuses is not used again', async () => {
    http = openClient();
    serve(3600, (authorization) => (authorization === 'Bearer t0' ? { status: 401 } : { body: ONE }));
    expect(await measure()).toMatchObject({ phase: 'Error', message: 'client_error: client error: 401' });
    expect(await measure()).toMatchObject({ phase: 'Successful' });
  });

  it('that can not be got is an Error that names no secret', async () => {
    http = openClient();
    server.answer([{ status: 500, body: 'down' }]);
    expect(await measure(NOW_MS, 'very-secret')).toMatchObject({
      phase: 'Error',
      message: `Post "${server.url}/api/v1/query": oauth2: cannot fetch token: 500 Internal Server Error\nResponse: down`,
    });
    expect(server.requests).toHaveLength(2);
    expect(server.requests[1]?.body).toBe(
      'client_id=c+id&client_secret=very-secret&grant_type=client_credentials&scope=a+b',
    );
  });

  it('is not asked for again when the server does not answer', async () => {
    http = openClient();
    server.answer([{ closeConnection: true }]);
    expect(await measure()).toMatchObject({
      phase: 'Error',
      message: `Post "${server.url}/api/v1/query": Post "${server.url}/token": EOF`,
    });
    expect(server.requests).toHaveLength(1);
  });

  it('is asked for once by simultaneous measurements, whichever of them gives up', async () => {
    http = openClient();
    let issued = 0;
    server.answer(({ target }) => {
      if (target !== '/token') return { body: ONE };
      issued += 1;
      return { body: '{"access_token":"t","expires_in":60}', delayMs: 50 };
    });
    const impatient = new AbortController();
    const measurements = [
      measure(NOW_MS, 's', false, impatient.signal),
      ...Array.from({ length: 20 }, () => measure()),
    ];
    await expect.poll(() => issued).toBe(1);
    impatient.abort();
    const [first, ...others] = await Promise.all(measurements);
    expect(first).toMatchObject({
      phase: 'Error',
      message: `Post "${server.url}/api/v1/query": Post "${server.url}/token": context canceled`,
    });
    expect(new Set(others.map(({ phase }) => phase))).toEqual(new Set(['Successful']));
    expect(issued).toBe(1);
  });
});
