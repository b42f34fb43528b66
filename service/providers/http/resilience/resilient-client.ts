import { setMaxListeners } from 'node:events';
import { LRUCache } from 'lru-cache';
import { type Clock, systemTimers, type Timers } from '../../../platform/index.js';
import type { HttpClient, HttpRequest, HttpResponse } from '../http.js';
import { mayBeKept } from '../request-url.js';
import { Flights } from './flights.js';
import { HostGuard } from './host-guard.js';
import { DEFAULT_LIMITS, type LimitsPolicy } from './limits.js';

/** Options of {@link createResilientClient}. */
export interface ResilientClientOptions {
  readonly http: HttpClient;
  readonly clock: Clock;
  /** Default: the timers of the machine. */
  readonly timers?: Timers;
  /** Default: {@link DEFAULT_LIMITS} for every server. */
  readonly limits?: LimitsPolicy;
}

/** Time for a request that does not say, waiting included, in ms: the client's below. */
const DEFAULT_TIMEOUT_MS = 30_000;
/** Servers that are remembered at once, and URLs whose server is. */
const MAX_HOSTS = 1_000;

/**
 * A client that spares servers, and itself those that are down: requests at once and a second for each server, pauses
 * that servers ask for (`Retry-After`), a circuit breaker, and one request for simultaneous equal ones that only ask.
 * Waiting is part of a request's timeout. What a redirect leads to counts for the server that redirects. Closing it closes `http`.
 */
export function createResilientClient(options: ResilientClientOptions): HttpClient {
  const { http, clock, timers = systemTimers, limits = () => DEFAULT_LIMITS } = options;
  const guards = new LRUCache<string, HostGuard>({ max: MAX_HOSTS });
  const guardOf = (origin: string): HostGuard => {
    const known = guards.get(origin);
    if (known) return known;
    const guard = new HostGuard(origin, limits(origin), {
      send: (request) => http.request(request),
      clock,
      timers,
    });
    guards.set(origin, guard);
    return guard;
  };
  const origins = new LRUCache<string, string>({ max: MAX_HOSTS });
  const originOf = (url: string): string | undefined => {
    const known = origins.get(url);
    if (known !== undefined || !URL.canParse(url)) return known;
    const { origin } = new URL(url);
    if (mayBeKept(url)) origins.set(url, origin);
    return origin;
  };
  const send = (request: HttpRequest): Promise<HttpResponse> => {
    const { timeoutMs = DEFAULT_TIMEOUT_MS, url, signal } = request;
    const origin = originOf(url);
    // Nothing to wait with, or nobody to ask: the client below has the words for it.
    if (timeoutMs <= 0 || signal.aborted || origin === undefined) return http.request(request);
    // Many requests at once may share a signal; each takes its listeners away again.
    setMaxListeners(0, signal);
    return guardOf(origin).send(request, timeoutMs);
  };
  /** Answers are not shared between namespaces whose egress rules differ: not each of them may have the answer. */
  const narrowed = new Map<HttpClient, HttpClient>();
  const within = (namespace: string): HttpClient => {
    const below = http.within?.(namespace) ?? http;
    if (below === http) return client;
    const ofNamespace = narrowed.get(below) ?? createResilientClient({ ...options, http: below });
    narrowed.set(below, ofNamespace);
    return ofNamespace;
  };
  const flights = new Flights({ send, clock, timers, defaultTimeoutMs: DEFAULT_TIMEOUT_MS });
  const client: HttpClient = {
    request(request) {
      if (!onlyAsks(request)) return send(request);
      if (request.signal.aborted || request.timeoutMs === 0) return http.request(request);
      setMaxListeners(0, request.signal);
      return flights.join(request);
    },
    within,
    close() {
      http.close();
    },
  };
  return client;
}

/** A GET with a body is what a spec made of it: it may do anything. */
const onlyAsks = ({ method, body, changesNothing = false }: HttpRequest): boolean =>
  changesNothing || (method === 'GET' && body === undefined);
