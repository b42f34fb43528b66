import { ProviderError } from '../provider-error.js';
import { redactUrl } from '../redact.js';

/** Verb of a request in Go's messages: `Post` for `POST`. */
export const verbOf = (method: string): string => method.slice(0, 1) + method.slice(1).toLowerCase();

/** `Post "http://host/path": what`, as Go's client prefixes its errors; the URL is redacted. */
export const urlMessage = (method: string, url: string, what: string): string =>
  `${verbOf(method)} ${JSON.stringify(redactUrl(url))}: ${what}`;

/** Whether a URL has a `%` in user or password that begins no percent-encoding. */
export const hasBadUserinfo = (url: string): boolean =>
  /^[^/?#]*\/\/[^/?#]*%(?![0-9A-Fa-f]{2})[^/?#]*@/.test(url);

/** User and password of a URL as basic authentication, byte for byte as in Go; undefined: it has neither. */
export function urlAuthorization({ username, password }: URL): string | undefined {
  if (username === '' && password === '') return undefined;
  const bytes = `${username}:${password}`.replace(/%([0-9A-F]{2})/gi, (_all, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return `Basic ${Buffer.from(bytes, 'latin1').toString('base64')}`;
}

/** Whether a URL may stay in memory: it has neither user nor password nor query, where keys and tokens are. */
export const mayBeKept = (url: string): boolean => !/[?@]/.test(url);

/**
 * The URL of a request. Only http and https with a host; what is refused gets the texts of Go's client.
 * @throws ProviderError (`invalidSpec`)
 */
export function parseRequestUrl(method: string, text: string): URL {
  const refuse = (what: string): ProviderError =>
    new ProviderError('invalidSpec', urlMessage(method, text, what));
  const malformed = (what: string): ProviderError =>
    new ProviderError('invalidSpec', `parse ${JSON.stringify(redactUrl(text))}: ${what}`);

  if (/[\u0000-\u001f\u007f]/.test(text)) throw malformed('net/url: invalid control character in URL');
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text)?.[1]?.toLowerCase();
  const authority = /^[^/?#]*:?\/\/([^/?#]*)/.exec(text)?.[1] ?? '';
  // Servers disagree about what it means, and Go sends no such address. A query may have anything.
  const [badEscape] = /%(?![0-9A-Fa-f]{2}).{0,2}/su.exec(text.replace(/\?[^#]*/, '')) ?? [];
  if (badEscape !== undefined) {
    // Of a password not even three characters are shown.
    const shown = hasBadUserinfo(text) ? 'in user or password' : JSON.stringify(badEscape);
    throw malformed(`invalid URL escape ${shown}`);
  }
  if (authority.includes('[') && !authority.includes(']')) throw malformed("missing ']' in host");
  if (scheme === undefined && text.startsWith(':')) throw malformed('missing protocol scheme');
  if (scheme !== 'http' && scheme !== 'https') {
    throw refuse(`unsupported protocol scheme ${JSON.stringify(scheme ?? '')}`);
  }
  if (authority === '' || authority.endsWith('@')) throw refuse('http: no Host in request URL');
  try {
    return new URL(text);
  } catch (error) {
    throw new ProviderError('invalidSpec', malformed('invalid URL').message, { cause: error });
  }
}
