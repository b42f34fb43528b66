import { ProviderError } from '../provider-error.js';

const REFERENCE = /^provider:\/\/([^/?#]*)([/?#].*)?$/i;

/** A URL that names a configured server: `provider://NAME/path?query`. */
export interface ServerReference {
  readonly name: string;
  /** Path and query below the server's address; may be empty. */
  readonly rest: string;
}

/** The reference that a URL is; undefined: it is a URL of the network. */
export function serverReference(url: string): ServerReference | undefined {
  const [, name, rest = ''] = REFERENCE.exec(url) ?? [];
  return name === undefined ? undefined : { name, rest };
}

/**
 * The URL below `address` that a metric asks.
 * @throws ProviderError (`invalidSpec`) when it leaves the address: the credentials are for what is below it.
 */
export function urlBelow(address: string, { name, rest }: ServerReference): string {
  const base = new URL(address);
  const path = base.pathname.replace(/\/+$/, '');
  const url = new URL(`${base.origin}${path}${rest}`);
  const below = url.pathname === path || url.pathname.startsWith(`${path}/`);
  if (url.origin === base.origin && below && !climbs(url.pathname)) return url.href;
  throw new ProviderError(
    'invalidSpec',
    `the URL leaves the address of the provider configuration "${name}"`,
  );
}

/**
 * Whether a server or a proxy before it may take the path for one that goes up, by decoding it before it looks at its
 * segments: `..%2f`, once more encoded, or with a parameter as in `..;/`.
 */
function climbs(path: string): boolean {
  let text = path;
  while (text.includes('%25')) text = text.replaceAll('%25', '%');
  const segments = text
    .replace(/%2e/gi, '.')
    .replace(/%(?:2f|5c)/gi, '/')
    .split('/');
  return segments.some((segment) => /^\.\.(?:;|$)/.test(segment));
}
