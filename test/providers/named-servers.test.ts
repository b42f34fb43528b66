import { createServer } from 'node:https';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createEgressPolicy,
  createHttpClient,
  createNamedClient,
  type HttpClient,
  limitsOf,
  readServers,
} from '../../service/providers/index.js';
import { listenOnLoopback, type RecordingServer, startRecordingServer } from '../support/recording-server.js';
import { makeCertificate } from '../support/certificates.js';
import { measureOnce } from './measure.js';

type NamedClient = ReturnType<typeof createNamedClient>;

const folder = mkdtempSync(join(tmpdir(), 'assay-named-'));
const clients: HttpClient[] = [];
let server: RecordingServer;
let secrets: Record<string, string> = {};

beforeAll(async () => {
  server = await startRecordingServer();
});
afterAll(async () => {
  for (const client of clients) client.close();
  await server.close();
  rmSync(folder, { recursive: true });
});

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}
const providers = (text: string): string => file('providers.yaml', text);

/** A client for the servers of a file, where specs themselves may not reach loopback. */
function named(text: string, namedServersOnly: readonly string[] = []): NamedClient {
  const client = createNamedClient({
    namedServersOnly,
    http: createHttpClient({ egress: createEgressPolicy({ loopback: false }) }),
    loopback: createHttpClient({
      egress: createEgressPolicy({ loopback: true, allow: ['127.0.0.0/8', '::1/128'] }),
    }),
    servers: readServers(providers(text)),
    secrets: {
      read: (namespace, name, key) => Promise.resolve(secrets[`${namespace}/${name}/${key}`] ?? ''),
    },
    clock: { nowMs: () => Date.now() },
  });
  clients.push(client);
  return client;
}
const one = (rest: string): string =>
  `providers:\n  - name: prod\n    address: ${server.url}/base/\n    loopback: true\n${rest}`;
const ask = (client: HttpClient, url = 'provider://prod/x?q=1', headers: Record<string, string> = {}) =>
  client.request({ method: 'GET', url, headers, signal: new AbortController().signal });

const EMPTY = JSON.stringify({ status: 'success', data: { resultType: 'vector', result: [] } });

describe('a server by name', () => {
  it('is asked below its address, with its headers and credentials, which win over the metric’s', async () => {
    const token = file('token', 'first\n');
    const client = named(
      one(
        `    headers: [{ key: X-Scope-OrgID, value: shop }]\n    authentication: { bearer: { file: ${token} } }\n`,
      ),
    );
    server.answer([{ body: 'ok' }]);
    await ask(client, undefined, { 'x-scope-orgid': 'mine', authorization: 'mine', 'X-Own': '1' });
    writeFileSync(token, 'second');
    await ask(client, 'provider://prod');
    expect(server.requests.map(({ target }) => target)).toEqual(['/base/x?q=1', '/base']);
    expect(server.requests[0]?.headers).toMatchObject({
      'x-scope-orgid': 'shop',
      authorization: 'Bearer first',
      'x-own': '1',
    });
    expect(server.requests[1]?.headers['authorization']).toBe('Bearer second');
  });

  it('takes passwords of secrets and OAuth2 tokens', async () => {
    secrets = { 'team/store/password': 'pass', 'default/oauth/secret': 'shh' };
    server.answer(({ target }) =>
      target === '/token' ? { body: JSON.stringify({ access_token: 't', expires_in: 60 }) } : { body: 'ok' },
    );
    const reference = '{ secretKeyRef: { name: store, key: password }, namespace: team }';
    await ask(named(one(`    authentication: { basicAuth: { username: me, password: ${reference} } }\n`)));
    expect(server.requests[0]?.headers['authorization']).toBe(
      `Basic ${Buffer.from('me:pass').toString('base64')}`,
    );
    const oauth2 = `{ tokenUrl: "${server.url}/token", clientId: id, clientSecret: { secretKeyRef: { name: oauth, key: secret } } }`;
    const client = named(one(`    authentication: { oauth2: ${oauth2} }\n`));
    await ask(client);
    await ask(client);
    expect(server.requests.map(({ target, headers }) => [target, headers['authorization']]).slice(1)).toEqual(
      [
        ['/token', `Basic ${Buffer.from('id:shh').toString('base64')}`],
        ['/base/x?q=1', 'Bearer t'],
        ['/base/x?q=1', 'Bearer t'],
      ],
    );
  });

  it('serves the providers as an address', async () => {
    const client = named(one(''));
    server.answer(({ method }) => ({ body: method === 'POST' ? EMPTY : '{"ok":true}' }));
    const metric = { successCondition: 'len(result) == 0' };
    const prometheus = { address: 'provider://prod', query: 'up' };
    expect(await measureOnce({ ...metric, provider: { prometheus } }, client)).toMatchObject({
      phase: 'Successful',
    });
    const web = { url: 'provider://prod/health', jsonPath: '{$.ok}' };
    expect(
      await measureOnce({ successCondition: 'result == true', provider: { web } }, client),
    ).toMatchObject({ phase: 'Successful' });
    expect(server.requests.map(({ target }) => target)).toEqual(['/base/api/v1/query', '/base/health']);
  });

  it('that is not there is an Error with the nearest name', async () => {
    const client = named(one(''));
    const prometheus = { address: 'provider://prd', query: 'up' };
    expect(await measureOnce({ provider: { prometheus } }, client)).toMatchObject({
      phase: 'Error',
      message: 'no provider configuration is named "prd": did you mean provider://prod?',
    });
  });

  it.each([
    ...['provider://prod/../admin', 'provider://prod/%2e%2e/admin', 'provider://prod/..\\admin'],
    // What some servers, or proxies before them, take for the same.
    ...['provider://prod/..%2fadmin', 'provider://prod/a/..%5C..%5cadmin', 'provider://prod/%2e%2e%2Fadmin'],
    ...[
      'provider://prod/%252e%252e%252fadmin',
      'provider://prod/..;/admin',
      'provider://prod/..;a=b%2fadmin',
    ],
  ])('keeps %s from leaving its address', async (url) => {
    server.answer([]);
    await expect(ask(named(one('')), url)).rejects.toMatchObject({
      code: 'invalidSpec',
      message: 'the URL leaves the address of the provider configuration "prod"',
    });
    expect(server.requests).toEqual([]);
  });

  it.each(['a..b/..c', '...', 'v1.0..2', 'a%2Fb', 'x?q=/../..%2f', '100%25'])(
    'lets %s be asked below its address',
    async (path) => {
      server.answer([{ body: 'ok' }]);
      await ask(named(one('')), `provider://prod/${path}`);
      expect(server.requests.map(({ target }) => target)).toEqual([`/base/${path}`]);
    },
  );

  it('may be on this machine only where it says so, and metrics may not for that', async () => {
    const text = one('').replace('    loopback: true\n', '');
    await expect(ask(named(text))).rejects.toMatchObject({ code: 'egressDenied' });
    await expect(ask(named(one('')), `${server.url}/base`)).rejects.toMatchObject({ code: 'egressDenied' });
    const elsewhere = one('').replace(server.url, 'http://203.0.113.7');
    await expect(ask(named(elsewhere))).rejects.toMatchObject({ code: 'egressDenied' });
  });

  it('is asked with the TLS of its configuration, and not the metric’s', async () => {
    const certificate = makeCertificate();
    const secure = await startRecordingServer(certificate);
    secure.answer([{ body: 'ok' }]);
    const text = one('').replace(server.url, secure.url);
    const signal = new AbortController().signal;
    const insecure = { method: 'GET', url: 'provider://prod/x', signal, tls: { insecure: true } };
    await expect(named(text).request(insecure)).rejects.toMatchObject({ code: 'tls' });
    const trusting = named(`${text}    caFile: ${file('ca.pem', certificate.cert)}\n`);
    expect((await ask(trusting)).text()).toBe('ok');
    await secure.close();
  });

  it('is shown the certificate and proves to have the key of its configuration (mTLS)', async () => {
    const ours = makeCertificate('DNS:assay');
    const theirs = makeCertificate();
    const secure = createServer(
      { ...theirs, ca: ours.cert, requestCert: true, rejectUnauthorized: true },
      (request, response) => {
        const shown =
          request.socket instanceof TLSSocket ? request.socket.getPeerCertificate().subjectaltname : '';
        response.end(shown);
      },
    );
    const url = `https://127.0.0.1:${await listenOnLoopback(secure)}`;
    const trusting = `${one('').replace(server.url, url)}    caFile: ${file('ca.pem', theirs.cert)}\n`;
    const pair = `    certFile: ${file('own.pem', ours.cert)}\n    keyFile: ${file('own-key.pem', ours.key)}\n`;
    expect((await ask(named(trusting + pair))).text()).toBe('DNS:assay');
    await expect(ask(named(trusting))).rejects.toThrow();
    secure.closeAllConnections();
    secure.close();
  });

  it.each([
    ['bearer: { value: s3cret-token }', 's3cret-token'],
    ['basicAuth: { username: me, password: { value: s3cret-pass } }', 's3cret-pass'],
    ['basicAuth: { username: me, password: { value: s3cret-pass } }', btoa('me:s3cret-pass')],
  ])('may give back what it was asked with, and nobody sees it (%s)', async (authentication, echoed) => {
    const client = named(one(`    authentication: { ${authentication} }\n`));
    server.answer([{ body: JSON.stringify({ echo: `got ${echoed}` }) }]);
    const web = { url: 'provider://prod/x', jsonPath: '{$.echo}' };
    const measurement = await measureOnce({ successCondition: 'true', provider: { web } }, client);
    expect(measurement.phase).toBe('Successful');
    expect(JSON.stringify(measurement)).not.toContain(echoed);
  });

  it('hides headers from files and those that carry credentials, but no tenant’s name', async () => {
    const key = file('key', 'from-a-file');
    const headers = `[{ key: X-Api-Key, value: in-the-open }, { key: X-Own, file: ${key} }, { key: X-Scope-OrgID, value: shop }]`;
    const client = named(one(`    headers: ${headers}\n`));
    server.answer([{ body: JSON.stringify({ echo: 'in-the-open from-a-file shop' }) }]);
    const web = { url: 'provider://prod/x', jsonPath: '{$.echo}' };
    const { value } = await measureOnce({ successCondition: 'true', provider: { web } }, client);
    expect(value).not.toMatch(/in-the-open|from-a-file/);
    expect(value).toContain('shop');
  });

  it('is given no more time than its configuration says', async () => {
    server.answer([{ delayMs: 30_000 }]);
    await expect(ask(named(one('    timeout: 50ms\n')))).rejects.toMatchObject({ code: 'timeout' });
  });

  it('has the limits of its configuration, of several the strictest', () => {
    const text = `providers:
  - { name: a, address: "https://one.example/a", concurrency: 9, requestsPerSecond: 5 }
  - { name: b, address: "https://one.example/b", concurrency: 7 }
`;
    const limits = limitsOf(readServers(providers(text)));
    expect(limits('https://one.example')).toMatchObject({ concurrency: 7, requestsPerSecond: 5 });
    expect(limits('https://other.example')).toMatchObject({ concurrency: 50 });
    expect(limits('https://other.example')).not.toHaveProperty('requestsPerSecond');
  });
});

describe('the file of servers', () => {
  const key = makeCertificate().key;
  it.each([
    ['providers: [{ name: a }]', 'providers[0].address: is required'],
    ['providers: [{ name: a, address: "ftp://a" }]', 'providers[0].address: '],
    ['providers: [{ name: a, adress: "http://a" }]', 'did you mean `address`?'],
    [
      'providers: [{ name: a, address: "http://a", timeout: soon }]',
      'providers[0]: time: invalid duration "soon"',
    ],
    [
      'providers: [{ name: a, address: "http://a", headers: [{ key: X, value: yy, file: z }] }]',
      'providers[0].headers[0]: must have exactly one of value, file and secretKeyRef',
    ],
    [
      'providers: [{ name: a, address: "http://a", headers: [{ key: Host, value: b }] }]',
      'providers[0].headers[0].key: Host is set by the client',
    ],
    [
      'providers: [{ name: a, address: "http://a", authentication: { bearer: { value: x }, basicAuth: { username: u, password: { value: p } } } }]',
      'providers[0].authentication: must be one of basicAuth, bearer and oauth2',
    ],
    [
      'providers: [{ name: a, address: "http://a", certFile: /none.pem }]',
      'providers[0]: certFile and keyFile go together',
    ],
    ['providers: [{ name: a, address: "http://a", caFile: /none.pem }]', 'providers[0]: ENOENT'],
    [
      'providers: [{ name: a, address: "http://a" }, { name: a, address: "http://b" }]',
      'providers[1].name: "a" is used twice',
    ],
    ['servers: { main: { address: "http://a" } }', /: servers: unknown field$/],
    ['', 'must be one document with a list of providers'],
    ['providers: [', 'ASSAY_PROVIDERS_FILE: '],
  ])('stops the start with %j', (text, message) => {
    expect(() => readServers(providers(text))).toThrow(message);
  });

  it('stops the start when a key is not that of the certificate, or the file is missing', () => {
    const certFile = file('cert.pem', makeCertificate().cert);
    const text = `providers: [{ name: a, address: "http://a", certFile: ${certFile}, keyFile: ${file('key.pem', key)} }]`;
    expect(() => readServers(providers(text))).toThrow(/providers\[0\]: .*key values mismatch/);
    expect(() => readServers(join(folder, 'none.yaml'))).toThrow(/ASSAY_PROVIDERS_FILE: ENOENT/);
  });
});

describe('a run of a namespace', () => {
  it.each([
    ['pay', 200],
    ['pay-eu', 200],
  ])('may ask a server that is for it, from %s', async (namespace, status) => {
    server.answer([{ body: 'ok' }]);
    const client = named(one('    namespaces: [pay, "pay-*"]\n'));
    expect((await ask(client.within(namespace))).status).toBe(status);
  });

  it('may not ask one that is for others, and nothing is sent', async () => {
    server.answer([]);
    await expect(ask(named(one('    namespaces: [pay]\n')).within('shop'))).rejects.toMatchObject({
      code: 'invalidSpec',
      message:
        'the server "prod" may not be used in the namespace "shop": its configuration does not list it under namespaces',
    });
    expect(server.requests).toEqual([]);
  });

  it('may have to name servers: other addresses are for those of the service itself', async () => {
    server.answer(() => ({ body: 'ok' }));
    const text = `providers: [{ name: prod, address: "${server.url}", loopback: true }]`;
    const client = createNamedClient({
      http: createHttpClient({ egress: createEgressPolicy({ loopback: true }) }),
      loopback: createHttpClient({ egress: createEgressPolicy({ loopback: true }) }),
      servers: readServers(providers(text)),
      secrets: { read: () => Promise.resolve('') },
      clock: { nowMs: () => Date.now() },
      namedServersOnly: ['tenant-*'],
    });
    clients.push(client);
    const raw = { method: 'GET', url: `${server.url}/raw`, signal: new AbortController().signal };
    await expect(client.within('tenant-a').request(raw)).rejects.toMatchObject({
      code: 'invalidSpec',
      message:
        'metrics of the namespace "tenant-a" may use servers by name only: write provider://NAME in place of an address',
    });
    await client.within('tenant-a').request({ ...raw, ownAddress: true });
    await client.within('shop').request(raw);
    await ask(client.within('tenant-a'), 'provider://prod/named');
    expect(server.requests.map(({ target }) => target)).toEqual(['/raw', '/raw', '/named']);
  });

  it('is told of a name that nobody has', async () => {
    await expect(ask(named(one('')).within('shop'), 'provider://prodd/x')).rejects.toThrow(
      'no provider configuration is named "prodd": did you mean provider://prod?',
    );
  });
});
