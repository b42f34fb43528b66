/** What stands in the reference's messages for a secret. */
export const MASK = '*****';

/**
 * A URL as messages may show it: without user and password, and without the query, where keys and tokens are.
 * Works on any text, because URLs that can not be parsed are shown too.
 */
export function redactUrl(url: string): string {
  const end = url.search(/[?#]/);
  const place = (end === -1 ? url : url.slice(0, end)).replace(/^([^/]*\/\/)[^/]*@/, '$1');
  return url[end] === '?' && url.length > end + 1 ? `${place}?[redacted]` : place;
}

/** `text` with every secret masked, the longest first so that no rest of one stays. Empty secrets hide nothing. */
export function redactSecrets(text: string, secrets: readonly string[]): string {
  if (secrets.length === 0) return text;
  return [...secrets]
    .filter((secret) => secret !== '')
    .sort((a, b) => b.length - a.length)
    .reduce((masked, secret) => masked.replaceAll(secret, MASK), text);
}
