import type { IncomingMessage, ServerResponse } from 'node:http';
import { evenSpread } from './even-spread.js';
import { type LoopbackClient, type LoopbackServer, serveLoopback } from './loopback.js';
import { VERSION_HEADER } from './sample-service.js';

/** Where requests go, and in which proportion. */
export interface Route {
  /** `http://host:port`. */
  readonly stable: string;
  readonly canary: string;
  /** Percentage of requests that the canary gets. */
  readonly canaryPercent: number;
}

/** What stands in front of the versions, as a router or an ingress does in a cluster. */
export interface WeightedProxy extends LoopbackServer {
  /** From the next request on. */
  use(route: Route): void;
}

/** Time that a version has for its answer, in ms. */
const UPSTREAM_TIMEOUT_MS = 5_000;

/** Starts a proxy on a free port of loopback. */
export async function startProxy(first: Route, client: LoopbackClient): Promise<WeightedProxy> {
  let route = first;
  const isForCanary = evenSpread();
  const server = await serveLoopback((request, response) => {
    const upstream = isForCanary(route.canaryPercent) ? route.canary : route.stable;
    void pass(request, response, upstream, client);
  });
  return {
    ...server,
    use(next) {
      route = next;
    },
  };
}

async function pass(
  request: IncomingMessage,
  response: ServerResponse,
  upstream: string,
  client: LoopbackClient,
): Promise<void> {
  request.resume();
  try {
    const { status, headers, body } = await client.send(`${upstream}${request.url ?? '/'}`, {
      timeoutMs: UPSTREAM_TIMEOUT_MS,
    });
    const version = headers[VERSION_HEADER];
    if (version !== undefined) response.setHeader(VERSION_HEADER, version);
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  } catch {
    // The version is gone or hangs: what a proxy says of it is its status.
    response.writeHead(502).end();
  }
}
