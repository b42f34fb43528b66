import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createEgressPolicy } from '../../service/providers/http/egress.js';
import type { HttpClient, HttpRequest } from '../../service/providers/http/http.js';
import { createHttpClient, type HttpClientOptions } from '../../service/providers/http/http-client.js';
import { ProviderError } from '../../service/providers/provider-error.js';
import { type Certificate, makeCertificate } from '../support/certificates.js';
import { freePort } from '../support/free-port.js';
import { type RecordingServer, startRecordingServer } from '../support/recording-server.js';

let server: RecordingServer;
let other: RecordingServer;
const clients: HttpClient[] = [];

beforeAll(async () => {
  server = await startRecordingServer();
  other = await startRecordingServer();
});
afterAll(async () => {
  await Promise.all([server.close(), other.close()]);
});
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});

function client(options: Partial<HttpClientOptions> = {}): HttpClient {
  const made = createHttpClient({ egress: createEgressPolicy({ loopback: true }), ...options });
  clients.push(made);
  return made;
}

const get = (url: string, more: Partial<HttpRequest> = {}): HttpRequest => ({
  method: 'GET',
  url,
  signal: new AbortController().signal,
  ...more,
});

async function failure(answer: Promise<unknown>): Promise<ProviderError> {
  const error: unknown = await answer.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof ProviderError) return error;
  throw new Error(`expected a ProviderError, got ${String(error)}`);
}

describe('a request', () => {
  it('sends what it was given and nothing that says more', async () => {
    server.answer([{ status: 201, headers: { 'X-A': 'b' }, body: 'ok' }]);
    const response = await client().request(
      get(`${server.url}/p?q=1`, { method: 'POST', headers: { 'X-Own': '1' }, body: 'text' }),
    );
    expect({ status: response.status, header: response.headers['x-a'], text: response.text() }).toEqual({
      status: 201,
      header: 'b',
      text: 'ok',
    });
    const [{ headers, ...request } = { headers: {} }] = server.requests;
    expect(request).toMatchObject({ method: 'POST', scheme: 'http', target: '/p?q=1', body: 'text' });
    expect(headers).toEqual({
      'x-own': '1',
      'user-agent': 'assay',
      'accept-encoding': 'gzip',
      'content-length': '4',
      host: server.host,
      connection: 'keep-alive',
    });
  });

  it('sends headers beyond ASCII as UTF-8', async () => {
    server.answer([{ body: 'ok' }]);
    await client().request(get(server.url, { headers: { 'X-Name': 'größe →' } }));
    const sent = server.requests[0]?.headers['x-name'] ?? '';
    expect(Buffer.from(sent, 'latin1').toString()).toBe('größe →');
    await client().request(get(server.url, { method: 'POST', headers: { 'X-Name': 'größe →' }, body: 'ä' }));
    expect(server.requests[1]).toMatchObject({ headers: { 'x-name': sent }, body: 'ä' });
  });

  it('is one request, to its own host, whatever headers of the connection it is given', async () => {
    server.answer([{ body: 'ok' }]);
    const body = 'xGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n';
    const shared = client();
    for (const [name, value] of [
      ['Content-Length', '1'],
      ['transfer-encoding', 'identity'],
      ['HOST', 'elsewhere.example'],
      ['Connection', 'close, X-Own'],
      ['Upgrade', 'websocket'],
      ['Trailer', 'X-Own'],
    ] as const)
      await shared.request(
        get(server.url, { method: 'POST', headers: { [name]: value, 'X-Own': '1' }, body }),
      );
    expect(server.requests.map((request) => request.body)).toEqual(Array(6).fill(body));
    for (const { headers } of server.requests)
      expect(headers).toEqual({
        'x-own': '1',
        'user-agent': 'assay',
        'accept-encoding': 'gzip',
        'content-length': String(body.length),
        host: server.host,
        connection: 'keep-alive',
      });
  });

  it('keeps its connection for the next one', async () => {
    server.answer([{ body: 'ok' }]);
    const before = server.connections;
    const shared = client();
    for (let index = 0; index < 5; index += 1) await shared.request(get(server.url));
    expect(server.connections - before).toBe(1);
  });

  it('is sent again when the kept connection was closed under it', async () => {
    const shared = client();
    server.answer((_request, index) =>
      index === 1 ? { closeConnection: true } : { body: `answer ${index}` },
    );
    await shared.request(get(server.url));
    expect((await shared.request(get(server.url))).text()).toBe('answer 2');
  });

  it('is not sent again when it may have changed something, unless it says that it can be', async () => {
    const shared = client();
    const post = (more: Partial<HttpRequest> = {}) =>
      shared.request(get(server.url, { method: 'POST', body: 'x', ...more }));
    server.answer((_request, index) => (index % 2 === 1 ? { closeConnection: true } : { body: 'ok' }));
    await post();
    await expect(post()).rejects.toMatchObject({ code: 'unreachable' });
    expect(server.requests).toHaveLength(2);
    await post();
    expect((await post({ headers: { 'Idempotency-Key': '1' } })).text()).toBe('ok');
    expect((await post({ changesNothing: true })).text()).toBe('ok');
    expect(server.requests).toHaveLength(7);
  });

  it('takes user and password of the URL as basic auth, and never shows them', async () => {
    server.answer([{ body: 'ok' }, { closeConnection: true }]);
    const url = `http://user:pa%24s@${server.host}/x?token=abc`;
    await client().request(get(url));
    expect(server.requests[0]?.headers['authorization']).toBe('Basic dXNlcjpwYSRz');
    expect((await failure(client().request(get(url)))).message).toBe(
      `Get "http://${server.host}/x?[redacted]": EOF`,
    );
  });

  it.each([
    ['example.com/x', 'Get "example.com/x": unsupported protocol scheme ""'],
    ['ftp://example.com/x', 'Get "ftp://example.com/x": unsupported protocol scheme "ftp"'],
    ['file:///etc/passwd', 'Get "file:///etc/passwd": unsupported protocol scheme "file"'],
    ['http://[::1', `parse "http://[::1": missing ']' in host`],
    ['http:///path', 'Get "http:///path": http: no Host in request URL'],
    ['http://a b/', 'parse "http://a b/": invalid URL'],
    ['http://a/\nb', 'parse "http://a/\\nb": net/url: invalid control character in URL'],
    ['http://a/b%zz?c=%zz', 'parse "http://a/b%zz?[redacted]": invalid URL escape "%zz"'],
    ['http://me:p%zz@a/b', 'parse "http://a/b": invalid URL escape in user or password'],
    ['http://a/b%2', 'parse "http://a/b%2": invalid URL escape "%2"'],
    ['http://a/#%g1', 'parse "http://a/": invalid URL escape "%g1"'],
    ['http://%/', 'parse "http://%/": invalid URL escape "%/"'],
  ])('is refused for the URL %j', async (url, message) => {
    expect(await failure(client().request(get(url)))).toMatchObject({ code: 'invalidSpec', message });
  });

  it('is refused for a method or a header that is no HTTP, without showing the value', async () => {
    const refused = [
      await failure(client().request(get(server.url, { method: 'BAD METHOD' }))),
      await failure(client().request(get(server.url, { headers: { 'a b': 'c' } }))),
      await failure(client().request(get(server.url, { headers: { 'X-Token': 'secret\r\nHost: evil' } }))),
    ];
    expect(refused.map(({ message }) => message)).toEqual([
      'net/http: invalid method "BAD METHOD"',
      'net/http: invalid header field name "a b"',
      'net/http: invalid header field value for "X-Token"',
    ]);
  });
});

describe('a server that does not answer well', () => {
  it("gives Go's texts for a refused and a closed connection", async () => {
    const dead = `127.0.0.1:${await freePort()}`;
    expect(await failure(client().request(get(`http://${dead}/a`, { method: 'POST' })))).toMatchObject({
      code: 'unreachable',
      message: `Post "http://${dead}/a": dial tcp ${dead}: connect: connection refused`,
    });
    server.answer([{ closeConnection: true }]);
    expect((await failure(client().request(get(`${server.url}/a`)))).message).toBe(
      `Get "${server.url}/a": EOF`,
    );
  });

  it('is given up at the deadline, also within a chain of redirects', async () => {
    server.answer([{ delayMs: 30_000 }]);
    expect(await failure(client().request(get(`${server.url}/slow`, { timeoutMs: 50 })))).toMatchObject({
      code: 'timeout',
      message: `Get "${server.url}/slow": context deadline exceeded`,
    });
    server.answer(() => ({ status: 302, headers: { Location: '/again' }, delayMs: 30 }));
    expect(await failure(client().request(get(server.url, { timeoutMs: 100 })))).toMatchObject({
      code: 'timeout',
    });
  });

  it('is not asked at all when there is no time', async () => {
    server.answer([{ body: 'ok' }]);
    expect((await failure(client().request(get(server.url, { timeoutMs: 0 })))).code).toBe('timeout');
    expect(server.requests).toEqual([]);
  });

  it('is left when the measurement is no longer wanted, before and while waiting', async () => {
    server.answer([{ delayMs: 30_000 }]);
    const controller = new AbortController();
    const asked = (): number => server.requests.filter(({ target }) => target === '/waits').length;
    const waiting = failure(client().request(get(`${server.url}/waits`, { signal: controller.signal })));
    await expect.poll(asked).toBe(1);
    controller.abort();
    expect(await waiting).toMatchObject({
      code: 'canceled',
      message: `Get "${server.url}/waits": context canceled`,
    });
    expect(
      (await failure(client().request(get(`${server.url}/waits`, { signal: controller.signal })))).code,
    ).toBe('canceled');
    expect(asked()).toBe(1);
  });
});

describe('a large answer', () => {
  it('is refused beyond the cap, with and without a declared length', async () => {
    const limited = client({ maxBytes: 1000 });
    server.answer([{ body: 'x'.repeat(1000) }, { body: 'x'.repeat(1001) }]);
    expect((await limited.request(get(server.url))).body).toHaveLength(1000);
    expect(await failure(limited.request(get(server.url)))).toMatchObject({
      code: 'tooLarge',
      message: `Get "${server.url}": the answer is larger than 1000 bytes`,
    });
    server.answer([{ headers: { 'Transfer-Encoding': 'chunked' }, body: 'x'.repeat(1001) }]);
    expect((await failure(limited.request(get(server.url)))).code).toBe('tooLarge');
  });

  it('is counted after unpacking: a zip bomb is refused', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
    expect(bomb.byteLength).toBeLessThan(100_000);
    server.answer([{ headers: { 'Content-Encoding': 'gzip' }, body: bomb }]);
    expect((await failure(client().request(get(server.url)))).code).toBe('tooLarge');
  });

  it('is 10 MiB unless said otherwise, and a request can only lower it', async () => {
    server.answer([{ body: Buffer.alloc(10 * 1024 * 1024 + 1) }]);
    expect((await failure(client().request(get(server.url, { maxBytes: 1e9 })))).code).toBe('tooLarge');
    server.answer([{ body: 'four' }]);
    expect((await failure(client().request(get(server.url, { maxBytes: 3 })))).code).toBe('tooLarge');
  });

  it('is unpacked', async () => {
    server.answer([{ headers: { 'Content-Encoding': 'gzip' }, body: gzipSync('{"a":1}') }]);
    expect((await client().request(get(server.url))).text()).toBe('{"a":1}');
  });
});

describe('a redirect', () => {
  it.each([
    [301, 'GET', ''],
    [302, 'GET', ''],
    [303, 'GET', ''],
    [307, 'POST', 'text'],
    [308, 'POST', 'text'],
  ])('with status %i repeats a POST as %s', async (status, method, body) => {
    server.answer([{ status, headers: { Location: '/other?x=1' } }, { body: 'ok' }]);
    await client().request(
      get(`${server.url}/m`, {
        method: 'POST',
        body: 'text',
        headers: { 'Content-Type': 'text/plain', 'X-A': '1' },
      }),
    );
    expect(server.requests[1]).toMatchObject({ method, body, target: '/other?x=1' });
    expect(server.requests[1]?.headers).toMatchObject({ 'x-a': '1', referer: `${server.url}/m` });
    expect(server.requests[1]?.headers['content-type']).toBe(body === '' ? undefined : 'text/plain');
  });

  it('keeps credentials on the same server and drops them on the way to another', async () => {
    const headers = { Authorization: 'Bearer abc', 'X-Api-Key': 'k', Cookie: 'c', 'X-Scope': 's' };
    server.answer([
      { status: 302, headers: { Location: '/here' } },
      { status: 302, headers: { Location: `${other.url}/there` } },
    ]);
    other.answer([{ body: 'ok' }]);
    await client().request(get(`${server.url}/start?key=1`, { headers }));
    expect(server.requests[1]?.headers).toMatchObject({
      authorization: 'Bearer abc',
      'x-api-key': 'k',
      cookie: 'c',
    });
    const arrived = other.requests[0]?.headers ?? {};
    expect(arrived).toMatchObject({ 'x-scope': 's', referer: `${server.url}/here` });
    expect(Object.keys(arrived)).not.toEqual(expect.arrayContaining(['authorization']));
    expect(Object.keys(arrived)).not.toEqual(expect.arrayContaining(['x-api-key']));
    expect(Object.keys(arrived)).not.toEqual(expect.arrayContaining(['cookie']));
  });

  it('is followed ten requests long and no further', async () => {
    server.answer((_request, index) => ({ status: 302, headers: { Location: `/hop${index + 1}` } }));
    expect(await failure(client().request(get(server.url)))).toMatchObject({
      message: `Get "${server.url}/hop10": stopped after 10 redirects`,
    });
    expect(server.requests).toHaveLength(10);
  });

  it('to another scheme than http and https is refused', async () => {
    server.answer([{ status: 302, headers: { Location: 'file:///etc/passwd' } }]);
    expect((await failure(client().request(get(server.url)))).message).toBe(
      'Get "file:///etc/passwd": unsupported protocol scheme "file"',
    );
  });

  it('without a place to go is the answer', async () => {
    server.answer([{ status: 302, body: 'here' }]);
    expect((await client().request(get(server.url))).text()).toBe('here');
  });
});

describe('the egress policy of the client', () => {
  const closed = (): HttpClient => client({ egress: createEgressPolicy({ loopback: false }) });

  it.each(['127.0.0.1', '[::1]', '2130706433', '0x7f.1', '[::ffff:127.0.0.1]', '0.0.0.0'])(
    'holds for the address %s, and nothing is connected to',
    async (host) => {
      const before = server.connections;
      const error = await failure(closed().request(get(`http://${host}:${new URL(server.url).port}/`)));
      expect(error.code).toBe('egressDenied');
      expect(error.message).toMatch(
        /^egress denied: \S+ resolves to \S+, which the policy forbids \(loopback\)$/,
      );
      expect(server.connections).toBe(before);
    },
  );

  it('holds for a name, by the address it resolves to', async () => {
    const error = await failure(closed().request(get(`http://localhost:${new URL(server.url).port}/`)));
    expect(error).toMatchObject({ code: 'egressDenied' });
    expect(error.message).toMatch(
      /^egress denied: localhost resolves to (127\.0\.0\.1|::1), which the policy forbids \(loopback\)$/,
    );
  });

  it('holds for where a redirect leads', async () => {
    server.answer([{ status: 302, headers: { Location: 'http://169.254.169.254/latest/meta-data' } }]);
    expect((await failure(client().request(get(server.url)))).message).toBe(
      'egress denied: 169.254.169.254 resolves to 169.254.169.254, which the policy forbids (always denied: 169.254.0.0/16)',
    );
  });
});

describe('TLS', () => {
  let certificate: Certificate;
  let secure: RecordingServer;
  beforeAll(async () => {
    certificate = makeCertificate();
    secure = await startRecordingServer(certificate);
    secure.answer([{ body: 'ok' }]);
  });
  afterAll(() => secure.close());

  it('refuses a certificate that nobody trusts', async () => {
    expect(await failure(client().request(get(`${secure.url}/x`)))).toMatchObject({
      code: 'tls',
      message: `Get "${secure.url}/x": tls: failed to verify certificate: x509: certificate signed by unknown authority`,
    });
  });

  it('trusts an authority of the client or of the request', async () => {
    expect((await client({ ca: certificate.cert }).request(get(secure.url))).text()).toBe('ok');
    expect((await client().request(get(secure.url, { tls: { ca: certificate.cert } }))).text()).toBe('ok');
  });

  it('takes any certificate when insecure, but only for requests that say so', async () => {
    const shared = client();
    expect((await shared.request(get(secure.url, { tls: { insecure: true } }))).text()).toBe('ok');
    expect((await failure(shared.request(get(secure.url)))).code).toBe('tls');
  });
});
