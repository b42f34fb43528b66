import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Measurement } from '../../schemas/index.js';
import { attemptDelivery } from '../../service/delivery/attempt.js';
import { separateCallbacks } from '../../service/delivery/index.js';
import { systemClock } from '../../service/platform/index.js';
import {
  builtInProviders,
  createEgressPolicy,
  createHttpClient,
  createRegistry,
  type HttpClient,
  noSecrets,
  type Plugins,
  takeMeasurement,
} from '../../service/providers/index.js';
import { createHttpPlugin } from '../../service/providers/plugin/http-plugin.js';
import { metric, runOf } from '../engine/fixtures.js';
import { contextWith, measureOnce } from './measure.js';

/** Where specs may go: a server of theirs, which may answer with anything. */
const ALLOWED = '127.0.0.2';
/** Where they may not: what listens here notes every connection. */
const FORBIDDEN = '127.0.0.1';

/** What must be told of a URL that gets nowhere. */
const DENIED = /egress denied: /;
/** Some resolvers know the name and some do not. */
const DENIED_OR_UNKNOWN = /egress denied: |no such host/;
/** It is no URL of a request, or names no host: the words are Go's. */
const NO_REQUEST =
  /unsupported protocol scheme|invalid URL|is not is url format|no Host in request URL|invalid control character|missing '\]' in host|missing protocol scheme/;

/** `PORT` is that of the forbidden server, so that whatever gets through is noticed. */
const BYPASSES: readonly (readonly [url: string, told: RegExp, why: string])[] = [
  ['http://127.0.0.1:PORT/', DENIED, 'as it is'],
  ['HTTP://127.0.0.1:PORT/', DENIED, 'a scheme in upper case'],
  ['http://2130706433:PORT/', DENIED, 'decimal'],
  ['http://017700000001:PORT/', DENIED, 'octal'],
  ['http://0x7f000001:PORT/', DENIED, 'hexadecimal'],
  ['http://0X7F.0.0.1:PORT/', DENIED, 'hexadecimal in upper case'],
  ['http://0177.0.0.1:PORT/', DENIED, 'one octal part'],
  ['http://0x7f.0.0.0x1:PORT/', DENIED, 'hexadecimal parts'],
  ['http://127.1:PORT/', DENIED, 'two parts'],
  ['http://127.0.1:PORT/', DENIED, 'three parts'],
  ['http://127.0.0.1.:PORT/', DENIED, 'a dot behind'],
  ['http://00000177.0.0.1:PORT/', DENIED, 'octal with zeros before'],
  ['http://%31%32%37.0.0.1:PORT/', DENIED, 'percent-encoded digits'],
  ['http://127%2e0%2e0%2e1:PORT/', DENIED, 'percent-encoded dots'],
  ['http://①②⑦.⓪.⓪.①:PORT/', DENIED, 'digits in circles'],
  ['http://１２７.0.0.1:PORT/', DENIED, 'full-width digits'],
  ['http://127。0。0。1:PORT/', DENIED, 'ideographic dots'],
  ['http://127．0．0．1:PORT/', DENIED, 'full-width dots'],
  ['http://127.0.0\u00ad.1:PORT/', DENIED, 'a soft hyphen'],
  ['http://127.0.0.1\u200b:PORT/', DENIED, 'a space of no width'],
  ['http://localhost:PORT/', DENIED, 'its name'],
  ['http://LocalHost:PORT/', DENIED, 'its name in mixed case'],
  ['http://localhost.:PORT/', DENIED_OR_UNKNOWN, 'its name with a dot behind'],
  ['http://loca%6Chost:PORT/', DENIED, 'its name, percent-encoded'],
  ['http://ⓛocalhost:PORT/', DENIED, 'its name with a letter in a circle'],
  ['http://0:PORT/', DENIED, 'zero'],
  ['http://0.0.0.0:PORT/', DENIED, 'the unspecified address'],
  ['http://[::]:PORT/', DENIED, 'the unspecified address of IPv6'],
  ['http://[::1]:PORT/', DENIED, 'loopback of IPv6'],
  ['http://[0:0:0:0:0:0:0:1]:PORT/', DENIED, 'loopback of IPv6, in full'],
  ['http://[::ffff:127.0.0.1]:PORT/', DENIED, 'mapped into IPv6'],
  ['http://[::ffff:7f00:1]:PORT/', DENIED, 'mapped, in hexadecimal'],
  ['http://[0:0:0:0:0:FFFF:7F00:0001]:PORT/', DENIED, 'mapped, in full'],
  ['http://[::127.0.0.1]:PORT/', DENIED, 'compatible with IPv4'],
  ['http://[::ffff:0:127.0.0.1]:PORT/', DENIED, 'translated (SIIT)'],
  ['http://[64:ff9b::127.0.0.1]:PORT/', DENIED, 'NAT64'],
  ['http://[64:ff9b:1::7f00:1]:PORT/', DENIED, 'NAT64 of a network of its own'],
  ['http://[2002:7f00:1::]:PORT/', DENIED, '6to4'],
  ['http://[2001:0:0:0:0:0:80ff:fffe]:PORT/', DENIED, 'Teredo'],
  ['http://user:pass@127.0.0.1:PORT/', DENIED, 'behind a user'],
  ['http://127.0.0.2@127.0.0.1:PORT/', DENIED, 'behind an allowed address as user'],
  ['http://127.0.0.2%40x@127.0.0.1:PORT/', DENIED, 'behind an encoded @'],
  ['http://127.0.0.1:PORT#@127.0.0.2/', DENIED, 'before a fragment'],
  ['http://127.0.0.1:PORT\\@127.0.0.2/', DENIED, 'before a backslash'],
  ['http://127.0.0.1:PORT?@127.0.0.2/', DENIED, 'before a query'],
  ['http://127.0.0.1:0000PORT/', DENIED, 'a port with zeros before'],
  ['https://127.0.0.1:PORT/', DENIED, 'over TLS'],
  ['http://169.254.169.254/latest/meta-data/', DENIED, 'cloud metadata'],
  ['http://2852039166/', DENIED, 'cloud metadata, decimal'],
  ['http://0xa9.0xfe.0xa9.0xfe/', DENIED, 'cloud metadata, hexadecimal'],
  ['http://0251.0376.0251.0376/', DENIED, 'cloud metadata, octal'],
  ['http://169.254.43518/', DENIED, 'cloud metadata, three parts'],
  ['http://[::ffff:a9fe:a9fe]/', DENIED, 'cloud metadata, mapped'],
  ['http://[64:ff9b::a9fe:a9fe]/', DENIED, 'cloud metadata, NAT64'],
  ['http://[fd00:ec2::254]/', DENIED, 'cloud metadata over IPv6'],
  ['http://[fe80::1]/', DENIED, 'link-local'],
  ['http://100.100.100.200/', DENIED, 'metadata of another cloud'],
  ['http://10.0.0.1/', DENIED, 'a private network'],
  ['http://[fe80::1%25lo]/', NO_REQUEST, 'a zone'],
  ['http://127.0.0.1:65536/', NO_REQUEST, 'a port beyond the last one'],
  ['http://127.0.0.1:PORT:80/', NO_REQUEST, 'two ports'],
  ['http://127.0.0\t.1:PORT/', NO_REQUEST, 'a tab in it'],
  ['http://127.0.0.2:PORT\r\nHost: 127.0.0.1/', NO_REQUEST, 'a line break'],
  ['http:///127.0.0.1:PORT/', NO_REQUEST, 'three slashes'],
  ['http:127.0.0.1:PORT/', NO_REQUEST, 'no slashes'],
  ['http:\\\\127.0.0.1:PORT\\', NO_REQUEST, 'backslashes'],
  ['//127.0.0.1:PORT/', NO_REQUEST, 'no scheme'],
  ['127.0.0.1:PORT/', NO_REQUEST, 'only an address'],
  [' http://127.0.0.1:PORT/', NO_REQUEST, 'a space before'],
  ['file:///etc/passwd', NO_REQUEST, 'a file'],
  ['unix:///var/run/docker.sock', NO_REQUEST, 'a socket'],
  ['http+unix://%2Fvar%2Frun%2Fdocker.sock/info', NO_REQUEST, 'a socket over http'],
  ['gopher://127.0.0.1:PORT/_x', NO_REQUEST, 'gopher'],
  ['ftp://127.0.0.1:PORT/', NO_REQUEST, 'ftp'],
  ['data:application/json,{"value":1}', NO_REQUEST, 'data'],
  ['blob:http://127.0.0.1:PORT/x', NO_REQUEST, 'a blob'],
  ['javascript:fetch("http://127.0.0.1:PORT/")', NO_REQUEST, 'a script'],
];

const listen = async (host: string, server: Server): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return (server.address() as AddressInfo).port;
};

let connections = 0;
let forbidden: Server;
let allowed: Server;
let base: string;
let forbiddenPort: number;
/** Where `/redirect` of the allowed server leads, and with which status. */
let leads: { readonly status: number; readonly location: string };
let http: HttpClient;

beforeAll(async () => {
  forbidden = createServer((_request, response) => {
    response.end('{"value": 1, "access_token": "t", "status": "success"}');
  });
  forbidden.on('connection', () => {
    connections += 1;
  });
  forbiddenPort = await listen(FORBIDDEN, forbidden);
  allowed = createServer((request, response) => {
    if (request.url?.startsWith('/redirect') === true) {
      response.writeHead(leads.status, { location: Buffer.from(leads.location).toString('latin1') }).end();
      return;
    }
    response.setHeader('content-type', 'application/json');
    response.end(
      '{"value":1,"access_token":"t","kind":"value","status":"success","data":{"resultType":"scalar","result":[1,"1"]}}',
    );
  });
  base = `http://${ALLOWED}:${await listen(ALLOWED, allowed)}`;
  http = createHttpClient({ egress: policy() });
});
afterAll(async () => {
  http.close();
  for (const server of [forbidden, allowed]) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

const policy = () => createEgressPolicy({ loopback: false, allow: [`${ALLOWED}/32`] });
const target = (url: string): string => url.replaceAll('PORT', String(forbiddenPort));

const successCondition = 'true';
const web = (url: string, client = http): Promise<Measurement> =>
  measureOnce({ successCondition, provider: { web: { url, jsonPath: '{$.value}' } } }, client);
const prometheus = (address: string): Promise<Measurement> =>
  measureOnce({ successCondition, provider: { prometheus: { address, query: 'up' } } }, http);
const oauth2 = (tokenUrl: string): Promise<Measurement> =>
  measureOnce(
    {
      successCondition,
      provider: {
        web: {
          url: `${base}/`,
          jsonPath: '{$.value}',
          authentication: { oauth2: { tokenUrl, clientId: 'c', clientSecret: 's', scopes: [] } },
        },
      },
    },
    http,
  );
const plugin = (): Promise<Measurement> => {
  const plugins: Plugins = new Map([
    ['gate', createHttpPlugin({ name: 'gate', url: `${base}/redirect`, timeoutMs: 5_000 })],
  ]);
  return takeMeasurement({
    metric: { name: 'm', successCondition, provider: { plugin: { gate: {} } } },
    registry: createRegistry(builtInProviders({ plugins })),
    context: contextWith(http),
    op: 'measure',
  });
};

/** The ways in which a spec makes the service ask a URL. */
const WAYS: Readonly<Record<string, (url: string) => Promise<Measurement>>> = {
  'the URL of web': (url) => web(url),
  'the address of prometheus': prometheus,
  'a token URL': oauth2,
};
/** The ways in which what was asked names another URL. A header can not have line breaks, and leading spaces are no part of it. */
const REDIRECTS: Readonly<Record<string, readonly [number, () => Promise<Measurement>]>> = {
  'a redirect of a web URL (302)': [302, () => web(`${base}/redirect`)],
  'a redirect of prometheus (308)': [308, () => prometheus(`${base}/redirect`)],
  'a redirect of a token URL (307, with POST)': [307, () => oauth2(`${base}/redirect`)],
  'a redirect of a plugin (307, with POST)': [307, plugin],
};

describe('what specs may not reach', () => {
  it.each(BYPASSES)('%j is not reached (%s: %s)', async (url, told) => {
    for (const [way, measure] of Object.entries(WAYS)) {
      const { phase, message } = await measure(target(url));
      expect({ way, phase }).toEqual({ way, phase: 'Error' });
      expect(message, way).toMatch(told);
    }
    if (/[\r\n\t]/.test(url)) return;
    for (const [way, [status, measure]] of Object.entries(REDIRECTS)) {
      leads = { status, location: target(url) };
      const { phase } = await measure();
      // What is no URL of its own is a path of the server that redirects, which specs may ask.
      const led = target(url).trim();
      const isPath = !URL.canParse(led, base) || new URL(led, base).hostname === ALLOWED;
      expect({ way, phase }).toEqual({ way, phase: isPath ? phase : 'Error' });
    }
    expect(connections).toBe(0);
  });

  it('is not reached through webhooks either', async () => {
    const signal = new AbortController().signal;
    const deps = { http, secrets: noSecrets, defaultKeys: [], clock: systemClock };
    const attempt = async (url: string) => {
      const run = runOf([metric('web')], { status: { phase: 'Successful' } });
      const delivery = { id: 'verdict-0', webhookId: 'a.verdict', event: 'verdict', run } as const;
      const attempted = await attemptDelivery(
        { ...delivery, callback: { url: target(url) }, createdAtMs: 0, tries: 0 },
        signal,
        deps,
      );
      return attempted?.attempt;
    };
    for (const [url, told] of BYPASSES) {
      const { outcome, error = '' } = (await attempt(url)) ?? {};
      expect({ url, outcome }).toEqual({
        url,
        outcome: error.startsWith('egress') ? 'denied' : 'unreachable',
      });
      expect(error, url).toMatch(told);
    }
    leads = { status: 307, location: target('http://127.0.0.1:PORT/') };
    expect(await attempt(`${base}/redirect`)).toMatchObject({
      outcome: 'rejected',
      error: 'the receiver answered 307 Temporary Redirect: redirects are not followed',
    });
    expect(await attempt(base)).toMatchObject({ outcome: 'delivered' });
    expect(connections).toBe(0);
  });

  it('is not taken for the URL of a webhook when it is none', () => {
    for (const [url, told] of BYPASSES.filter((each) => each[1] === NO_REQUEST)) {
      const { faults } = separateCallbacks(runOf([metric('web')]), [{ url: target(url) }]);
      expect({ url, told, faults: faults.map(({ path }) => path) }).toEqual({
        ...{ url, told },
        faults: ['callbacks[0].url'],
      });
    }
  });

  it('is what is left when all is as it should be: the same ways reach what they may', async () => {
    for (const measure of Object.values(WAYS))
      expect(await measure(base)).toMatchObject({ phase: 'Successful' });
    for (const [status, measure] of Object.values(REDIRECTS)) {
      leads = { status, location: '/elsewhere' };
      expect((await measure()).message ?? '').not.toMatch(/egress/);
    }
  });
});

describe('a name', () => {
  const named = (...answers: readonly (readonly string[])[]) => {
    const asked: string[] = [];
    const client = createHttpClient({
      egress: policy(),
      resolve(hostname, _options, callback) {
        const addresses = answers[Math.min(asked.push(hostname), answers.length) - 1] ?? [];
        callback(
          null,
          addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
        );
      },
    });
    const { port } = new URL(base);
    return { asked, client, url: (path = '/') => `http://rebind.example:${port}${path}` };
  };

  it('that is looked up again and then has a forbidden address is not reached', async () => {
    const { client, url, asked } = named([ALLOWED], ['169.254.169.254'], [FORBIDDEN]);
    expect((await web(url(), client)).phase).toBe('Successful');
    // As if the kept connection had ended: the next one looks the name up again.
    allowed.closeAllConnections();
    const rebound = await web(url('/again'), client);
    expect(rebound.phase).toBe('Error');
    expect(rebound.message).toMatch(
      /egress denied: rebind.example resolves to 169\.254\.169\.254, which the policy forbids/,
    );
    expect((await web(`http://rebind.example:${forbiddenPort}/`, client)).message).toMatch(DENIED);
    expect(asked.length).toBeGreaterThanOrEqual(3);
    expect(connections).toBe(0);
    client.close();
  });

  it('that is public when it is checked is not looked up another time for the connection', async () => {
    const { client, url, asked } = named([ALLOWED], [FORBIDDEN]);
    expect((await web(url(), client)).phase).toBe('Successful');
    expect(asked).toHaveLength(1);
    client.close();
  });

  it.each([
    [[FORBIDDEN, ALLOWED]],
    [['169.254.169.254', ALLOWED]],
    [['::1', '::ffff:127.0.0.1', ALLOWED]],
    [[ALLOWED, FORBIDDEN]],
  ])('with several addresses (%j) is reached at the allowed one only', async (addresses) => {
    const { client, url } = named(addresses);
    expect((await web(url(), client)).phase).toBe('Successful');
    expect((await web(`http://rebind.example:${forbiddenPort}/`, client)).phase).toBe('Error');
    expect(connections).toBe(0);
    client.close();
  });

  it.each([[[]], [['not an address']], [['fe80::1%lo']], [['::1', FORBIDDEN]]])(
    'with nothing but %j is not reached',
    async (addresses) => {
      const { client, url } = named(addresses);
      expect((await web(url(), client)).message).toMatch(DENIED);
      expect(connections).toBe(0);
      client.close();
    },
  );
});

describe('a proxy', () => {
  it('of the environment that nobody has configured is not asked', async () => {
    const proxy = `http://${FORBIDDEN}:${forbiddenPort}`;
    for (const name of ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'ALL_PROXY']) vi.stubEnv(name, proxy);
    vi.stubEnv('NO_PROXY', '');
    expect((await web(base)).phase).toBe('Successful');
    vi.unstubAllEnvs();
    expect(connections).toBe(0);
  });

  it('is not asked for what may not be reached, whatever the name resolves to', async () => {
    const client = createHttpClient({
      egress: policy(),
      proxy: () => ({ url: new URL(`http://${FORBIDDEN}:${forbiddenPort}`) }),
      resolve(hostname, _options, callback) {
        callback(null, [
          { address: hostname === 'mixed.example' ? '8.8.8.8' : '10.0.0.1', family: 4 },
          ...METADATA,
        ]);
      },
    });
    for (const host of [
      '169.254.169.254',
      '[::ffff:a9fe:a9fe]',
      '10.0.0.1',
      'private.example',
      'mixed.example',
    ])
      expect((await web(`http://${host}/`, client)).message, host).toMatch(DENIED);
    expect(connections).toBe(0);
    client.close();
  });
});

const METADATA = [{ address: '169.254.169.254', family: 4 }];

it('the body of an answer that is no answer stands in no message', async () => {
  const server = createServer((_request, response) => {
    response.statusCode = 500;
    response.end(`internal page ${'x'.repeat(5_000)}`);
  });
  const port = await listen(ALLOWED, server);
  for (const measure of Object.values(WAYS)) {
    const { message = '', value = '' } = await measure(`http://${ALLOWED}:${port}/`);
    expect(message.length).toBeLessThan(2_000);
    expect(value).toBe('');
  }
  server.closeAllConnections();
  server.close();
});
