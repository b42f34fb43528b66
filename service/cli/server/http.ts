import type { ServerAddress } from './address.js';
import { isProblem } from './answers.js';
import { foreignAnswer, noAnswer, problemError, type ServerError, unreachable } from './server-error.js';

/** Time in which an answer must begin and end, ms; requests that wait for something have their own on top. */
const TIMEOUT_MS = 30_000;

/** A request for the API. */
export interface ServerRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Below the address, e.g. `/v1/analysisruns`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Time that the server may take its time for, ms. */
  readonly waitMs?: number;
  readonly signal: AbortSignal;
}

/**
 * Asks for JSON and answers it.
 * @throws ServerError when there is no answer, or another one than success. Rethrows the reason of an aborted signal.
 */
export async function askJson(address: ServerAddress, request: ServerRequest): Promise<unknown> {
  const timeoutMs = TIMEOUT_MS + (request.waitMs ?? 0);
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await send(address, request, AbortSignal.any([request.signal, timeout]));
    const text = await response.text();
    if (!response.ok) throw failure(address, response, text);
    const json = parsedJson(text);
    if (json === undefined) throw foreignAnswer(address.url, response.status, contentOf(response));
    return json;
  } catch (error) {
    throw told(address, error, request.signal, timeout, timeoutMs);
  }
}

/**
 * Asks for a stream and answers its response once it has begun.
 * @throws ServerError as {@link askJson}.
 */
export async function askStream(address: ServerAddress, request: ServerRequest): Promise<Response> {
  const starting = new AbortController();
  const timer = setTimeout(() => {
    starting.abort();
  }, TIMEOUT_MS);
  try {
    const response = await send(address, request, AbortSignal.any([request.signal, starting.signal]));
    if (response.ok) return response;
    throw failure(address, response, await response.text());
  } catch (error) {
    throw told(address, error, request.signal, starting.signal, TIMEOUT_MS);
  } finally {
    clearTimeout(timer);
  }
}

async function send(
  { url, token: readToken }: ServerAddress,
  { method, path, query = {}, body, headers = {} }: ServerRequest,
  signal: AbortSignal,
): Promise<Response> {
  const asked = new URL(`${url}${path}`);
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) asked.searchParams.set(name, value);
  const token = await readToken();
  return fetch(asked, {
    method,
    signal,
    // A token must not follow to where a server points; and a request that was turned into another is none of ours.
    redirect: 'manual',
    headers: {
      accept: 'application/json, application/problem+json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

function failure({ url }: ServerAddress, response: Response, text: string): ServerError {
  const { status } = response;
  const json = parsedJson(text);
  if (isProblem(json)) return problemError(url, status, json);
  const target = response.headers.get('location');
  if (status >= 300 && status < 400 && target !== null)
    return foreignAnswer(url, status, `a redirect to ${withoutSecrets(new URL(target, url))}`);
  return foreignAnswer(url, status, contentOf(response));
}

function told(
  { url }: ServerAddress,
  error: unknown,
  wanted: AbortSignal,
  timeout: AbortSignal,
  timeoutMs: number,
): unknown {
  if (error instanceof Error && error.name === 'CliError') return error;
  if (wanted.aborted) return wanted.reason;
  return timeout.aborted ? noAnswer(url, timeoutMs) : unreachable(url, error);
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Whoever asks tells what came instead.
    return undefined;
  }
}

const contentOf = ({ headers }: Response): string => headers.get('content-type') ?? 'no content';

const withoutSecrets = ({ origin, pathname }: URL): string => `${origin}${pathname}`;
