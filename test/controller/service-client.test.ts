import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ServiceAwayError } from '../../service/controller/service/away.js';
import { createServiceClient } from '../../service/controller/service/service-client.js';
import { serverSentEvents } from '../../service/controller/service/server-sent-events.js';
import { freePort } from '../support/free-port.js';
import {
  listenOnLoopback,
  type RecordingServer,
  type ScriptedResponse,
  startRecordingServer,
} from '../support/recording-server.js';

let server: RecordingServer;
beforeAll(async () => {
  server = await startRecordingServer();
});
afterAll(() => server.close());

const client = (timeoutMs = 2_000) =>
  createServiceClient(
    { url: server.url, token: () => Promise.resolve('secret-token') },
    { timeoutMs, silenceMs: 200 },
  );
const run = {
  ...{ apiVersion: 'argoproj.io/v1alpha1', kind: 'AnalysisRun' as const },
  ...{ metadata: { name: 'a', namespace: 'n' }, spec: { metrics: [] } },
};
const answered = (status: object) =>
  JSON.stringify({ ...run, metadata: { ...run.metadata, uid: 'u' }, status });
const problem = (status: number, more: object = {}) => ({
  status,
  headers: { 'content-type': 'application/problem+json' },
  body: JSON.stringify({ type: 'about:blank', title: 'T', status, detail: 'why', ...more }),
});

describe('the client of the service', () => {
  it('hands a run over with its token, and answers how it stands', async () => {
    server.answer([{ status: 201, body: answered({ phase: 'Running' }) }]);
    expect(await client().handOver('u', run)).toEqual({ kind: 'known', status: { phase: 'Running' } });
    expect(server.requests[0]).toMatchObject({
      ...{ method: 'PUT', target: '/v1/analysisruns/u' },
      headers: { authorization: 'Bearer secret-token' },
    });
    expect(JSON.parse(server.requests[0]?.body ?? '')).toEqual(run);
  });

  it('asks how a run stands that the service has with another spec', async () => {
    server.answer([problem(409), { body: answered({ phase: 'Failed' }) }]);
    expect(await client().handOver('u', { ...run, spec: { metrics: [{}] } })).toEqual({
      ...{ kind: 'known', status: { phase: 'Failed' } },
      spec: { metrics: [] },
    });
    expect(server.requests.map(({ method }) => method)).toEqual(['PUT', 'GET']);
  });

  it.each`
    other
    ${{ namespace: 'evil', name: 'a' }}
    ${{ namespace: 'n', name: 'b' }}
    ${{ namespace: 'n', name: 'a', labels: { 'assay.dev/cluster': 'east' } }}
  `('takes the run of $other, which has the id, for none of its own', async ({ other }) => {
    const metadata = { ...(other as object), uid: 'u' };
    const body = JSON.stringify({ ...run, metadata, status: { phase: 'Successful' } });
    server.answer([problem(409), { body }]);
    const { labels, ...by } = other as { labels?: Record<string, string> };
    expect(await client().handOver('u', run)).toEqual({
      kind: 'taken',
      by: { ...by, cluster: labels?.['assay.dev/cluster'] },
    });
    server.answer([{ body }]);
    await client().forget('u', { namespace: 'n', name: 'a', cluster: undefined });
    expect(server.requests.map(({ method }) => method)).toEqual(['GET']);
  });

  it('takes a run that is there for measured, although it would be refused by now', async () => {
    server.answer([problem(422), { body: answered({ phase: 'Running' }) }]);
    expect(await client().handOver('u', run)).toEqual({
      ...{ kind: 'known', status: { phase: 'Running' } },
      spec: { metrics: [] },
    });
  });

  it('ends no run of somebody else', async () => {
    server.answer([{ body: answered({ phase: 'Running' }) }]);
    const owner = { namespace: 'evil', name: 'a', cluster: undefined };
    expect(await client().terminate('u', owner)).toBeUndefined();
    expect(server.requests.map(({ method }) => method)).toEqual(['GET']);
  });

  it('forgets a run of an owner', async () => {
    server.answer([{ body: answered({ phase: 'Running' }) }, { status: 204 }]);
    await client().forget('u', { namespace: 'n', name: 'a', cluster: undefined });
    expect(server.requests.map(({ method }) => method)).toEqual(['GET', 'DELETE']);
  });

  it('tells every fault of a run that is refused, or why it is', async () => {
    const errors = [{ path: 'spec.metrics', message: 'no metrics' }];
    const none = problem(404);
    server.answer([problem(422, { errors }), none]);
    expect(await client().handOver('u', run)).toEqual({ kind: 'refused', faults: errors });
    server.answer([problem(413), none]);
    expect(await client().handOver('u', run)).toEqual({
      kind: 'refused',
      faults: [{ path: '', message: 'the AnalysisRun is too large to be handed to the service: why' }],
    });
  });

  it.each`
    what                    | answer                                                | message
    ${'is overloaded'}      | ${problem(429)}                                       | ${'answered 429: why'}
    ${'has lost its store'} | ${problem(503)}                                       | ${'answered 503: why'}
    ${'knows no token'}     | ${problem(401)}                                       | ${'answered 401: why'}
    ${'is a web page'}      | ${{ status: 200, body: '<html>' }}                    | ${'answered 200 with what is no JSON'}
    ${'refuses like none'}  | ${{ status: 422, body: '{}' }}                        | ${'answered 422'}
    ${'points elsewhere'}   | ${{ status: 302, headers: { location: 'http://x' } }} | ${'answered 302'}
    ${'is something else'}  | ${{ status: 200, body: '{"kind":"Other"}' }}          | ${'is there Assay at its address?'}
    ${'breaks off'}         | ${{ closeConnection: true }}                          | ${'can not be reached'}
    ${'is silent'}          | ${{ status: 200, body: '{}', delayMs: 1_000 }}        | ${'did not answer in time'}
  `(
    'counts a service that $what as away, and does not show the token',
    async ({ answer, message }: { answer: ScriptedResponse; message: string }) => {
      server.answer([answer]);
      const asked = client(300).handOver('u', run);
      await expect(asked).rejects.toThrow(message);
      await expect(asked).rejects.toMatchObject({ name: 'ServiceAwayError' });
      await expect(asked).rejects.not.toThrow('secret-token');
    },
  );

  it('tells a service that is silent, also in the middle of its answer, from one that refuses', async () => {
    const isSilent = async (answer: ScriptedResponse): Promise<unknown> => {
      server.answer([answer]);
      const error: unknown = await client(300)
        .handOver('u', run)
        .catch((reason: unknown) => reason);
      return error instanceof ServiceAwayError ? error.isSilent : error;
    };
    expect(await isSilent({ status: 200, body: '{}', delayMs: 1_000 })).toBe(true);
    expect(await isSilent(problem(503))).toBe(false);
    expect(await isSilent({ closeConnection: true })).toBe(false);
    const stuck = createServer((_request, response) => {
      response.writeHead(200).write('{');
    });
    const url = `http://127.0.0.1:${await listenOnLoopback(stuck)}`;
    const asked = createServiceClient(
      { url, token: () => Promise.resolve(undefined) },
      { timeoutMs: 300, silenceMs: 200 },
    ).handOver('u', run);
    await expect(asked).rejects.toMatchObject({ message: `${url} did not answer in time`, isSilent: true });
    stuck.closeAllConnections();
    stuck.close();
  });

  it('tells when a service that refuses wants to be asked again, which is in a minute at most', async () => {
    const nowMs = Date.now();
    const retryAtMs = async (status: number, seconds: string): Promise<unknown> => {
      const answer = problem(status);
      server.answer([{ ...answer, headers: { ...answer.headers, 'retry-after': seconds } }]);
      const error: unknown = await client()
        .handOver('u', run)
        .catch((reason: unknown) => reason);
      return error instanceof ServiceAwayError ? error.retryAtMs : error;
    };
    expect(await retryAtMs(429, '20')).toBeGreaterThanOrEqual(nowMs + 20_000);
    expect(await retryAtMs(503, '3600')).toBeLessThanOrEqual(Date.now() + 60_000);
    expect(await retryAtMs(503, 'soon')).toBeUndefined();
    expect(await retryAtMs(401, '20')).toBeUndefined();
  });

  it('has nothing to forget of a run that is gone, and goes through all pages of those that go on', async () => {
    server.answer([problem(404)]);
    await client().forget('u');
    const page = (uid: string, more: object) =>
      JSON.stringify({
        items: [JSON.parse(answered({ phase: 'Running' }).replace('"u"', `"${uid}"`))],
        ...more,
      });
    server.answer([
      { body: page('one', { metadata: { continue: 'next' } }) },
      { body: page('two', { metadata: {} }) },
    ]);
    const ids = [];
    for await (const { id } of client().running({ selector: 'a=b', namespace: 'n' })) ids.push(id);
    expect(ids).toEqual(['one', 'two']);
    expect(server.requests.map(({ target }) => target)).toEqual([
      '/v1/analysisruns?selector=a%3Db&namespace=n&phase=Running&limit=500',
      '/v1/analysisruns?selector=a%3Db&namespace=n&phase=Running&limit=500&continue=next',
    ]);
  });

  it('follows runs, and tells when the stream is refused', async () => {
    const changed = answered({ phase: 'Running' });
    server.answer([
      {
        body: `retry: 2000\n\nid: 0\nevent: ready\ndata: {}\n\n:\n\nid: 1\nevent: run\ndata: ${changed}\n\n`,
      },
    ]);
    const followed = [];
    for await (const each of client().follow({ selector: 'a=b' }, new AbortController().signal))
      followed.push(each);
    expect(followed).toEqual([
      { kind: 'ready' },
      { kind: 'run', run: { id: 'u', namespace: 'n', name: 'a', labels: {}, status: { phase: 'Running' } } },
    ]);
    // Ends at once, and how runs stand that go on not more often than an object needs it.
    expect(server.requests.at(-1)?.target).toBe('/v1/analysisruns?selector=a%3Db&watch=true&progress=500ms');
    server.answer([problem(403)]);
    const refused = client()
      .follow({ selector: 'a=b' }, new AbortController().signal)
      [Symbol.asyncIterator]();
    await expect(refused.next()).rejects.toThrow('answered 403: why');
  });
});

it('a stream that goes silent is given up, and one that is not wanted any more ends', async () => {
  const silent = createServer((_request, response) => {
    response.write('event: ready\ndata: {}\n\n');
  });
  const url = `http://127.0.0.1:${await listenOnLoopback(silent)}`;
  const over = new AbortController();
  const followed = createServiceClient(
    { url, token: () => Promise.resolve(undefined) },
    { timeoutMs: 2_000, silenceMs: 100 },
  );
  try {
    const given = followed.follow({ selector: 'a=b' }, new AbortController().signal)[Symbol.asyncIterator]();
    expect(await given.next()).toEqual({ done: false, value: { kind: 'ready' } });
    await expect(given.next()).rejects.toThrow(`the stream of ${url} broke off: nothing came for 0.1 s`);
    const wanted = followed.follow({ selector: 'a=b' }, over.signal)[Symbol.asyncIterator]();
    expect(await wanted.next()).toEqual({ done: false, value: { kind: 'ready' } });
    over.abort();
    expect(await wanted.next()).toEqual({ done: true, value: undefined });
  } finally {
    silent.closeAllConnections();
    silent.close();
  }
});

it('a service that can not be asked is away, and why is told', async () => {
  const unreadable = { url: server.url, token: () => Promise.reject(new Error('ENOENT: no such file')) };
  await expect(createServiceClient(unreadable).forget('u')).rejects.toMatchObject({
    ...{
      name: 'ServiceAwayError',
      message: `the token for ${server.url} can not be read: ENOENT: no such file`,
    },
  });
  const port = await freePort();
  const nobody = { url: `http://localhost:${port}`, token: () => Promise.resolve(undefined) };
  await expect(createServiceClient(nobody).forget('u')).rejects.toThrow(
    new RegExp(`^http://localhost:${port} can not be reached: connect ECONNREFUSED .*:${port}$`),
  );
});

it('what is asked is given up once nothing more is to be', async () => {
  const over = new AbortController();
  const silent = createServer(() => {
    over.abort();
  });
  const url = `http://127.0.0.1:${await listenOnLoopback(silent)}`;
  try {
    const asked = createServiceClient({ url, token: () => Promise.resolve(undefined), signal: over.signal });
    await expect(asked.handOver('u', run)).rejects.toMatchObject({
      name: 'ServiceAwayError',
      isSilent: false,
    });
  } finally {
    silent.closeAllConnections();
    silent.close();
  }
});

it('events come whole, however a stream is cut, and comments are none', async () => {
  const text =
    'retry: 2\n\nid: 1\nevent: run\ndata: {"a":"ü"}\n\n:\n\nevent: ready\ndata: {}\n\nevent: run\ndata: cut off';
  const bytes = new TextEncoder().encode(text);
  for (const size of [1, 2, 7, bytes.length]) {
    async function* pieces() {
      for (let at = 0; at < bytes.length; at += size) {
        await Promise.resolve();
        yield bytes.subarray(at, at + size);
      }
    }
    const events = [];
    for await (const event of serverSentEvents(pieces())) events.push(event);
    expect(events).toEqual([
      { event: 'run', data: '{"a":"ü"}' },
      { event: 'ready', data: '{}' },
    ]);
  }
});
