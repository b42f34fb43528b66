import type { HttpResponse } from '../http/http.js';
import { ProviderError, type ProviderErrorCode, errorText } from '../provider-error.js';
import { type QueryResult, field, readQueryResult } from './query-result.js';

/** What the query API answered. */
export interface QueryAnswer extends QueryResult {
  readonly warnings: readonly string[];
}

/** Statuses after which the query is asked again as GET: the server, or a proxy before it, takes no POST. */
export const TAKES_NO_POST: readonly number[] = [403, 405, 501];

/** `error` texts are the server's and may be long; this much is shown. */
const MAX_SHOWN = 4096;

/**
 * The answer of `/api/v1/query` and `/api/v1/query_range`. Only 2xx, 400 and 422 carry an answer; the texts are those of
 * Prometheus' own client (`bad_data: …`, `server_error: server error: 500`).
 * @throws ProviderError
 */
export function readQueryAnswer(response: HttpResponse): QueryAnswer {
  const { status } = response;
  const refused = status === 400 || status === 422;
  if (!refused && (status < 200 || status > 299)) throw statusError(status);
  const body = parse(response);
  const state = field(body, 'status');
  if (state === 'error') {
    const text = `${textOf(field(body, 'errorType'))}: ${textOf(field(body, 'error'))}`.slice(0, MAX_SHOWN);
    throw new ProviderError(field(body, 'errorType') === 'timeout' ? 'timeout' : 'badResponse', text);
  }
  if (refused && state === 'success') {
    throw new ProviderError('badResponse', 'bad_response: inconsistent body for response code');
  }
  if (state !== 'success') throw new ProviderError('badResponse', 'bad_response: the answer has no status');
  return { ...readQueryResult(field(body, 'data')), warnings: readWarnings(field(body, 'warnings')) };
}

function statusError(status: number): ProviderError {
  const codes: Readonly<Record<number, ProviderErrorCode>> = {
    401: 'unauthorized',
    403: 'unauthorized',
    429: 'rateLimited',
  };
  if (status >= 400 && status <= 499) {
    return new ProviderError(codes[status] ?? 'badResponse', `client_error: client error: ${status}`);
  }
  if (status >= 500 && status <= 599) {
    return new ProviderError('unreachable', `server_error: server error: ${status}`);
  }
  return new ProviderError('badResponse', `bad_response: bad response code ${status}`);
}

function parse(response: HttpResponse): unknown {
  try {
    return JSON.parse(response.text());
  } catch (error) {
    throw new ProviderError('badResponse', `bad_response: ${errorText(error)}`, { cause: error });
  }
}

function readWarnings(warnings: unknown): readonly string[] {
  return Array.isArray(warnings) ? warnings.map(textOf) : [];
}

const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);
