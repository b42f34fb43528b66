import { createHash } from 'node:crypto';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { LookupFunction } from 'node:net';
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';
import { LRUCache } from 'lru-cache';
import type { TlsOptions } from './http.js';
import type { Proxy } from './proxy.js';
import { ForwardAgent, TunnelAgent } from './proxy-connection.js';

/**
 * Keeps connections open, one pool for each TLS setting and proxy: a connection made without checks must not serve
 * others.
 */
export interface Agents {
  for(url: URL, tls: TlsOptions, proxy: Proxy | undefined): HttpAgent;
  close(): void;
}

/** Different TLS settings that are remembered at once. */
const MAX_TLS_SETTINGS = 256;
/** Time a connection is kept without use, in ms: Go's. */
const IDLE_MS = 90_000;
/** More than a server is asked at once by default, so that a burst does not cost connections again and again. */
const MAX_IDLE_PER_HOST = 256;

/** Agents that resolve names with `lookup` and trust `ca` (PEM) beside the well-known authorities. */
export function createAgents(lookup: LookupFunction, ca: string | undefined): Agents {
  const options = {
    keepAlive: true,
    scheduling: 'lifo',
    maxFreeSockets: MAX_IDLE_PER_HOST,
    timeout: IDLE_MS,
    lookup,
  } as const;
  /** Forgotten, but not yet without connections. */
  const retired = new Set<HttpAgent>();
  const agents = new LRUCache<string, HttpAgent>({
    max: MAX_TLS_SETTINGS,
    dispose: (agent) => {
      for (const each of retired) if (!isInUse(each)) retired.delete(each);
      // Requests that are on their way have their end; their connections are not kept after it.
      agent.maxFreeSockets = 0;
      for (const socket of Object.values(agent.freeSockets).flat()) socket?.destroy();
      if (isInUse(agent)) retired.add(agent);
    },
  });
  const remembered = (key: string, make: () => HttpAgent): HttpAgent => {
    const known = agents.get(key);
    if (known) return known;
    const made = make();
    agents.set(key, made);
    return made;
  };
  const peerOf = (proxy: Proxy) => ({ proxy, secureContext: contextOf({}, ca) });
  const plain = new HttpAgent(options);

  return {
    for(url, tls, proxy) {
      const way = proxy?.url.href ?? 'direct';
      if (url.protocol === 'http:') {
        return proxy === undefined
          ? plain
          : remembered(`http ${way}`, () => new ForwardAgent(peerOf(proxy), options));
      }
      return remembered(`${keyOf(tls)} ${way}`, () => {
        const secure = {
          ...options,
          rejectUnauthorized: tls.insecure !== true,
          secureContext: contextOf(tls, ca),
        };
        return proxy === undefined ? new HttpsAgent(secure) : new TunnelAgent(peerOf(proxy), secure);
      });
    },
    close() {
      plain.destroy();
      for (const agent of [...agents.values(), ...retired]) agent.destroy();
      agents.clear();
      retired.clear();
    },
  };
}

const isInUse = ({ sockets }: HttpAgent): boolean => Object.keys(sockets).length > 0;

/** Made once for each agent: to read all authorities again for each connection would take milliseconds. */
function contextOf(tls: TlsOptions, ca: string | undefined): SecureContext {
  const extra = [ca, tls.ca].filter((text) => text !== undefined);
  return createSecureContext({
    ...(extra.length > 0 ? { ca: [...rootCertificates, ...extra] } : {}),
    ...(tls.cert === undefined ? {} : { cert: tls.cert }),
    ...(tls.key === undefined ? {} : { key: tls.key }),
  });
}

/** A key of TLS settings from which a private key can not be read. */
function keyOf({ insecure = false, ca = '', cert = '', key = '' }: TlsOptions): string {
  return ca === '' && cert === '' && key === ''
    ? String(insecure)
    : createHash('sha256')
        .update(JSON.stringify([insecure, ca, cert, key]))
        .digest('hex');
}
