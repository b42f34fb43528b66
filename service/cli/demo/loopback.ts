import { once } from 'node:events';
import {
  Agent,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type RequestListener,
} from 'node:http';
import { text } from 'node:stream/consumers';

/** The one address that the demo listens on. */
const LOOPBACK = '127.0.0.1';

/** A server of the demo. */
export interface LoopbackServer {
  /** `host:port`. */
  readonly address: string;
  /** `http://host:port`. */
  readonly url: string;
  /** Ends it with all of its connections. */
  close(): Promise<void>;
}

/** Serves on a free port of loopback. */
export async function serveLoopback(handler: RequestListener): Promise<LoopbackServer> {
  const server = createServer(handler);
  // A connection that is closed just when it is used again would count as a failed request of a user.
  server.keepAliveTimeout = 0;
  server.listen(0, LOOPBACK);
  await once(server, 'listening');
  const listening = server.address();
  if (listening === null || typeof listening === 'string') throw new TypeError('a TCP server has a port');
  const address = `${LOOPBACK}:${listening.port}`;
  return {
    address,
    url: `http://${address}`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** A port of loopback that was free a moment ago. Another process may take it before it is used. */
export async function freePort(): Promise<number> {
  const server = await serveLoopback((_request, response) => response.end());
  await server.close();
  return Number(new URL(server.url).port);
}

/** A request of the demo. */
export interface LoopbackRequest {
  readonly method?: 'GET' | 'POST';
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Time for the whole answer, in ms. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** An answer to the demo. */
export interface LoopbackAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Sends the demo's own requests. */
export interface LoopbackClient {
  /** Rejects when there is no answer in time. */
  send(url: string, options: LoopbackRequest): Promise<LoopbackAnswer>;
  close(): void;
}

/**
 * A client with connections of its own: neither the proxies of the environment nor Node's global agent, which newer
 * versions let use them, have a say about loopback.
 */
export function createLoopbackClient(): LoopbackClient {
  const agent = new Agent({ keepAlive: true, scheduling: 'lifo' });
  return {
    async send(url, { method = 'GET', json, timeoutMs, signal }) {
      const timeout = AbortSignal.timeout(timeoutMs);
      const sent = request(url, {
        agent,
        method,
        signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
        headers: json === undefined ? {} : { 'content-type': 'application/json' },
      });
      const answered = new Promise<LoopbackAnswer>((resolve, reject) => {
        sent.on('error', reject);
        sent.on('response', (response) => {
          text(response).then((body) => {
            resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
          }, reject);
        });
      });
      sent.end(json === undefined ? undefined : JSON.stringify(json));
      return answered;
    },
    close() {
      agent.destroy();
    },
  };
}

/**
 * The body of a request, as it came.
 * @throws RangeError when there are more than `maxBytes`.
 */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    if (!(chunk instanceof Uint8Array)) throw new TypeError('a body without encoding comes in bytes');
    bytes += chunk.length;
    if (bytes > maxBytes) throw new RangeError(`a body of more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
