import { type Clock, systemClock } from './clock.js';

/** A step that did not finish in its time. */
export class CleanupTimeoutError extends Error {
  override readonly name = 'CleanupTimeoutError';
}

/** Told of each step that failed or ran out of time. */
export type OnCleanupFailure = (step: string, error: unknown) => void;

interface Step {
  readonly name: string;
  readonly run: () => void | Promise<void>;
}

/** Limits of {@link CleanupStack}. */
export interface CleanupOptions {
  /** Time one step may take, in ms. Default 5 s. */
  readonly stepTimeoutMs?: number;
  /** Time all steps together may take, in ms. Default 25 s: below Kubernetes' grace of 30 s. */
  readonly totalTimeoutMs?: number;
  readonly clock?: Clock;
}

/**
 * Undoes in reverse what was opened in order. A step that fails or hangs is reported and the next one runs: a Redis
 * that does not answer must not keep the HTTP server from closing.
 */
export class CleanupStack {
  readonly #steps: Step[] = [];
  readonly #stepTimeoutMs: number;
  readonly #totalTimeoutMs: number;
  readonly #clock: Clock;
  #draining: Promise<void> | undefined;

  constructor(options: CleanupOptions = {}) {
    this.#stepTimeoutMs = options.stepTimeoutMs ?? 5_000;
    this.#totalTimeoutMs = options.totalTimeoutMs ?? 25_000;
    this.#clock = options.clock ?? systemClock;
  }

  /** Adds a step that {@link drain} runs before all earlier ones. Added while draining, it still runs. */
  defer(name: string, run: () => void | Promise<void>): void {
    this.#steps.push({ name, run });
  }

  /** Runs all steps, last one first. Never rejects; a second call waits for the first. */
  drain(onFailure: OnCleanupFailure): Promise<void> {
    this.#draining ??= this.#drain(onFailure).finally(() => {
      this.#draining = undefined;
    });
    return this.#draining;
  }

  async #drain(onFailure: OnCleanupFailure): Promise<void> {
    const deadlineMs = this.#clock.nowMs() + this.#totalTimeoutMs;
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      const leftMs = Math.max(0, deadlineMs - this.#clock.nowMs());
      try {
        await within(step, Math.min(this.#stepTimeoutMs, leftMs));
      } catch (error) {
        onFailure(step.name, error);
      }
    }
  }
}

async function within(step: Step, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new CleanupTimeoutError(`"${step.name}" did not finish within ${timeoutMs} ms`));
    }, timeoutMs);
  });
  try {
    await Promise.race([(async () => step.run())(), timeout]);
  } finally {
    clearTimeout(timer);
  }
}
