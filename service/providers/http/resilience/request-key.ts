import { createHash } from 'node:crypto';
import type { HttpRequest } from '../http.js';

/**
 * The same for requests that any server must answer alike: method, URL, body, headers in any order and case, TLS. It has
 * the secrets of the request and must not outlive it.
 */
export function requestKey(request: HttpRequest): string {
  const {
    method,
    url,
    headers = {},
    tls = {},
    maxBytes,
    statusOnly,
    noRedirects,
    staysSecure,
    changesNothing,
    body,
  } = request;
  // Equal bytes and text are told apart: that costs a request at most.
  const sent = typeof body === 'object' ? [Buffer.from(body).toString('base64')] : body;
  return JSON.stringify([
    ...[
      method,
      url,
      sorted(headers),
      sorted(tls),
      maxBytes,
      statusOnly,
      noRedirects,
      staysSecure,
      changesNothing,
    ],
    sent,
  ]);
}

/** The same for requests of one sender to one server, as far as its headers tell. A hash, as it is kept. */
export function senderKey(origin: string, { headers = {} }: HttpRequest): string {
  return createHash('sha256')
    .update(JSON.stringify([origin, sorted(headers)]))
    .digest('base64');
}

const sorted = (fields: object): readonly (readonly [string, unknown])[] =>
  Object.entries(fields)
    .map(([name, value]): readonly [string, unknown] => [name.toLowerCase(), value])
    .sort(([one], [other]) => (one < other ? -1 : 1));
