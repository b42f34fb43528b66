import { createServer, type IncomingMessage, request, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { connect, type Socket } from 'node:net';
import type { Certificate } from './certificates.js';
import { listenOnLoopback } from './recording-server.js';

/** A real HTTP proxy on loopback that takes every target to one server, and records what it was asked. */
export interface ForwardProxy {
  /** E.g. `http://127.0.0.1:4711`; `https:` when it has a certificate. */
  readonly url: string;
  /** Request lines, e.g. `CONNECT host:443` or `GET http://host/path`, with the credentials after a blank. */
  readonly asked: readonly { readonly line: string; readonly authorization?: string }[];
  /** Answers every CONNECT with this status from now on; undefined: opens tunnels. */
  refuse(status: number | undefined): void;
  close(): Promise<void>;
}

/**
 * @param target port on loopback that all requests end at: names of the tests' hosts mean nothing.
 * @param certificate makes it a proxy that is itself asked over https.
 */
export async function startForwardProxy(
  target: () => number,
  certificate?: Certificate,
): Promise<ForwardProxy> {
  const asked: { line: string; authorization?: string }[] = [];
  const sockets = new Set<Socket>();
  let refusal: number | undefined;
  const forward: RequestListener = (incoming, response) => {
    record(incoming);
    const { ['proxy-authorization']: _own, ...headers } = incoming.headers;
    const onward = request(
      {
        host: '127.0.0.1',
        port: target(),
        method: incoming.method,
        path: new URL(incoming.url ?? '').pathname,
        headers,
      },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    onward.on('error', () => response.destroy());
    incoming.pipe(onward);
  };
  const server: Server =
    certificate === undefined ? createServer(forward) : createSecureServer(certificate, forward);
  server.on('connect', (incoming: IncomingMessage, socket: Socket) => {
    record(incoming);
    if (refusal !== undefined) {
      socket.end(`HTTP/1.1 ${refusal} Refused By Test\r\n\r\n`);
      return;
    }
    const onward = connect(target(), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    for (const [one, other] of [
      [onward, socket],
      [socket, onward],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => sockets.delete(one));
    }
  });
  function record({ method, url, headers }: IncomingMessage): void {
    const authorization = headers['proxy-authorization'];
    asked.push({
      line: `${method ?? ''} ${url ?? ''}`,
      ...(authorization === undefined ? {} : { authorization }),
    });
  }
  const port = await listenOnLoopback(server);
  return {
    url: `${certificate === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    asked,
    refuse(status) {
      refusal = status;
    },
    close() {
      for (const socket of sockets) socket.destroy();
      server.closeAllConnections();
      return new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
      });
    },
  };
}
