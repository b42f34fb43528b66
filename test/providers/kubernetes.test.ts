import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createClusterJobs } from '../../service/providers/kubernetes/cluster-jobs.js';
import { createKubernetesApi } from '../../service/providers/kubernetes/connection.js';
import type { ApiRequest, KubernetesApi } from '../../service/providers/kubernetes/kubernetes-api.js';
import { KubernetesError, retryAfterOf } from '../../service/providers/kubernetes/kubernetes-error.js';
import { fields, readMeta } from '../../service/providers/kubernetes/objects.js';
import { pauseAfter } from '../../service/providers/kubernetes/watch-pause.js';
import { WatchedList } from '../../service/providers/kubernetes/watched-list.js';
import { createLog } from '../../service/platform/index.js';
import { makeCertificate } from '../support/certificates.js';
import { eventually } from '../support/eventually.js';

/** What a real API server does on a good day is tested in job.built.test.ts; here are the bad ones. */
const signal = new AbortController().signal;

describe('the connection to an API server', () => {
  const { cert, key } = makeCertificate();
  const folder = mkdtempSync(join(tmpdir(), 'assay-kube-'));
  let server: Server;
  let kubeconfig = '';
  let answer: (request: IncomingMessage, response: ServerResponse) => void;
  const apis: KubernetesApi[] = [];

  beforeAll(async () => {
    server = createServer({ cert, key }, (request, response) => {
      answer(request, response);
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new TypeError('the server has no port');
    const cluster = {
      server: `https://127.0.0.1:${address.port}/base/`,
      'certificate-authority-data': Buffer.from(cert).toString('base64'),
    };
    kubeconfig = join(folder, 'clusters');
    writeFileSync(kubeconfig, JSON.stringify({ clusters: [{ name: 'c', cluster }] }));
    const users = join(folder, 'users');
    writeFileSync(
      users,
      JSON.stringify({
        'current-context': 'x',
        contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
        users: [{ name: 'u', user: { token: 't0k3n' } }],
      }),
    );
    kubeconfig = [users, kubeconfig].join(delimiter);
  });
  afterEach(() => {
    for (const api of apis.splice(0)) api.close();
    server.closeAllConnections();
  });
  afterAll(async () => {
    await new Promise((closed) => server.close(closed));
    rmSync(folder, { recursive: true });
  });

  const connect = (limits = { timeoutMs: 5_000, silenceMs: 5_000 }): KubernetesApi => {
    const api = createKubernetesApi({ kind: 'kubeconfig', path: kubeconfig }, limits);
    apis.push(api);
    return api;
  };
  const get = { method: 'GET', path: '/apis/x', query: { labelSelector: 'a=b' }, signal } as const;
  const linesOf = async (api: KubernetesApi): Promise<unknown[]> => {
    const lines: unknown[] = [];
    for await (const line of api.lines(get)) lines.push(line);
    return lines;
  };

  it('has the credentials of several files, and is kept', async () => {
    const sockets = new Set<unknown>();
    answer = (request, response) => {
      sockets.add(request.socket);
      response.end(JSON.stringify({ url: request.url, authorization: request.headers.authorization }));
    };
    const api = connect();
    await api.request(get);
    expect(await api.request(get)).toEqual({
      url: '/base/apis/x?labelSelector=a%3Db',
      authorization: 'Bearer t0k3n',
    });
    expect(sockets.size).toBe(1);
  });

  it.each([
    { status: 403, body: '{"message":"jobs.batch is forbidden"}', message: 'jobs.batch is forbidden' },
    { status: 502, body: '<html>Bad Gateway</html>', message: '<html>Bad Gateway</html>' },
    { status: 500, body: '', message: 'the Kubernetes API answered with status 500' },
    { status: 200, body: 'no json', message: 'the Kubernetes API answered with what is no JSON' },
  ])('tells of an answer with the status $status: $message', async ({ status, body, message }) => {
    answer = (_request, response) => {
      response.writeHead(status).end(body);
    };
    const answered = status === 200 ? undefined : status;
    await expect(connect().request(get)).rejects.toMatchObject({ message, status: answered });
  });

  it('says who asks, as the API server tells managers of fields apart by that', async () => {
    answer = (request, response) => {
      response.end(`${JSON.stringify(request.headers['user-agent'] ?? 'nobody')}\n`);
    };
    expect(await connect().request(get)).toBe('assay');
    expect(await linesOf(connect())).toEqual(['assay']);
  });

  it('tells how long a server wants not to be asked again, a minute at most', async () => {
    const asked = async (status: number, retryAfter: string): Promise<unknown> => {
      answer = (_request, response) => {
        response.writeHead(status, { 'retry-after': retryAfter }).end();
      };
      return connect().request(get).catch(retryAfterOf);
    };
    expect(await asked(429, '7')).toBe(7_000);
    expect(await asked(503, '7000')).toBe(60_000);
    expect(await asked(403, '7')).toBe(0);
    expect(await asked(429, 'soon')).toBe(0);
    // Half of it at least is waited for.
    const overloaded = new KubernetesError('rateLimited', 'later', 429, { retryAfterMs: 7_000 });
    expect([pauseAfter(overloaded, 0), pauseAfter(overloaded, 9)]).toEqual([14_000, 14_000]);
  });

  it.each(['DELETE', 'PATCH', 'POST'] as const)(
    'sends the body of a %s, and the next request after it',
    async (method) => {
      const seen: string[] = [];
      answer = (request, response) => {
        const chunks: Buffer[] = [];
        request.on('data', (chunk: Buffer) => chunks.push(chunk));
        request.on('end', () => {
          seen.push(`${request.method ?? ''} ${Buffer.concat(chunks).toString()}`);
          response.end('{}');
        });
      };
      const api = connect();
      const body = { preconditions: { uid: 'ü' } };
      await api.request({ method, path: '/a', body, signal });
      await api.request({ method: 'GET', path: '/b', signal });
      expect(seen).toEqual([`${method} {"preconditions":{"uid":"ü"}}`, 'GET ']);
    },
  );

  it('does not wait for an answer for ever', async () => {
    answer = () => undefined;
    const api = connect({ timeoutMs: 50, silenceMs: 50 });
    await expect(api.request(get)).rejects.toMatchObject({ code: 'timeout', status: undefined });
    await expect(linesOf(api)).rejects.toMatchObject({ code: 'timeout' });
  });

  it('takes a watch that has gone silent for broken', async () => {
    answer = (_request, response) => void response.write('{"type":"ADDED"}\n');
    await expect(linesOf(connect({ timeoutMs: 5_000, silenceMs: 500 }))).rejects.toMatchObject({
      code: 'timeout',
      message: 'the watch was silent for too long',
    });
  });

  it('does not take a watch that is cut off for one that has ended', async () => {
    answer = (_request, response) => {
      response.write('{"type":"ADDED"}\n');
      setImmediate(() => response.destroy());
    };
    await expect(linesOf(connect())).rejects.toMatchObject({ code: 'unreachable' });
    answer = (_request, response) => void response.end('{"type":"ADDED"}\n{"type":"DELETED"}\n');
    expect(await linesOf(connect())).toEqual([{ type: 'ADDED' }, { type: 'DELETED' }]);
  });

  it('reads a kubeconfig again that was renewed, once its credentials are refused', async () => {
    const renewed = join(folder, 'renewed');
    const write = (token: string): void => {
      const [users = '', clusters = ''] = kubeconfig
        .split(delimiter)
        .map((path) => readFileSync(path, 'utf8'));
      const both = { ...(JSON.parse(clusters) as object), ...(JSON.parse(users) as object) };
      writeFileSync(renewed, JSON.stringify({ ...both, users: [{ name: 'u', user: { token } }] }));
    };
    answer = (request, response) => {
      response.writeHead(request.headers.authorization === 'Bearer second-one' ? 200 : 401).end('{}');
    };
    write('first');
    const api = createKubernetesApi({ kind: 'kubeconfig', path: renewed });
    apis.push(api);
    await expect(api.request(get)).rejects.toMatchObject({ status: 401 });
    write('second-one');
    expect(await api.request(get)).toEqual({});
  });

  it('says that a request was given up by its caller', async () => {
    answer = () => undefined;
    const abort = new AbortController();
    const asked = connect().request({ ...get, signal: abort.signal });
    abort.abort();
    await expect(asked).rejects.toMatchObject({ code: 'canceled' });
  });
});

describe('watched Jobs', () => {
  const job = (name: string, status = {}) => ({
    metadata: {
      resourceVersion: JSON.stringify(status),
      ...{ name, namespace: 'app', labels: { 'analysisrun.argoproj.io/uid': 'run' } },
      annotations: { 'analysisrun.argoproj.io/metric-name': name },
    },
    status,
  });
  const complete = { conditions: [{ type: 'Complete' }] };

  /** A server whose lists of Jobs and whose watches are given one after the other; the last watch stays open. */
  function scripted(lists: readonly (readonly unknown[])[], watches: readonly (readonly unknown[])[]) {
    const asked: string[] = [];
    const logged: string[] = [];
    let [listed, watched] = [0, 0];
    const api: KubernetesApi = {
      request({ path, query }: ApiRequest) {
        asked.push(`${query === undefined ? 'get' : 'list'} ${path}`);
        if (!path.endsWith('/jobs')) return Promise.resolve(query === undefined ? job('live') : {});
        const items = lists[Math.min(listed++, lists.length - 1)];
        return Promise.resolve({ metadata: { resourceVersion: String(listed) }, items });
      },
      async *lines({ path, query, signal: end }: ApiRequest) {
        if (path.endsWith('/jobs')) {
          asked.push(`watch from ${query?.['resourceVersion'] ?? ''}`);
          const events = watches[watched++];
          if (events !== undefined) {
            yield* events;
            return;
          }
        }
        await new Promise((_resolve, reject) => {
          end.addEventListener('abort', () => {
            reject(new KubernetesError('canceled', 'canceled'));
          });
        });
      },
      close: () => undefined,
    };
    const log = createLog({ level: 'warn', destination: { write: (line) => void logged.push(line) } });
    const news: string[] = [];
    const jobs = createClusterJobs(api, { clock: { nowMs: () => 0 }, log });
    jobs.listen((_run, metric) => news.push(metric));
    return { jobs, asked, news, logged };
  }
  const told = (news: readonly string[], metric: string) =>
    eventually(`news of ${metric}`, () => (news.includes(metric) ? true : undefined));

  it('are listed again when a version is too old, and what was missed is told', async () => {
    const tooOld = { type: 'ERROR', object: { code: 410, message: 'too old resource version' } };
    const { jobs, asked, news, logged } = scripted(
      [[job('ends'), job('goes')], [job('ends', complete)]],
      [[tooOld]],
    );
    await jobs.find('app', 'ends', signal);
    await told(news, 'ends');
    await told(news, 'goes');
    expect(asked.filter((line) => line.startsWith('watch'))).toEqual(['watch from 1', 'watch from 2']);
    expect(logged).toHaveLength(1);
    expect(logged[0]).toContain('too old resource version');
    await jobs.close();
  });

  it('are watched on from the last version when the server ends a watch', async () => {
    const bookmark = { type: 'BOOKMARK', object: { metadata: { resourceVersion: '7' } } };
    const modified = { type: 'MODIFIED', object: job('ends', complete) };
    const { jobs, asked, news } = scripted([[job('ends')]], [[bookmark], [modified]]);
    await jobs.find('app', 'ends', signal);
    await told(news, 'ends');
    await eventually('the third watch', () => (asked.includes('watch from 7') ? true : undefined));
    expect(asked.filter((line) => line.startsWith('list /apis'))).toHaveLength(1);
    await jobs.close();
  });

  it('are asked for while there is no watch, and cost nothing once there is one', async () => {
    const { jobs, asked } = scripted([[job('known')]], []);
    expect((await jobs.find('app', 'known', signal))?.metadata.name).toBe('live');
    await eventually('the watch', () => (asked.includes('watch from 1') ? true : undefined));
    asked.length = 0;
    expect((await jobs.find('app', 'known', signal))?.metadata.name).toBe('known');
    expect(asked).toEqual([]);
    await jobs.close();
  });
});

describe('a watched list', () => {
  /** A server of so many objects, of which no more than `most` go into an answer. */
  const listing = (count: number, most: number) => {
    const asked: string[] = [];
    const api: KubernetesApi = {
      request({ query = {} }: ApiRequest) {
        const [limit, from] = [Number(query['limit']), Number(query['continue'] ?? 0)];
        asked.push(`${limit} from ${from}`);
        if (Math.min(limit, count - from) > most)
          return Promise.reject(new KubernetesError('tooLarge', 'too much'));
        const until = Math.min(from + limit, count);
        const items = Array.from({ length: until - from }, (_, index) => ({
          metadata: { name: `o${from + index}`, resourceVersion: '1' },
        }));
        const metadata = { resourceVersion: '1', ...(until < count ? { continue: String(until) } : {}) };
        return Promise.resolve({ metadata, items });
      },
      async *lines({ signal: end }: ApiRequest) {
        await new Promise((_resolve, reject) => {
          end.addEventListener('abort', () => {
            reject(new KubernetesError('canceled', 'canceled'));
          });
        });
      },
      close: () => undefined,
    };
    return { api, asked };
  };
  const follow = (api: KubernetesApi) => {
    const over = new AbortController();
    const troubles: unknown[] = [];
    const list = new WatchedList({
      ...{ api, path: '/apis/x', labelSelector: '', isWanted: () => true, onChange: () => undefined },
      read: (json) => ({ metadata: readMeta(fields(json)['metadata']) }),
      onTrouble: (error) => troubles.push(error),
    });
    list.start(over.signal);
    const end = async () => {
      over.abort();
      await list.ended();
    };
    return { list, troubles, end };
  };

  it('asks for fewer objects at once where those of a page are too large together, and goes on where it was', async () => {
    const { api, asked } = listing(70, 40);
    const { list, troubles, end } = follow(api);
    await eventually('the list', () => (list.current ? true : undefined));
    expect(list.values()).toHaveLength(70);
    expect(asked).toEqual([
      '500 from 0',
      '250 from 0',
      '125 from 0',
      '62 from 0',
      '31 from 0',
      '31 from 31',
      '31 from 62',
    ]);
    expect(troubles).toEqual([]);
    await end();
  });

  it.each([
    ['are refused', new KubernetesError('unauthorized', 'watch is forbidden', 403)],
    ['end at once', undefined],
  ])('is asked for ever more rarely while lists are given and watches %s', async (_what, error) => {
    const listedAtMs: number[] = [];
    const { api, asked } = listing(1, 1);
    const { troubles, end } = follow({
      ...api,
      request(request) {
        listedAtMs.push(performance.now());
        return api.request(request);
      },
      async *lines() {
        await Promise.resolve();
        if (error !== undefined) throw error;
      },
    });
    await eventually('the fourth list', () => listedAtMs[3]);
    // A quarter of a second, then twice as much each time, half of that at least.
    const [first = 0, second = 0, third = 0, fourth = 0] = listedAtMs;
    expect(second - first).toBeGreaterThanOrEqual(124);
    expect(third - second).toBeGreaterThanOrEqual(249);
    expect(fourth - third).toBeGreaterThanOrEqual(499);
    expect(asked).toHaveLength(4);
    expect(troubles).toHaveLength(4);
    await end();
  });

  it('says so when a single object is too large', async () => {
    const { api, asked } = listing(3, 0);
    const { troubles, end } = follow(api);
    await eventually('trouble', () => troubles[0]);
    expect(troubles).toMatchObject([{ code: 'tooLarge' }]);
    expect(asked.at(8)).toBe('1 from 0');
    await end();
  });
});
