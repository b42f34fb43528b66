import { type IncomingMessage, type RequestListener, type ServerResponse, createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Server } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Certificate } from './certificates.js';

/** A request as it came in. */
export interface RecordedRequest {
  readonly method: string;
  readonly scheme: 'http' | 'https';
  /** Path and query as sent. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The body, when it is no text. */
  readonly bytes: Uint8Array;
}

/** The answer to a request. */
export interface ScriptedResponse {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Time before the answer, in ms. */
  readonly delayMs?: number;
  /** Close the connection instead of answering. */
  readonly closeConnection?: boolean;
}

/** Decides the answer; `index` counts the requests from 0. */
export type Script = (request: RecordedRequest, index: number) => ScriptedResponse;

/** A real server on loopback that records what it is asked. */
export interface RecordingServer {
  /** E.g. `http://127.0.0.1:4711`. */
  readonly url: string;
  readonly host: string;
  /** What came in since the last {@link RecordingServer.answer}. */
  readonly requests: readonly RecordedRequest[];
  /** Number of connections since the start. */
  readonly connections: number;
  /** Sets the answers: a list, whose last one repeats, or a function. Forgets recorded requests. */
  answer(script: Script | readonly ScriptedResponse[]): void;
  close(): Promise<void>;
}

/** Starts a server on a free port of 127.0.0.1; with a certificate it speaks TLS. */
export async function startRecordingServer(certificate?: Certificate): Promise<RecordingServer> {
  const scheme = certificate === undefined ? 'http' : 'https';
  let requests: RecordedRequest[] = [];
  let script: Script = () => ({ status: 404 });
  let connections = 0;
  const listener: RequestListener = (request, response) => {
    record(request, scheme)
      .then((recorded) => respond(response, script(recorded, requests.push(recorded) - 1)))
      .catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  };
  const server =
    certificate === undefined ? createServer(listener) : createTlsServer({ ...certificate }, listener);
  server.on('connection', () => {
    connections += 1;
  });
  const host = `127.0.0.1:${await listenOnLoopback(server)}`;
  return {
    url: `${scheme}://${host}`,
    host,
    get requests() {
      return requests;
    },
    get connections() {
      return connections;
    },
    answer(next) {
      requests = [];
      script =
        typeof next === 'function'
          ? next
          : (_request, index) => next[Math.min(index, next.length - 1)] ?? { status: 404 };
    },
    close() {
      server.closeAllConnections();
      return closeServer(server);
    },
  };
}

/** Listens on a free port of 127.0.0.1, and gives the port. */
export function listenOnLoopback(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('the server has no port'));
      else resolve(address.port);
    });
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
  });
}

async function record(request: IncomingMessage, scheme: 'http' | 'https'): Promise<RecordedRequest> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) if (chunk instanceof Uint8Array) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  return {
    method: request.method ?? '',
    scheme,
    target: request.url ?? '',
    headers: Object.fromEntries(
      Object.entries(request.headersDistinct).map(([name, values = []]) => [name, values.join(', ')]),
    ),
    body: bytes.toString(),
    bytes,
  };
}

async function respond(response: ServerResponse, answer: ScriptedResponse): Promise<void> {
  const { status = 200, headers = {}, body = '', delayMs = 0, closeConnection = false } = answer;
  if (delayMs > 0) await delay(delayMs, undefined, { ref: false });
  if (closeConnection) response.destroy();
  else response.writeHead(status, headers).end(body);
}
