import { isOfConnection } from '../../analysis/index.js';
import { ProviderError } from '../provider-error.js';
import type { Destination } from './destination.js';
import type { HttpRequest } from './http.js';

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const CONTROL = /[\u0000-\u0008\u000a-\u001f\u007f]/;
const BEYOND_ASCII = /[^\u0000-\u007f]/;

/**
 * Refuses a method or header that is no HTTP, in the words of Go's client.
 * @throws ProviderError (`invalidSpec`)
 */
export function checkRequest({ method, headers = {} }: HttpRequest): void {
  if (!TOKEN.test(method)) {
    throw new ProviderError('invalidSpec', `net/http: invalid method ${JSON.stringify(method)}`);
  }
  for (const name of Object.keys(headers)) {
    if (!TOKEN.test(name)) {
      throw new ProviderError('invalidSpec', `net/http: invalid header field name ${JSON.stringify(name)}`);
    }
    // The value is not shown: it may be a secret.
    if (CONTROL.test(headers[name] ?? '')) {
      throw new ProviderError(
        'invalidSpec',
        `net/http: invalid header field value for ${JSON.stringify(name)}`,
      );
    }
  }
}

/** The headers of a request as they are sent: its own but for those of the connection, and the client's where it has none. */
export function wireHeaders(
  headers: Readonly<Record<string, string>>,
  { authorization, proxyHeaders }: Destination,
): Record<string, string> {
  const wire: Record<string, string> = {};
  let hasAgent = false;
  let hasCoding = false;
  let hasAuthorization = authorization === undefined;
  for (const name of Object.keys(headers)) {
    if (isOfConnection(name)) continue;
    wire[name] = latin1(headers[name] ?? '');
    const lower = name.toLowerCase();
    hasAgent ||= lower === 'user-agent';
    hasCoding ||= lower === 'accept-encoding';
    hasAuthorization ||= lower === 'authorization';
  }
  if (!hasAgent) wire['User-Agent'] = 'assay';
  if (!hasCoding) wire['Accept-Encoding'] = 'gzip';
  if (!hasAuthorization && authorization !== undefined) wire['Authorization'] = authorization;
  return Object.assign(wire, proxyHeaders);
}

/** Node writes headers as Latin-1; this makes UTF-8 of it, as Go sends it. */
const latin1 = (value: string): string =>
  BEYOND_ASCII.test(value) ? Buffer.from(value).toString('latin1') : value;
