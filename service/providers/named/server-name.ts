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
  if (url.origin === base.origin && below) return url.href;
  throw new ProviderError(
    'invalidSpec',
    `the URL leaves the address of the provider configuration "${name}"`,
  );
}
