import { LRUCache } from 'lru-cache';
import { checkLiteral, type EgressPolicy } from './egress.js';
import type { WireAddress } from './exchange.js';
import { forward, type Proxy, type ProxyRules } from './proxy.js';
import { mayBeKept, parseRequestUrl, urlAuthorization } from './request-url.js';

/** Where a request goes: all that follows from its URL alone. */
export interface Destination {
  readonly url: URL;
  readonly address: WireAddress;
  readonly proxy: Proxy | undefined;
  /** Headers for the proxy. */
  readonly proxyHeaders: Readonly<Record<string, string>>;
  /** User and password of the URL as basic authentication, as in Go. */
  readonly authorization: string | undefined;
}

/**
 * Finds the destination of a URL; the method is for messages.
 * @throws ProviderError for what is no URL of a request, and for an address in it that the egress rules forbid.
 */
export type Destinations = (method: string, url: string) => Destination;

/** Destinations that are remembered at once: a metric asks the same one each time. */
const MAX_REMEMBERED = 1_000;

/**
 * Rules and proxies do not change, so what they say of a URL is found out once. URLs that may hold secrets are not kept.
 * Names are not looked up here.
 */
export function createDestinations(egress: EgressPolicy, proxies: ProxyRules | undefined): Destinations {
  const known = new LRUCache<string, Destination>({ max: MAX_REMEMBERED });
  return (method, text) => {
    const found = known.get(text);
    if (found !== undefined) return found;
    const url = parseRequestUrl(method, text);
    const proxy = proxies?.(url);
    if (proxy === undefined) checkLiteral(egress, url.hostname);
    const { line, headers } = forward(url, proxy);
    const destination = {
      url,
      address: {
        protocol: url.protocol,
        hostname: url.hostname.replace(/^\[|\]$/g, ''),
        ...(url.port === '' ? {} : { port: url.port }),
        path: line.target ?? url.pathname + url.search,
      },
      proxy,
      proxyHeaders: headers,
      authorization: urlAuthorization(url),
    };
    if (mayBeKept(text)) known.set(text, destination);
    return destination;
  };
}
