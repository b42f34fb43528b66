/** User and password, also where a slash or the scheme was forgotten, or slashes were turned round. */
const USERINFO = /^([^/]*\/\/|(?:[^/\\:@]*:)?[/\\]*(?![/\\]))[^/]*@/;

/**
 * A URL as messages may show it: without user and password, and without the query, where keys and tokens are.
 * Works on any text, because URLs that can not be parsed are shown too.
 */
export function redactUrl(url: string): string {
  const end = url.search(/[?#]/);
  const place = (end === -1 ? url : url.slice(0, end)).replace(USERINFO, '$1');
  return url[end] === '?' && url.length > end + 1 ? `${place}?[redacted]` : place;
}
