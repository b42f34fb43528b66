import { setMaxListeners } from 'node:events';
import { ProviderError } from '../provider-error.js';
import type { HttpRequest } from './http.js';
import { DeadlineError } from './network-error.js';
import { urlMessage } from './request-url.js';

/** The longest time that a timer can wait. */
const MAX_TIMER_MS = 2 ** 31 - 1;

type Ended = (reason: Error) => void;

/**
 * When a request has to be over: at its time, or when its caller wants it no longer. One timer and one listener for all
 * hops; not an `AbortSignal`, which costs as much as sending the request.
 */
export class Deadline {
  readonly #request: HttpRequest;
  readonly #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #stop: () => void;
  readonly #waiting = new Set<Ended>();
  #reason: Error | undefined;

  constructor(request: HttpRequest, defaultMs: number) {
    const { signal, timeoutMs = defaultMs } = request;
    this.#request = request;
    this.#stop = () => {
      const { method, url } = request;
      this.#over(new ProviderError('canceled', urlMessage(method, url, 'context canceled')));
    };
    const waitMs = Math.min(timeoutMs, MAX_TIMER_MS);
    if (signal.aborted) this.#stop();
    else if (waitMs <= 0) this.#over(new DeadlineError());
    if (this.#reason !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#over(new DeadlineError());
    }, waitMs);
    // Many requests at once may share a signal; each takes its listener away again, so nothing leaks.
    setMaxListeners(0, signal);
    signal.addEventListener('abort', this.#stop);
  }

  /** What ended the request early; undefined: nothing has. */
  get reason(): Error | undefined {
    return this.#reason;
  }

  /** Calls `ended` when the request has to be over, at once when that is already so. The result calls it off. */
  onEnd(ended: Ended): () => void {
    if (this.#reason !== undefined) {
      ended(this.#reason);
      return () => undefined;
    }
    this.#waiting.add(ended);
    return () => {
      this.#waiting.delete(ended);
    };
  }

  /** `work`, but no longer than the request may take: for what can not be aborted. */
  async bound<Result>(work: Promise<Result>): Promise<Result> {
    let callOff = (): void => undefined;
    const over = new Promise<never>((_resolve, reject) => {
      callOff = this.onEnd(reject);
    });
    try {
      return await Promise.race([work, over]);
    } finally {
      callOff();
    }
  }

  /** The request is over; nothing waits for it any more. */
  close(): void {
    clearTimeout(this.#timer);
    this.#request.signal.removeEventListener('abort', this.#stop);
  }

  #over(reason: Error): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    for (const ended of this.#waiting) ended(reason);
    this.#waiting.clear();
  }
}
