import { ProviderError } from '../../provider-error.js';
import type { Clock, Timers } from '../../../platform/index.js';
import type { HttpRequest, HttpResponse } from '../http.js';
import { DeadlineError, networkError } from '../network-error.js';
import { urlMessage } from '../request-url.js';
import { requestKey } from './request-key.js';

type Send = (request: HttpRequest) => Promise<HttpResponse>;

/** What {@link Flights} needs. */
export interface FlightDeps {
  readonly send: Send;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Time for requests that do not say, in ms. */
  readonly defaultTimeoutMs: number;
}

interface Flight {
  readonly answer: Promise<HttpResponse>;
  readonly controller: AbortController;
  /** Answered, or failed: there is nothing left to end early. */
  landed: boolean;
  waiting: number;
}

/** Less time than this is not worth a request of one's own, in ms. */
const WORTH_ASKING_MS = 1_000;

/**
 * Sends requests that change nothing, and simultaneous equal ones only once: all get the one answer. Each keeps its own
 * timeout and its own signal; the request itself ends early only when nobody waits for it any more.
 */
export class Flights {
  readonly #deps: FlightDeps;
  readonly #flights = new Map<string, Flight>();

  constructor(deps: FlightDeps) {
    this.#deps = deps;
  }

  async join(request: HttpRequest): Promise<HttpResponse> {
    const { clock, defaultTimeoutMs } = this.#deps;
    const { method, url, timeoutMs = defaultTimeoutMs, signal } = request;
    const untilMs = clock.nowMs() + timeoutMs;
    const key = requestKey(request);
    const known = this.#flights.get(key);
    const flight = known ?? this.#start(key, request);
    try {
      return await this.#wait(flight, request, known === undefined ? undefined : timeoutMs);
    } catch (error) {
      const leftMs = untilMs - clock.nowMs();
      const joined = known !== undefined;
      // The time of the one that began it was over: that says nothing about those that have more.
      if (!joined || !isTimeout(error) || leftMs < WORTH_ASKING_MS) throw error;
      if (signal.aborted) throw canceled(method, url);
      return this.join({ ...request, timeoutMs: leftMs });
    }
  }

  #start(key: string, request: HttpRequest): Flight {
    const controller = new AbortController();
    const answer = this.#deps.send({ ...request, signal: controller.signal });
    const flight: Flight = { answer, controller, landed: false, waiting: 0 };
    this.#flights.set(key, flight);
    const forget = (): void => {
      this.#forget(key, flight);
    };
    const land = (): void => {
      flight.landed = true;
      forget();
    };
    answer.then(land, land);
    controller.signal.addEventListener('abort', forget, { once: true });
    return flight;
  }

  #forget(key: string, flight: Flight): void {
    if (this.#flights.get(key) === flight) this.#flights.delete(key);
  }

  /** @param timeoutMs of one that joined; the one that began has it in the request. */
  #wait(
    flight: Flight,
    { method, url, signal }: HttpRequest,
    timeoutMs: number | undefined,
  ): Promise<HttpResponse> {
    if (signal.aborted) return Promise.reject(canceled(method, url));
    flight.waiting += 1;
    return new Promise((resolve, reject) => {
      let left = false;
      const leave = (settle: () => void): void => {
        if (left) return;
        left = true;
        cancel?.();
        signal.removeEventListener('abort', stop);
        flight.waiting -= 1;
        if (flight.waiting === 0 && !flight.landed) flight.controller.abort();
        settle();
      };
      const fail = (error: Error): void => {
        leave(() => {
          reject(error);
        });
      };
      const stop = (): void => {
        fail(canceled(method, url));
      };
      const late = (): void => {
        fail(networkError(method, url, new DeadlineError()));
      };
      const cancel = timeoutMs === undefined ? undefined : this.#deps.timers.set(late, timeoutMs);
      signal.addEventListener('abort', stop);
      flight.answer.then((answer) => {
        leave(() => {
          resolve(answer);
        });
      }, fail);
    });
  }
}

const isTimeout = (error: unknown): boolean => error instanceof ProviderError && error.code === 'timeout';

const canceled = (method: string, url: string): ProviderError =>
  new ProviderError('canceled', urlMessage(method, url, 'context canceled'));
