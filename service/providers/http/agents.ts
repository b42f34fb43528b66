import { createHash } from 'node:crypto';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { LookupFunction } from 'node:net';
import { rootCertificates } from 'node:tls';
import { LRUCache } from 'lru-cache';
import type { TlsOptions } from './http.js';

/** Keeps connections open, one pool for each TLS setting: a connection made without checks must not serve others. */
export interface Agents {
  for(url: URL, tls: TlsOptions): HttpAgent;
  close(): void;
}

/** Different TLS settings that are remembered at once. */
const MAX_TLS_SETTINGS = 256;
/** Time a connection is kept without use, in ms: Go's. */
const IDLE_MS = 90_000;
const MAX_IDLE_PER_HOST = 64;

/** Agents that resolve names with `lookup` and trust `ca` (PEM) beside the system's authorities. */
export function createAgents(lookup: LookupFunction, ca: string | undefined): Agents {
  const options = {
    keepAlive: true,
    scheduling: 'lifo',
    maxFreeSockets: MAX_IDLE_PER_HOST,
    timeout: IDLE_MS,
    lookup,
  } as const;
  const plain = new HttpAgent(options);
  const secure = new LRUCache<string, HttpsAgent>({
    max: MAX_TLS_SETTINGS,
    dispose: (agent) => {
      agent.destroy();
    },
  });
  return {
    for(url, tls) {
      if (url.protocol === 'http:') return plain;
      const key = keyOf(tls);
      const known = secure.get(key);
      if (known) return known;
      const extra = [ca, tls.ca].filter((text) => text !== undefined);
      const agent = new HttpsAgent({
        ...options,
        rejectUnauthorized: tls.insecure !== true,
        ...(extra.length > 0 ? { ca: [...rootCertificates, ...extra] } : {}),
        ...(tls.cert === undefined ? {} : { cert: tls.cert }),
        ...(tls.key === undefined ? {} : { key: tls.key }),
      });
      secure.set(key, agent);
      return agent;
    },
    close() {
      plain.destroy();
      secure.clear();
    },
  };
}

/** A key of TLS settings from which a private key can not be read. */
function keyOf({ insecure = false, ca = '', cert = '', key = '' }: TlsOptions): string {
  return ca === '' && cert === '' && key === ''
    ? String(insecure)
    : createHash('sha256')
        .update(JSON.stringify([insecure, ca, cert, key]))
        .digest('hex');
}
