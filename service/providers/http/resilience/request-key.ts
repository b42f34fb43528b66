import { createHash } from 'node:crypto';
import type { HttpRequest } from '../http.js';

/**
 * The same for requests that any server must answer alike: URL, headers in any order and case, TLS. A hash, as headers
 * hold secrets. Method and body are not in it: it is for requests without a body.
 */
export function requestKey({ url, headers = {}, tls = {}, maxBytes, statusOnly }: HttpRequest): string {
  return digest([url, sorted(headers), sorted(tls), maxBytes, statusOnly]);
}

/** The same for requests of one sender to one server, as far as its headers tell. */
export function senderKey(origin: string, { headers = {} }: HttpRequest): string {
  return digest([origin, sorted(headers)]);
}

const sorted = (fields: object): readonly (readonly [string, unknown])[] =>
  Object.entries(fields)
    .map(([name, value]): readonly [string, unknown] => [name.toLowerCase(), value])
    .sort(([one], [other]) => (one < other ? -1 : 1));

const digest = (parts: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('base64');
