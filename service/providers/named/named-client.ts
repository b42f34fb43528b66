import type { SourcedText } from '../../../schemas/index.js';
import type { Clock } from '../../platform/index.js';
import { basicAuthorization } from '../auth/basic.js';
import { forgetToken, oauth2Authorization, replaceHeaders } from '../auth/oauth2.js';
import type { HttpClient, HttpRequest, HttpResponse } from '../http/http.js';
import { isCredential } from '../http/redirect.js';
import { ProviderError } from '../provider-error.js';
import type { SecretReader } from '../secrets.js';
import type { NamedServers } from './read-servers.js';
import { type NamedServer, readSourced } from './server.js';
import { serverReference, unknownServer, urlBelow } from './server-name.js';

/** Options of {@link createNamedClient}. */
export interface NamedClientOptions {
  readonly http: HttpClient;
  /** For servers whose configuration lets them be on this machine. */
  readonly loopback: HttpClient;
  readonly servers: NamedServers;
  readonly secrets: SecretReader;
  readonly clock: Clock;
}

/** Time for a request when neither metric nor configuration says, in ms. */
const DEFAULT_TIMEOUT_MS = 30_000;

/**
 * A client that knows servers by name: a request to `provider://NAME/path` goes to `path` below the address of that
 * configuration, with its headers, credentials and TLS, which win over those of the request. So every provider takes
 * such addresses, without knowing of them. Other requests pass as they are. Closing it closes both clients.
 */
export function createNamedClient(options: NamedClientOptions): HttpClient {
  const { http, loopback, servers } = options;
  return {
    async request(request) {
      const reference = serverReference(request.url);
      if (reference === undefined) return http.request(request);
      const server = servers.get(reference.name);
      if (server === undefined) throw unknownServer(reference.name, servers.keys());
      const url = urlBelow(server.config.address, reference);
      return ask(server, { ...request, url }, options);
    },
    close() {
      http.close();
      loopback.close();
    },
  };
}

async function ask(
  server: NamedServer,
  request: HttpRequest,
  { http, loopback, secrets, clock }: NamedClientOptions,
): Promise<HttpResponse> {
  const { config, tls } = server;
  const timeoutMs = Math.min(
    request.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    server.timeoutMs ?? Number.POSITIVE_INFINITY,
  );
  const client = config.loopback === true ? loopback : http;
  const untilMs = clock.nowMs() + timeoutMs;
  const read = async (source: SourcedText, header = ''): Promise<string> => {
    const text = await readSourced(source, secrets);
    // A tenant's name written into the file is no secret, and hiding it would spoil what is shown.
    if (header === '' || source.value === undefined || isCredential(header)) request.hide?.(text);
    return text;
  };
  const own = await headersOf(server, read, request.hide);
  const bare = { ...request, tls, timeoutMs };
  const oauth2 = config.authentication?.oauth2;
  const credentials =
    oauth2 === undefined
      ? undefined
      : {
          tokenUrl: oauth2.tokenUrl,
          clientId: oauth2.clientId,
          clientSecret: await read(oauth2.clientSecret),
          scopes: oauth2.scopes ?? [],
        };
  const tokens = { http: client, clock, request: bare };
  const token =
    credentials === undefined ? {} : { Authorization: await oauth2Authorization(credentials, tokens) };
  if (token.Authorization !== undefined) hideAuthorization(token.Authorization, request.hide);
  const response = await client.request({
    ...bare,
    timeoutMs: Math.max(0, untilMs - clock.nowMs()),
    headers: replaceHeaders(request.headers ?? {}, replaceHeaders(own, token)),
  });
  if (credentials !== undefined && response.status === 401) forgetToken(credentials, tokens);
  return response;
}

type Hide = (credential: string) => void;

/** A server may give back the whole header, or what stands behind the scheme. */
function hideAuthorization(authorization: string, hide?: Hide): void {
  hide?.(authorization.slice(authorization.indexOf(' ') + 1));
}

/** Headers of the configuration, basic authentication and bearer token included. */
async function headersOf(
  { config: { headers = [], authentication = {} } }: NamedServer,
  read: (source: SourcedText, header?: string) => Promise<string>,
  hide?: Hide,
): Promise<Record<string, string>> {
  const { basicAuth, bearer } = authentication;
  const entries = headers.map(async (header) => [header.key, await read(header, header.key)] as const);
  const given = Object.fromEntries(await Promise.all(entries));
  if (basicAuth !== undefined) {
    const authorization = basicAuthorization(basicAuth.username, await read(basicAuth.password));
    hideAuthorization(authorization, hide);
    return replaceHeaders(given, { Authorization: authorization });
  }
  if (bearer === undefined) return given;
  const token = await read(bearer);
  if (token === '')
    throw new ProviderError('secret', 'the bearer token of the provider configuration is empty');
  return replaceHeaders(given, { Authorization: `Bearer ${token}` });
}
