import { once } from 'node:events';
import type { Server } from 'node:http';
import type { CleanupStack } from '../platform/index.js';

/** Time a request may take to arrive, ms. */
const REQUEST_TIMEOUT_MS = 30_000;

/** Where to listen. */
export interface ListenOptions {
  readonly port: number;
  /** Undefined: every address. */
  readonly host: string | undefined;
  /** Time that requests may go on after the server is told to end, ms. */
  readonly graceMs: number;
}

/**
 * Listens, until `cleanup` is drained, and answers the URL.
 * @throws what Node says when the port can not be had.
 */
export async function listen(
  server: Server,
  { port, host, graceMs }: ListenOptions,
  cleanup: CleanupStack,
): Promise<string> {
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.listen(port, host);
  await once(server, 'listening');
  cleanup.defer('http server', () => closed(server, graceMs));
  const address = server.address();
  const actualPort = typeof address === 'object' && address !== null ? address.port : port;
  const name = host ?? 'localhost';
  return `http://${name.includes(':') ? `[${name}]` : name}:${actualPort}`;
}

/** Time between looks for connections that have become idle, ms. */
const LOOK_MS = 20;

/** Idle connections end at once, those of requests that are still answered when they are, or after a grace. */
async function closed(server: Server, graceMs: number): Promise<void> {
  const end = setTimeout(() => {
    server.closeAllConnections();
  }, graceMs);
  // A connection that was kept alive for an answer is idle only after it.
  const look = setInterval(() => {
    server.closeIdleConnections();
  }, LOOK_MS);
  try {
    await new Promise<void>((resolve) => {
      server.close(() => {
        resolve();
      });
      server.closeIdleConnections();
    });
  } finally {
    clearTimeout(end);
    clearInterval(look);
  }
}
