import type { SourcedText } from '../../../schemas/index.js';
import { mayUse, ownAddressFault, serverFault } from '../../analysis/index.js';
import type { Clock } from '../../platform/index.js';
import { basicAuthorization } from '../auth/basic.js';
import { forgetToken, oauth2Authorization, replaceHeaders } from '../auth/oauth2.js';
import type { HttpClient, HttpRequest, HttpResponse } from '../http/http.js';
import { isCredential } from '../http/redirect.js';
import { ProviderError } from '../provider-error.js';
import type { SecretReader } from '../secrets.js';
import type { NamedServers } from './read-servers.js';
import { type NamedServer, readSourced } from './server.js';
import { serverReference, urlBelow } from './server-name.js';

/** Options of {@link createNamedClient}. */
export interface NamedClientOptions {
  readonly http: HttpClient;
  /** For servers whose configuration lets them be on this machine. */
  readonly loopback: HttpClient;
  readonly servers: NamedServers;
  readonly secrets: SecretReader;
  readonly clock: Clock;
  /** Namespaces whose metrics may name no address of their own, as in `ProviderConfigs`. Default: none. */
  readonly namedServersOnly?: readonly string[];
}

/** Time for a request when neither metric nor configuration says, in ms. */
const DEFAULT_TIMEOUT_MS = 30_000;

/**
 * A client that knows servers by name: a request to `provider://NAME/path` goes to `path` below the address of that
 * configuration, with its headers, credentials and TLS, which win over those of the request. So every provider takes
 * such addresses, without knowing of them. Other requests pass as they are. Closing it closes both clients. Within a
 * namespace a server is only for those that its configuration lists, and addresses may have to be names.
 */
export function createNamedClient(
  options: NamedClientOptions,
): HttpClient & Required<Pick<HttpClient, 'within'>> {
  const { http, loopback, servers } = options;
  const client: HttpClient = {
    async request(request) {
      const reference = serverReference(request.url);
      if (reference === undefined) return http.request(request);
      const server = servers.get(reference.name);
      if (server === undefined) throw forbidden(request, options);
      const url = urlBelow(server.config.address, reference);
      return ask(server, { ...request, url }, options);
    },
    close() {
      http.close();
      loopback.close();
    },
  };
  return {
    ...client,
    within: (namespace) => {
      const ofNamespace = http.within?.(namespace) ?? http;
      return {
        watched: client,
        async request(request) {
          if (!isAllowed(request, namespace, options)) throw forbidden(request, options, namespace);
          // Whoever operates the service has named all other addresses.
          const isOwn = request.ownAddress === true || serverReference(request.url) !== undefined;
          return isOwn ? client.request(request) : ofNamespace.request(request);
        },
        close() {
          client.close();
        },
      };
    },
  };
}

/** Whether a measurement of the namespace may send it. What is not there is told by whoever looks for it. */
function isAllowed(request: HttpRequest, namespace: string, options: NamedClientOptions): boolean {
  if (request.ownAddress === true) return true;
  const reference = serverReference(request.url);
  if (reference === undefined) return ownAddressFault(options, namespace) === undefined;
  const server = options.servers.get(reference.name);
  return server !== undefined && mayUse(server.config, namespace);
}

/** The error of a request that is not allowed, or whose server is not there. */
function forbidden({ url }: HttpRequest, options: NamedClientOptions, namespace?: string): ProviderError {
  const reference = serverReference(url);
  const configs = [...options.servers.values()].map(({ config }) => config);
  const fault =
    reference === undefined
      ? ownAddressFault(options, namespace)
      : serverFault(reference.name, configs, namespace);
  return new ProviderError('invalidSpec', fault ?? `${url} may not be asked`);
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
