import ipaddr from 'ipaddr.js';
import { isLoopbackHost } from './loopback.js';
import { urlAuthorization } from './request-url.js';

/** Proxies of {@link createProxyRules}: URLs, or host and port. */
export interface ProxySettings {
  /** For https requests. */
  readonly https?: string;
  /** For http requests. */
  readonly http?: string;
  /** Hosts, `.domains`, addresses and CIDRs, each with or without `:port`, that are asked directly; `*`: everything. */
  readonly noProxy?: readonly string[];
}

/** A proxy to send a request through. */
export interface Proxy {
  /** `http:` or `https:`; without user and password. */
  readonly url: URL;
  /** Value of `Proxy-Authorization`. */
  readonly authorization?: string;
}

/** Says which proxy a URL is asked through; undefined: none. */
export type ProxyRules = (url: URL) => Proxy | undefined;

/**
 * The rules that the variables HTTPS_PROXY, HTTP_PROXY and NO_PROXY have in Go's tools, and so in the reference.
 * Loopback is never asked through a proxy: it would be the proxy's loopback.
 * @throws TypeError for a text that is no URL of an HTTP proxy.
 */
export function createProxyRules({ https, http, noProxy = [] }: ProxySettings): ProxyRules {
  const proxies = { 'https:': parseProxy(https), 'http:': parseProxy(http) };
  const exceptions = noProxy.map((entry) => exceptionOf(entry.trim().toLowerCase()));
  return (url) => {
    const proxy = url.protocol === 'https:' ? proxies['https:'] : proxies['http:'];
    if (proxy === undefined || isLoopbackHost(url.hostname)) return undefined;
    return exceptions.some((excepts) => excepts(url)) ? undefined : proxy;
  };
}

/** What a request carries for its proxy beside what the target gets. */
export interface Forwarding {
  /** The request line names the whole URL. */
  readonly line: { readonly target?: string };
  readonly headers: Readonly<Record<string, string>>;
}

/** How a request is handed to its proxy. Nothing is added for https: the tunnel has its own headers. */
export function forward(url: URL, proxy: Proxy | undefined): Forwarding {
  if (proxy === undefined || url.protocol !== 'http:') return { line: {}, headers: {} };
  const bare = new URL(url.href);
  bare.username = '';
  bare.password = '';
  bare.hash = '';
  return {
    line: { target: bare.href },
    headers: proxy.authorization === undefined ? {} : { 'Proxy-Authorization': proxy.authorization },
  };
}

function parseProxy(text: string | undefined): Proxy | undefined {
  if (text === undefined || text === '') return undefined;
  const url = new URL(/^https?:\/\//.test(text) ? text : `http://${text}`);
  const authorization = urlAuthorization(url);
  url.username = '';
  url.password = '';
  return {
    url,
    ...(authorization === undefined ? {} : { authorization }),
  };
}

type Exception = (url: URL) => boolean;

function exceptionOf(entry: string): Exception {
  if (entry === '*') return () => true;
  if (ipaddr.isValidCIDR(entry)) {
    const [network, bits] = ipaddr.parseCIDR(entry);
    return ({ hostname }) => {
      const address = addressOf(hostname);
      return address?.kind() === network.kind() && address.match(network, bits);
    };
  }
  // An IPv6 address without brackets has no port behind it.
  const [, host = entry, port] = ipaddr.isValid(entry) ? [] : (/^(.*?|\[.*\])(?::(\d+))?$/.exec(entry) ?? []);
  const onPort: Exception = (url) => port === undefined || portOf(url) === port;
  const address = addressOf(host);
  if (address !== undefined) {
    const wanted = address.toNormalizedString();
    return (url) => onPort(url) && addressOf(url.hostname)?.toNormalizedString() === wanted;
  }
  const name = host.replace(/^\*?\./, '');
  if (name === '') return () => false;
  const onlyBelow = name !== host;
  return (url) => onPort(url) && (url.hostname.endsWith(`.${name}`) || (!onlyBelow && url.hostname === name));
}

function addressOf(hostname: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  const text = hostname.replace(/^\[|\]$/g, '');
  return ipaddr.isValid(text) ? ipaddr.process(text) : undefined;
}

/** The port of a URL, the scheme's own where it names none. */
export const portOf = ({ port, protocol }: URL): string => port || (protocol === 'https:' ? '443' : '80');
