import type { HttpRequest, HttpResponse } from '../http/http.js';
import { pause, systemTimers } from '../../platform/index.js';
import { codeOfStatus } from '../http/status.js';
import type { MeasureContext } from '../provider.js';
import { ProviderError, type ProviderErrorCode } from '../provider-error.js';
import { redactUrl } from '../redact.js';
import { readErrors } from './graphql-errors.js';

/** Waits between attempts, in ms. */
const WAITS_MS = [1_000, 2_000, 4_000];
/** Errors of the way to the server that may be over at the next attempt. */
const PASSING: readonly ProviderErrorCode[] = ['unreachable', 'timeout', 'nameNotResolved'];
/** Characters of the server's text that messages show. */
const MAX_SHOWN = 4_096;

/** How an attempt ended: with an answer that can be read, or with what is told when it was the last one. */
type Attempt =
  | { readonly kind: 'answer'; readonly body: string }
  | { readonly kind: 'passing'; readonly error: ProviderError };

/**
 * Asks NerdGraph, again when the server is not there, overloaded or at fault: four attempts at most. Gives the body of
 * a good answer without errors.
 * @throws ProviderError with the words of New Relic's client
 */
export async function askNerdgraph(
  request: HttpRequest,
  { http, signal }: Pick<MeasureContext, 'http' | 'signal'>,
): Promise<string> {
  for (const waitMs of [...WAITS_MS, undefined]) {
    const attempt = await attemptOf(() => http.request(request), request);
    if (attempt.kind === 'answer') return attempt.body;
    if (waitMs === undefined || (await pause(systemTimers, waitMs, signal)) === 'aborted')
      throw attempt.error;
  }
  throw new ProviderError('internal', 'NerdGraph was not asked');
}

async function attemptOf(send: () => Promise<HttpResponse>, { method, url }: HttpRequest): Promise<Attempt> {
  const gaveUp = `${method} ${redactUrl(url)} giving up after ${WAITS_MS.length + 1} attempt(s)`;
  let response: HttpResponse;
  try {
    response = await send();
  } catch (error) {
    if (!(error instanceof ProviderError) || !PASSING.includes(error.code)) throw error;
    return {
      kind: 'passing',
      error: new ProviderError(error.code, `${gaveUp}: ${error.message}`, { cause: error }),
    };
  }
  const { status } = response;
  if (status === 429 || (status >= 500 && status !== 501)) {
    const code = status === 429 ? 'rateLimited' : 'unreachable';
    return { kind: 'passing', error: new ProviderError(code, `${gaveUp}: status ${status}`) };
  }
  return read(response);
}

function read(response: HttpResponse): Attempt {
  const { status } = response;
  if (status === 404) throw new ProviderError('badResponse', 'resource not found');
  const body = response.text();
  const { text, isBadKey, isPassing } = readErrors(body);
  const shown = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
  if (status === 402) throw new ProviderError('unauthorized', 'Payment Required');
  if (isPassing) {
    const error = new ProviderError('badResponse', `maximum retries reached: ${shown}`);
    return { kind: 'passing', error };
  }
  if (status < 200 || status > 299) {
    const isRefused = isBadKey || (status === 401 && text !== '');
    if (isRefused) throw new ProviderError('unauthorized', BAD_KEY);
    const what = `${status} response returned`;
    throw new ProviderError(codeOfStatus(status), shown === '' ? what : `${what}: ${shown}`);
  }
  if (text !== '') throw new ProviderError(isBadKey ? 'unauthorized' : 'badResponse', shown);
  return { kind: 'answer', body };
}

const BAD_KEY =
  '401 response returned: Invalid credentials provided. Missing API key or an invalid API key was provided.';
