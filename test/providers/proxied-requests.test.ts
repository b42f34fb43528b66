import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { checkHost, createEgressPolicy } from '../../service/providers/http/egress.js';
import type { HttpClient, HttpRequest } from '../../service/providers/http/http.js';
import { createHttpClient, type HttpClientOptions } from '../../service/providers/http/http-client.js';
import { createProxyRules } from '../../service/providers/http/proxy.js';
import { type Certificate, makeCertificate } from '../support/certificates.js';
import { type ForwardProxy, startForwardProxy } from '../support/forward-proxy.js';
import { freePort } from '../support/free-port.js';
import { type RecordingServer, startRecordingServer } from '../support/recording-server.js';

/** An address of documentation: nothing answers there, so that what arrives came through the proxy. */
const TARGET = '203.0.113.7';
/** A name that only the proxy knows. */
const NAME = 'store.invalid';
const clients: HttpClient[] = [];
let certificate: Certificate;
let ofProxy: Certificate;
let plain: RecordingServer;
let secure: RecordingServer;
let proxy: ForwardProxy;
let targetPort = 0;

beforeAll(async () => {
  certificate = makeCertificate(`IP:${TARGET},DNS:${NAME}`);
  ofProxy = makeCertificate('IP:127.0.0.1,DNS:localhost');
  plain = await startRecordingServer();
  secure = await startRecordingServer(certificate);
  plain.answer([{ body: 'plain' }]);
  secure.answer([{ body: 'secure' }]);
});
afterAll(() => Promise.all([plain.close(), secure.close()]));
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await proxy.close();
});

async function through(
  server: RecordingServer,
  { url, ...options }: Partial<HttpClientOptions> & { readonly url?: string } = {},
): Promise<HttpClient> {
  targetPort = Number(new URL(server.url).port);
  proxy = await startForwardProxy(() => targetPort);
  const address = url ?? proxy.url.replace('//', '//user:pa%24s@');
  const client = createHttpClient({
    egress: createEgressPolicy({ loopback: true }),
    ca: certificate.cert,
    proxy: createProxyRules({ http: address, https: address }),
    ...options,
  });
  clients.push(client);
  return client;
}

const get = (url: string, more: Partial<HttpRequest> = {}): HttpRequest => ({
  method: 'GET',
  url,
  signal: new AbortController().signal,
  ...more,
});
const CREDENTIALS = `Basic ${Buffer.from('user:pa$s').toString('base64')}`;

describe('a request through a proxy', () => {
  it('over http names the whole URL, without its user, and keeps the credentials of the proxy from the target', async () => {
    const client = await through(plain);
    const response = await client.request(get(`http://me:mine@${TARGET}/m?q=1`, { headers: { 'X-A': '1' } }));
    expect(response.text()).toBe('plain');
    expect(proxy.asked).toEqual([{ line: `GET http://${TARGET}/m?q=1`, authorization: CREDENTIALS }]);
    expect(plain.requests.at(-1)?.headers).toMatchObject({ 'x-a': '1', host: TARGET });
    expect(plain.requests.at(-1)?.headers).not.toHaveProperty('proxy-authorization');
  });

  it('over https goes through one kept tunnel, and the certificate of the target is checked in it', async () => {
    const client = await through(secure);
    expect((await client.request(get(`https://${TARGET}/a`))).text()).toBe('secure');
    expect((await client.request(get(`https://${TARGET}/b`))).text()).toBe('secure');
    expect(proxy.asked).toEqual([{ line: `CONNECT ${TARGET}:443`, authorization: CREDENTIALS }]);
    expect(secure.requests.at(-1)?.headers).not.toHaveProperty('proxy-authorization');
    await expect(client.request(get('https://203.0.113.8/'))).rejects.toMatchObject({
      code: 'tls',
      message:
        'Get "https://203.0.113.8/": tls: failed to verify certificate: x509: certificate is not valid for the name of the host',
    });
  });

  it.each(['127.0.0.1', 'localhost'])(
    'goes through a proxy that is itself asked over https, by the certificate of %s',
    async (host) => {
      await through(plain);
      await proxy.close();
      proxy = await startForwardProxy(() => targetPort, ofProxy);
      const address = proxy.url.replace('127.0.0.1', host);
      const client = createHttpClient({
        egress: createEgressPolicy({ loopback: true }),
        ca: `${certificate.cert}\n${ofProxy.cert}`,
        proxy: createProxyRules({ http: address, https: address }),
      });
      clients.push(client);
      expect((await client.request(get(`http://${TARGET}/a`))).text()).toBe('plain');
      targetPort = Number(new URL(secure.url).port);
      expect((await client.request(get(`https://${NAME}/b`))).text()).toBe('secure');
      expect(proxy.asked.map(({ line }) => line)).toEqual([`GET http://${TARGET}/a`, `CONNECT ${NAME}:443`]);
    },
  );

  it('to loopback is sent directly', async () => {
    const client = await through(plain);
    expect((await client.request(get(plain.url))).text()).toBe('plain');
    expect(proxy.asked).toEqual([]);
  });

  it('tells when the proxy does not answer, or refuses', async () => {
    const dead = `127.0.0.1:${await freePort()}`;
    const lost = await through(plain, { url: `http://user:secret@${dead}` });
    for (const scheme of ['http', 'https']) {
      await expect(lost.request(get(`${scheme}://${TARGET}/`))).rejects.toMatchObject({
        code: 'unreachable',
        message: `Get "${scheme}://${TARGET}/": proxyconnect tcp: dial tcp ${dead}: connect: connection refused`,
      });
    }
    await proxy.close();
    const client = await through(secure);
    proxy.refuse(407);
    await expect(client.request(get(`https://${TARGET}/`))).rejects.toMatchObject({
      code: 'unreachable',
      message: `Get "https://${TARGET}/": proxyconnect tcp: the proxy answered 407 Refused By Test`,
    });
  });

  it('is ended by its timeout while the proxy is silent', async () => {
    const client = await through(plain);
    plain.answer([{ body: 'late', delayMs: 30_000 }]);
    await expect(client.request(get(`http://${TARGET}/`, { timeoutMs: 50 }))).rejects.toMatchObject({
      code: 'timeout',
    });
    plain.answer([{ body: 'plain' }]);
  });
});

describe('the egress policy of a request through a proxy', () => {
  it.each(['http', 'https'])('holds for the target over %s, and the proxy is not asked', async (scheme) => {
    const client = await through(plain, {
      egress: createEgressPolicy({ loopback: true, deny: ['203.0.113.0/24'] }),
    });
    for (const host of [TARGET, '169.254.169.254']) {
      await expect(client.request(get(`${scheme}://${host}/`))).rejects.toMatchObject({
        code: 'egressDenied',
      });
    }
    expect(proxy.asked).toEqual([]);
  });

  it('holds for every address of a name that resolves here', async () => {
    await expect(checkHost(createEgressPolicy({ loopback: false }), 'localhost')).rejects.toMatchObject({
      code: 'egressDenied',
    });
    await expect(checkHost(createEgressPolicy({ loopback: true }), 'localhost')).resolves.toBeUndefined();
  });

  it('leaves names to the proxy that do not resolve here, unless only listed addresses may be asked', async () => {
    const open = await through(plain, {
      egress: createEgressPolicy({ loopback: true, deny: ['10.0.0.0/8'] }),
    });
    expect((await open.request(get(`http://${NAME}/`))).text()).toBe('plain');
    expect(proxy.asked).toEqual([expect.objectContaining({ line: `GET http://${NAME}/` })]);
    await proxy.close();
    const listed = await through(plain, {
      egress: createEgressPolicy({ loopback: true, allow: ['public'] }),
    });
    await expect(listed.request(get(`http://${NAME}/`))).rejects.toMatchObject({ code: 'nameNotResolved' });
    expect(proxy.asked).toEqual([]);
  });

  it.each([
    ...['metadata.google.internal', 'METADATA.google.internal.', 'metadata.goog', 'metadata'],
    ...['instance-data', 'instance-data.ec2.internal', 'metadata.tencentyun.com', 'metadata.packet.net'],
  ])(
    'leaves %s, under which a cloud hands out credentials, to no proxy, whatever it resolves to here',
    async (name) => {
      const client = await through(plain, {
        resolve: (_name, _options, found) => {
          found(null, [{ address: TARGET, family: 4 }]);
        },
      });
      for (const scheme of ['http', 'https'])
        await expect(client.request(get(`${scheme}://${name}/latest/`))).rejects.toMatchObject({
          code: 'egressDenied',
          message: expect.stringContaining('is the metadata service of a cloud') as unknown,
        });
      expect(proxy.asked).toEqual([]);
    },
  );
});
