import { once } from 'node:events';
import type { Server } from 'node:http';
import type { CleanupStack } from './platform/index.js';

/** Time a request may take to arrive, ms. */
const REQUEST_TIMEOUT_MS = 30_000;
/** Time that requests may go on after the server is told to end, ms. */
const GRACE_MS = 3_000;

/**
 * Listens and answers the URL. No host: every address.
 * @throws what Node says when the port can not be had.
 */
export async function listen(
  server: Server,
  port: number,
  host: string | undefined,
  cleanup: CleanupStack,
): Promise<string> {
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.listen(port, host);
  await once(server, 'listening');
  cleanup.defer('http server', () => closed(server));
  const address = server.address();
  const actualPort = typeof address === 'object' && address !== null ? address.port : port;
  const name = host ?? 'localhost';
  return `http://${name.includes(':') ? `[${name}]` : name}:${actualPort}`;
}

/** Idle connections end at once, waiting requests after a grace: a client may be waiting minutes for a verdict. */
async function closed(server: Server): Promise<void> {
  const end = setTimeout(() => {
    server.closeAllConnections();
  }, GRACE_MS);
  try {
    await new Promise<void>((resolve) => {
      server.close(() => {
        resolve();
      });
      server.closeIdleConnections();
    });
  } finally {
    clearTimeout(end);
  }
}
