import type { HttpRequest } from './http.js';

/** A request as it goes to one server. */
export interface Hop {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: HttpRequest['body'] | undefined;
}

/** Headers that carry credentials, by name or by the looks of it: they do not leave the server they were meant for. */
const CREDENTIAL = /^cookie2?$|auth|token|secret|key|password|credential|signature/i;
/** Whether the name of a header tells that it carries a credential. */
export const isCredential = (header: string): boolean => CREDENTIAL.test(header);
/** Headers that speak of a body that is no longer sent. */
const OF_BODY = /^content-|^transfer-encoding$/i;

/**
 * Where an answer leads, as Go's client follows redirects: 301, 302 and 303 become GET (HEAD stays), 307 and 308 repeat
 * the request. Undefined: it is the answer, or it has no usable `Location`. Stricter than Go: credentials are kept only
 * for the same scheme, host and port.
 */
export function redirect(hop: Hop, status: number, location: string | undefined): Hop | undefined {
  if (![301, 302, 303, 307, 308].includes(status) || location === undefined || location === '')
    return undefined;
  if (!URL.canParse(location, hop.url.href)) return undefined;
  const url = new URL(location, hop.url.href);
  const repeats = status >= 307;
  const sameServer = url.origin === hop.url.origin;
  const headers = Object.fromEntries(
    Object.entries(hop.headers).filter(
      ([name]) =>
        (sameServer || !isCredential(name)) &&
        (repeats || !OF_BODY.test(name)) &&
        !/^(referer|host)$/i.test(name),
    ),
  );
  const referer = refererOf(hop.url, url);
  return {
    method: repeats || hop.method === 'HEAD' ? hop.method : 'GET',
    url,
    headers: referer === undefined ? headers : { ...headers, Referer: referer },
    body: repeats ? hop.body : undefined,
  };
}

/** Go's `refererForURL`, but without the query for another server. */
function refererOf(last: URL, next: URL): string | undefined {
  if (last.protocol === 'https:' && next.protocol === 'http:') return undefined;
  const clean = new URL(last.href);
  clean.username = '';
  clean.password = '';
  clean.hash = '';
  if (last.origin !== next.origin) clean.search = '';
  return clean.href;
}
