import { ProviderError } from '../provider-error.js';
import { redactUrl } from '../redact.js';

/** Verb of a request in Go's messages: `Post` for `POST`. */
export const verbOf = (method: string): string => method.slice(0, 1) + method.slice(1).toLowerCase();

/** `Post "http://host/path": what`, as Go's client prefixes its errors; the URL is redacted. */
export const urlMessage = (method: string, url: string, what: string): string =>
  `${verbOf(method)} ${JSON.stringify(redactUrl(url))}: ${what}`;

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
