import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { OAuth2 } from '../../../schemas/index.js';
import type { Clock } from '../../platform/index.js';
import { Deadline } from '../http/deadline.js';
import type { HttpClient, HttpRequest, HttpResponse } from '../http/http.js';
import { networkError } from '../http/network-error.js';
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
  /** Told of the token, see `MeasureContext.hide`. */
  readonly hide?: ((credential: string) => void) | undefined;
}

/** An answer of a token endpoint is small; more is refused. */
const MAX_TOKEN_BYTES = 1024 * 1024;
/** Time for a request for a token, in ms. */
const TIMEOUT_MS = 30_000;
/** A token is renewed this long before it ends, in ms: Go's. */
const EXPIRY_MARGIN_MS = 10_000;
const MAX_TOKENS = 1000;

/** What is known of an HTTP client's tokens, by whom they are for. */
interface Tokens {
  readonly known: LRUCache<string, Token>;
  /** Requests for tokens that are going on. */
  readonly asked: Map<string, Promise<Token>>;
}

/** They live as long as the HTTP client, so that two services in one process share none. */
const caches = new WeakMap<HttpClient, Tokens>();

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
 * `Authorization` for a request: a token of the cache or a new one, for which simultaneous requests ask once. The
 * credentials go as basic auth first and, when the answer to that is no token, in the form, as Go's client finds out what
 * a server takes. Unlike Go's it does not ask again when there was no answer: that costs a server that is down twice the time.
 */
export async function oauth2Authorization(client: OAuth2Client, context: TokenContext): Promise<string> {
  const authorization = await authorizationOf(client, context);
  // Without its scheme: a server may give back the header or the token alone.
  context.hide?.(authorization.slice(authorization.indexOf(' ') + 1));
  return authorization;
}

async function authorizationOf(client: OAuth2Client, context: TokenContext): Promise<string> {
  const { known, asked } = tokensOf(context.http);
  const key = keyOf(client, context);
  const kept = known.get(key);
  if (kept && !isOver(kept, context.clock)) return kept.authorization;
  try {
    let asking = asked.get(key);
    if (asking === undefined) {
      asking = ask();
      asked.set(key, asking);
    }
    return (await within(asking, client.tokenUrl, context.request)).authorization;
  } catch (error) {
    const { method, url } = context.request;
    const code = error instanceof ProviderError ? error.code : 'unauthorized';
    throw new ProviderError(code, urlMessage(method, url, errorText(error)), { cause: error });
  }

  async function ask(): Promise<Token> {
    try {
      const token = await newToken(client, context);
      if (token.expiresAtMs !== undefined) known.set(key, token);
      return token;
    } finally {
      asked.delete(key);
    }
  }
}

/** The token, or the error of a request to its server that was not answered in the caller's time. */
async function within(
  asking: Promise<Token>,
  tokenUrl: string,
  { signal, timeoutMs = TIMEOUT_MS }: TokenContext['request'],
): Promise<Token> {
  const deadline = new Deadline({ method: 'POST', url: tokenUrl, signal }, timeoutMs);
  try {
    return await deadline.bound(asking);
  } catch (error) {
    throw networkError('POST', tokenUrl, error);
  } finally {
    deadline.close();
  }
}

/** Asks with the credentials in the header and, when the answer is no token, in the form. */
async function newToken(client: OAuth2Client, context: TokenContext): Promise<Token> {
  const { clock } = context;
  const answer = await requestToken(client, 'header', context);
  try {
    return readToken(answer, clock.nowMs());
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    return readToken(await requestToken(client, 'form', context), clock.nowMs());
  }
}

/** Forgets the client's token: a server refused it before its time. */
export function forgetToken(client: OAuth2Client, context: TokenContext): void {
  tokensOf(context.http).known.delete(keyOf(client, context));
}

async function requestToken(
  client: OAuth2Client,
  style: 'header' | 'form',
  { http, headers = {}, request }: TokenContext,
): Promise<HttpResponse> {
  const { tokenUrl, clientId, clientSecret, scopes } = client;
  const form = new URLSearchParams({
    ...(style === 'form' ? { client_id: clientId, client_secret: clientSecret } : {}),
    grant_type: 'client_credentials',
    ...(scopes.length > 0 ? { scope: scopes.join(' ') } : {}),
  });
  return http.request({
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
    // Not with the signal and the timeout of the one who asks first: others wait for the answer as well.
    signal: new AbortController().signal,
    timeoutMs: TIMEOUT_MS,
    maxBytes: MAX_TOKEN_BYTES,
    ...(request.tls === undefined ? {} : { tls: request.tls }),
  });
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

function tokensOf(http: HttpClient): Tokens {
  const owner = http.watched ?? http;
  const found = caches.get(owner);
  if (found) return found;
  const tokens: Tokens = { known: new LRUCache({ max: MAX_TOKENS }), asked: new Map() };
  caches.set(owner, tokens);
  return tokens;
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
