import { LRUCache } from 'lru-cache';
import { type Clock, pause, type Timers } from '../../../platform/index.js';
import { ProviderError, type ProviderErrorCode } from '../../provider-error.js';
import type { HttpRequest, HttpResponse } from '../http.js';
import { urlMessage } from '../request-url.js';
import { CircuitBreaker } from './circuit-breaker.js';
import { Gate, type Release } from './gate.js';
import type { HostLimits } from './limits.js';
import { RequestBudget } from './request-budget.js';
import { senderKey } from './request-key.js';
import { retryAfterMs } from './retry-after.js';

/** Time and the client below. */
export interface GuardDeps {
  readonly send: (request: HttpRequest) => Promise<HttpResponse>;
  readonly clock: Clock;
  readonly timers: Timers;
}

/** The longest wait for a server that asked for a pause, in ms; for a longer one the request fails at once. */
const LONGEST_HOLD_MS = 5_000;
/** A timeout that is shorter says more of the spec than of the server, in ms: it does not count as a failure. */
const TELLING_TIMEOUT_MS = 5_000;
/** Senders whose pauses are remembered, for each server. */
const MAX_SENDERS = 1_000;
/** A server behind a gateway is down. 500 and 501 come from a program that runs: it is the measured thing that is bad. */
const DOWN: ReadonlySet<number> = new Set([502, 503, 504]);
/** Errors that say that a server does not answer. All others come before the network, or from a server that does. */
const FAILURES: ReadonlySet<ProviderErrorCode> = new Set<ProviderErrorCode>([
  'unreachable',
  'nameNotResolved',
  'timeout',
]);
/** Errors that say nothing about a server: nothing was sent, or nobody waited for the answer. */
const SILENT: ReadonlySet<ProviderErrorCode> = new Set<ProviderErrorCode>([
  'invalidSpec',
  'egressDenied',
  'canceled',
  'internal',
]);

/** Keeps the limits of one server. */
export class HostGuard {
  readonly #origin: string;
  readonly #deps: GuardDeps;
  readonly #gate: Gate;
  readonly #budget: RequestBudget | undefined;
  readonly #breaker: CircuitBreaker;
  /** Until when a sender should not ask, epoch ms: limits are mostly a key's or a tenant's, not a server's. */
  readonly #heldUntil = new LRUCache<string, number>({ max: MAX_SENDERS });

  constructor(origin: string, limits: HostLimits, deps: GuardDeps) {
    this.#origin = origin;
    this.#deps = deps;
    this.#gate = new Gate(limits.concurrency);
    this.#budget =
      limits.requestsPerSecond === undefined ? undefined : new RequestBudget(limits.requestsPerSecond);
    this.#breaker = new CircuitBreaker(limits.breaker);
  }

  /** Sends a request when the limits let it, within its timeout (ms), waiting included. */
  async send(request: HttpRequest, timeoutMs: number): Promise<HttpResponse> {
    const { clock } = this.#deps;
    const untilMs = clock.nowMs() + timeoutMs;
    // Mostly there is nothing to wait for, and a promise for each thing that might be would cost more than the checks.
    const heldMs = this.#holdMs(request, untilMs);
    if (heldMs > 0) await this.#pause(request, heldMs);
    const budgetMs = this.#budgetMs(request, untilMs);
    if (budgetMs > 0) await this.#pause(request, budgetMs);
    const release = this.#gate.tryEnter(request.signal) ?? (await this.#enter(request, untilMs));
    try {
      // Last, so that a look at a server that is down is not taken and then spent on waiting.
      this.#refuseWhenDown(request);
      return await this.#ask(request, Math.max(0, untilMs - clock.nowMs()));
    } finally {
      release();
    }
  }

  /** How long the server wants no request of this sender, ms. Throws when that is too long. */
  #holdMs(request: HttpRequest, untilMs: number): number {
    if (this.#heldUntil.size === 0) return 0;
    const nowMs = this.#deps.clock.nowMs();
    const heldMs = this.#heldUntil.get(senderKey(this.#origin, request));
    if (heldMs === undefined || heldMs <= nowMs) return 0;
    if (heldMs >= untilMs || heldMs - nowMs > LONGEST_HOLD_MS) {
      throw this.#error(
        'rateLimited',
        request,
        `not sent: ${this.#origin} asked for no requests until ${timestamp(heldMs)}`,
      );
    }
    return heldMs - nowMs;
  }

  /** How long the budget makes this request wait, ms. Throws when that is too long. */
  #budgetMs(request: HttpRequest, untilMs: number): number {
    if (this.#budget === undefined) return 0;
    const nowMs = this.#deps.clock.nowMs();
    const waitMs = this.#budget.take(nowMs, untilMs - nowMs);
    if (waitMs !== undefined) return waitMs;
    throw this.#error(
      'rateLimited',
      request,
      `not sent: the budget of requests to ${this.#origin} is used up for longer than the request may take`,
    );
  }

  async #enter(request: HttpRequest, untilMs: number): Promise<Release> {
    const { timers, clock } = this.#deps;
    const place = await this.#gate.enter(timers, Math.max(0, untilMs - clock.nowMs()), request.signal);
    if (place === 'aborted') throw this.#error('canceled', request, 'context canceled');
    if (place === 'late') {
      throw this.#error(
        'timeout',
        request,
        `not sent: the ${this.#gate.places} places for requests to ${this.#origin} were taken for all of its time`,
      );
    }
    return place;
  }

  #refuseWhenDown(request: HttpRequest): void {
    const refusal = this.#breaker.refuses(this.#deps.clock.nowMs());
    if (refusal === undefined) return;
    const { failures, sinceMs, lastReason, retryAtMs } = refusal;
    throw this.#error(
      'unreachable',
      request,
      `not sent: ${this.#origin} is taken for down: the last ${failures} requests to it failed, since ${timestamp(sinceMs)} (last: ${lastReason}); it is tried again at ${timestamp(retryAtMs)}`,
    );
  }

  async #ask(request: HttpRequest, timeoutMs: number): Promise<HttpResponse> {
    try {
      const response = await this.#deps.send({ ...request, timeoutMs });
      this.#learn(response, request);
      return response;
    } catch (error) {
      if (error instanceof ProviderError) this.#learnFromError(error.code, timeoutMs);
      throw error;
    }
  }

  #learn({ status, statusText, headers }: HttpResponse, request: HttpRequest): void {
    const nowMs = this.#deps.clock.nowMs();
    const heldUntilMs =
      status === 429 || status === 503 ? retryAfterMs(headers['retry-after'], nowMs) : undefined;
    if (heldUntilMs !== undefined) this.#heldUntil.set(senderKey(this.#origin, request), heldUntilMs);
    if (DOWN.has(status) && heldUntilMs === undefined) this.#breaker.failed(nowMs, `${status} ${statusText}`);
    else this.#breaker.succeeded();
  }

  #learnFromError(code: ProviderErrorCode, timeoutMs: number): void {
    if (SILENT.has(code) || (code === 'timeout' && timeoutMs < TELLING_TIMEOUT_MS)) return;
    // The code and not the text, which has the URL of somebody's spec.
    if (FAILURES.has(code)) this.#breaker.failed(this.#deps.clock.nowMs(), code);
    else this.#breaker.succeeded();
  }

  async #pause(request: HttpRequest, delayMs: number): Promise<void> {
    const how = await pause(this.#deps.timers, delayMs, request.signal);
    if (how === 'aborted') throw this.#error('canceled', request, 'context canceled');
  }

  #error(code: ProviderErrorCode, { method, url }: HttpRequest, what: string): ProviderError {
    return new ProviderError(code, urlMessage(method, url, what));
  }
}

const timestamp = (ms: number): string => new Date(ms).toISOString();
