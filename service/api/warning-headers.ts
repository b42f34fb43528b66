import type { Fault } from '../../schemas/index.js';

/** Warnings that an answer carries; the rest is counted. */
const MAX_WARNINGS = 10;
/** Characters of a warning. */
const MAX_LENGTH = 300;

/**
 * Values of `Warning` headers (RFC 7234, code 299), one a warning, as Kubernetes' API server sends them: the request was
 * done, but is probably not what was meant. Headers hold ASCII only, and proxies limit their size.
 */
export function warningHeaders(warnings: readonly Fault[]): readonly string[] {
  const texts = warnings.slice(0, MAX_WARNINGS).map(({ path, message }) => {
    const text = path === '' ? message : `${path}: ${message}`;
    return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}...` : text;
  });
  const rest = warnings.length - texts.length;
  return [...texts, ...(rest > 0 ? [`and ${rest} more warnings`] : [])].map(
    (text) => `299 - "${quoted(text)}"`,
  );
}

const quoted = (text: string): string =>
  text
    .replaceAll('…', '...')
    .replace(/\s+/g, ' ')
    .replace(/[^ -~]/g, '?')
    .replace(/["\\]/g, '\\$&');
