import { Agent as HttpAgent, type RequestOptions as HttpOptions, request } from 'node:http';
import {
  type AgentOptions,
  Agent as HttpsAgent,
  type RequestOptions,
  request as secureRequest,
} from 'node:https';
import { connect, isIP, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type SecureContext, connect as secureConnect } from 'node:tls';
import { type Proxy, portOf } from './proxy.js';

/** The proxy could not be reached (then `cause` tells why), or did not let the request through. */
export class ProxyConnectError extends Error {
  override readonly name = 'ProxyConnectError';
  /** Without user and password. */
  readonly proxyUrl: string;

  constructor(proxy: Proxy, message: string, options?: ErrorOptions) {
    super(message, options);
    this.proxyUrl = proxy.url.href;
  }
}

/** A proxy, and the authorities to trust when it is itself asked over https. */
export interface ProxyPeer {
  readonly proxy: Proxy;
  readonly secureContext: SecureContext;
}

/** Time for a proxy to take a connection or open a tunnel, in ms; the request itself may give up earlier. */
const CONNECT_TIMEOUT_MS = 30_000;

type Created = (error: Error | null, stream: Duplex) => void;

/** Connections for http requests: to the proxy, whatever the request's host; the request line names the target. */
export class ForwardAgent extends HttpAgent {
  readonly #peer: ProxyPeer;

  constructor(peer: ProxyPeer, options: AgentOptions) {
    super(options);
    this.#peer = peer;
  }

  override createConnection(_options: HttpOptions, created?: Created): undefined {
    hand(dial(this.#peer), created);
  }
}

/** Connections for https requests: a tunnel through the proxy (CONNECT), and TLS with the target inside it. */
export class TunnelAgent extends HttpsAgent {
  readonly #peer: ProxyPeer;

  constructor(peer: ProxyPeer, options: AgentOptions) {
    super(options);
    this.#peer = peer;
  }

  override createConnection(options: RequestOptions, created?: Created): undefined {
    const secured = tunnel(this.#peer, authorityOf(options)).then((socket) => {
      const inTunnel = { ...options, socket };
      const stream = super.createConnection(inTunnel);
      if (stream) return stream;
      throw new TypeError('TLS gave no connection');
    });
    hand(secured, created);
  }
}

/** Promises to the callback that agents take; of an error the stream is not looked at. */
function hand(stream: Promise<Duplex>, created: Created = () => undefined): void {
  stream.then(
    (opened) => {
      created(null, opened);
    },
    (error: unknown) => {
      created(error instanceof Error ? error : new Error(String(error)), new Socket());
    },
  );
}

function authorityOf({ host, port }: RequestOptions): string {
  const name = host ?? '';
  return `${name.includes(':') && !name.startsWith('[') ? `[${name}]` : name}:${port ?? 443}`;
}

const placeOf = ({ url }: Proxy): { readonly host: string; readonly port: number } => ({
  host: url.hostname.replace(/^\[|\]$/g, ''),
  port: Number(portOf(url)),
});

/** The name for TLS (SNI) of a host: an address has none. */
const serverName = (host: string): string => (isIP(host) === 0 ? host : '');

/** A connection to the proxy. */
function dial({ proxy, secureContext }: ProxyPeer): Promise<Socket> {
  const secure = proxy.url.protocol === 'https:';
  const place = placeOf(proxy);
  const socket = secure
    ? secureConnect({ ...place, secureContext, servername: serverName(place.host) })
    : connect(place);
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      reject(new ProxyConnectError(proxy, error.message, { cause: error }));
    };
    socket.setTimeout(CONNECT_TIMEOUT_MS, () => socket.destroy(lateError()));
    socket.once('error', fail);
    socket.once(secure ? 'secureConnect' : 'connect', () => {
      socket.setTimeout(0);
      socket.off('error', fail);
      resolve(socket);
    });
  });
}

/** A connection through the proxy to `authority` (`host:port`). */
function tunnel({ proxy, secureContext }: ProxyPeer, authority: string): Promise<Socket> {
  const secure = proxy.url.protocol === 'https:';
  return new Promise((resolve, reject) => {
    const options = {
      ...placeOf(proxy),
      method: 'CONNECT',
      path: authority,
      agent: false,
      timeout: CONNECT_TIMEOUT_MS,
      headers: {
        Host: authority,
        ...(proxy.authorization === undefined ? {} : { 'Proxy-Authorization': proxy.authorization }),
      },
    };
    // Node would take it from the Host header, which names the target.
    const secureOptions = { ...options, secureContext, servername: serverName(options.host) };
    const asked = secure ? secureRequest(secureOptions) : request(options);
    asked.on('timeout', () => asked.destroy(lateError()));
    asked.on('error', (error) => {
      reject(new ProxyConnectError(proxy, error.message, { cause: error }));
    });
    asked.on('connect', ({ statusCode = 0, statusMessage = '' }, socket) => {
      socket.setTimeout(0);
      if (statusCode === 200) {
        resolve(socket);
        return;
      }
      socket.destroy();
      reject(new ProxyConnectError(proxy, `the proxy answered ${statusCode} ${statusMessage}`.trimEnd()));
    });
    asked.end();
  });
}

const lateError = (): Error => Object.assign(new Error('i/o timeout'), { code: 'ETIMEDOUT' });
