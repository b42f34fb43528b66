import { createHash } from 'node:crypto';
import type { HttpRequest } from '../http.js';

/**
 * The same for requests that any server must answer alike: URL, headers in any order and case, TLS. Method and body are
 * not in it: it is for requests without a body. It has the secrets of the request and must not outlive it.
 */
export function requestKey({ url, headers = {}, tls = {}, maxBytes, statusOnly }: HttpRequest): string {
  return JSON.stringify([url, sorted(headers), sorted(tls), maxBytes, statusOnly]);
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
