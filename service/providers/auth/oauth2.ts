import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { OAuth2 } from '../../../schemas/index.js';
import type { Clock } from '../../platform/index.js';
import type { HttpClient, HttpRequest } from '../http/http.js';
import { urlMessage } from '../http/request-url.js';
import { ProviderError, errorText } from '../provider-error.js';
import { basicAuthorization } from './basic.js';
import { type Token, readToken } from './oauth2-token.js';

/** OAuth2 client credentials, complete. */
export interface OAuth2Client {
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scopes: readonly string[];
}

/** How the token request is sent: the request that needs the token says. */
export interface TokenContext {
  readonly http: HttpClient;
  readonly clock: Clock;
  /** Headers that go with the token request and win over its own. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly request: Pick<HttpRequest, 'method' | 'url' | 'signal' | 'timeoutMs' | 'tls'>;
}

/** An answer of a token endpoint is small; more is refused. */
const MAX_TOKEN_BYTES = 1024 * 1024;
/** A token is renewed this long before it ends, in ms: Go's. */
const EXPIRY_MARGIN_MS = 10_000;
const MAX_TOKENS = 1000;

/** Tokens by client; they live as long as the HTTP client, so that two services in one process share none. */
const caches = new WeakMap<HttpClient, LRUCache<string, Token>>();

/**
 * The client that a spec's `oauth2` describes; undefined: it has no `tokenUrl`, and the reference then ignores it.
 * @throws ProviderError (`invalidSpec`) when the id or the secret is missing.
 */
export function oauth2ClientOf(spec: OAuth2 | undefined): OAuth2Client | undefined {
  const { tokenUrl = '', clientId = '', clientSecret = '', scopes = [] } = spec ?? {};
  if (tokenUrl === '') return undefined;
  if (clientId === '' || clientSecret === '') {
    throw new ProviderError('invalidSpec', 'missing mandatory parameter in metric for OAuth2 setup');
  }
  return { tokenUrl, clientId, clientSecret, scopes };
}

/**
 * `Authorization` for a request: a token of the cache or a new one. The credentials go as basic auth first and, when
 * that is refused, in the form, as Go's client finds out what a server takes.
 */
export async function oauth2Authorization(client: OAuth2Client, context: TokenContext): Promise<string> {
  const cache = cacheOf(context.http);
  const key = keyOf(client, context);
  const known = cache.get(key);
  if (known && !isOver(known, context.clock)) return known.authorization;
  try {
    const token = await requestToken(client, 'header', context).catch((error: unknown) => {
      if (context.request.signal.aborted) throw error;
      return requestToken(client, 'form', context);
    });
    if (token.expiresAtMs !== undefined) cache.set(key, token);
    return token.authorization;
  } catch (error) {
    const { method, url } = context.request;
    const code = error instanceof ProviderError ? error.code : 'unauthorized';
    throw new ProviderError(code, urlMessage(method, url, errorText(error)), { cause: error });
  }
}

/** Forgets the client's token: a server refused it before its time. */
export function forgetToken(client: OAuth2Client, context: TokenContext): void {
  cacheOf(context.http).delete(keyOf(client, context));
}

async function requestToken(
  client: OAuth2Client,
  style: 'header' | 'form',
  { http, clock, headers = {}, request }: TokenContext,
): Promise<Token> {
  const { tokenUrl, clientId, clientSecret, scopes } = client;
  const form = new URLSearchParams({
    ...(style === 'form' ? { client_id: clientId, client_secret: clientSecret } : {}),
    grant_type: 'client_credentials',
    ...(scopes.length > 0 ? { scope: scopes.join(' ') } : {}),
  });
  const response = await http.request({
    method: 'POST',
    url: tokenUrl,
    headers: replaceHeaders(
      {
        'Content-Type': 'application/x-www-form-urlencoded',
        ...(style === 'header'
          ? { Authorization: basicAuthorization(encode(clientId), encode(clientSecret)) }
          : {}),
      },
      headers,
    ),
    body: form.toString(),
    signal: request.signal,
    maxBytes: MAX_TOKEN_BYTES,
    ...(request.timeoutMs === undefined ? {} : { timeoutMs: request.timeoutMs }),
    ...(request.tls === undefined ? {} : { tls: request.tls }),
  });
  return readToken(response, clock.nowMs());
}

/** `headers` with `others` in their place where names are the same, in any case. */
export function replaceHeaders(
  headers: Readonly<Record<string, string>>,
  others: Readonly<Record<string, string>>,
): Record<string, string> {
  const replaced = new Set(Object.keys(others).map((name) => name.toLowerCase()));
  return {
    ...Object.fromEntries(Object.entries(headers).filter(([name]) => !replaced.has(name.toLowerCase()))),
    ...others,
  };
}

/** Encoding of a form value, which RFC 6749 (2.3.1) asks for in the header too. */
const encode = (text: string): string => new URLSearchParams({ '': text }).toString().slice(1);

const isOver = ({ expiresAtMs }: Token, clock: Clock): boolean =>
  expiresAtMs === undefined || expiresAtMs - EXPIRY_MARGIN_MS <= clock.nowMs();

function cacheOf(http: HttpClient): LRUCache<string, Token> {
  const owner = http.watched ?? http;
  const known = caches.get(owner);
  if (known) return known;
  const cache = new LRUCache<string, Token>({ max: MAX_TOKENS });
  caches.set(owner, cache);
  return cache;
}

/** Everything that the token depends on, hashed: no secret is kept as a key. */
const keyOf = (client: OAuth2Client, { headers = {}, request }: TokenContext): string =>
  createHash('sha256')
    .update(
      JSON.stringify([
        client.tokenUrl,
        client.clientId,
        client.clientSecret,
        client.scopes,
        headers,
        request.tls,
      ]),
    )
    .digest('hex');
