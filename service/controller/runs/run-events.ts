import { type Clock, type Log, pause, type Timers } from '../../platform/index.js';
import { isPassing } from '../../providers/kubernetes/index.js';
import type { RunObject } from './run-object.js';
import type { RunObjects } from './run-objects.js';
import type { RunEventText } from './run-status.js';

/** What recording events of runs needs. */
export interface RunEventsDeps {
  /** Told apart from those of the runs: their requests are not ended with the leadership, but a moment after it. */
  readonly objectsUntil: (signal: AbortSignal) => Pick<RunObjects, 'record'>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  readonly onRecorded: () => void;
}

/** Requests for events at once: few, as verdicts go first. */
const CONCURRENCY = 4;
/** How long what is left is recorded for at the end, ms. */
const LAST_MS = 2_000;

/** Pauses before what may pass is tried again, ms. */
const RETRIES_MS = [500, 1_000, 2_000, 4_000];

interface Told {
  readonly object: RunObject;
  readonly event: RunEventText;
  readonly atMs: number;
}

/**
 * Records events behind everything else, so that the verdict of one run does not wait for the events of another. Each is
 * tried a few times while the API server is away or overloaded, and then given up: nothing depends on them.
 */
export class RunEvents {
  readonly #deps: RunEventsDeps;
  readonly #over = new AbortController();
  readonly #objects: Pick<RunObjects, 'record'>;
  readonly #waiting: Told[] = [];
  readonly #running = new Set<Promise<void>>();

  constructor(deps: RunEventsDeps) {
    this.#deps = deps;
    this.#objects = deps.objectsUntil(this.#over.signal);
  }

  /** Has the events of a run recorded, as of now. */
  tell(object: RunObject, events: readonly RunEventText[]): void {
    const atMs = this.#deps.clock.nowMs();
    for (const event of events) this.#waiting.push({ object, event, atMs });
    this.#next();
  }

  /** Waits for what is being recorded or waits for it, for a moment. */
  async end(): Promise<void> {
    const late = pause(this.#deps.timers, LAST_MS, this.#over.signal);
    const recorded = async (): Promise<void> => {
      while (this.#running.size > 0) await Promise.all(this.#running);
    };
    await Promise.race([recorded(), late]);
    this.#waiting.length = 0;
    this.#over.abort();
    await Promise.all(this.#running);
  }

  #next(): void {
    while (this.#running.size < CONCURRENCY) {
      const told = this.#waiting.shift();
      if (told === undefined) return;
      const recording = this.#record(told).finally(() => {
        this.#running.delete(recording);
        this.#next();
      });
      this.#running.add(recording);
    }
  }

  async #record({ object, event, atMs }: Told): Promise<void> {
    const { log, timers, onRecorded } = this.#deps;
    const { signal } = this.#over;
    for (const pauseMs of [...RETRIES_MS, undefined]) {
      try {
        await this.#objects.record(object, event, atMs);
        onRecorded();
        return;
      } catch (error) {
        // One that was stored although the answer got lost has its name already.
        if (isPassing(error) && pauseMs !== undefined && (await pause(timers, pauseMs, signal)) === 'late')
          continue;
        log.warn({ err: error, run: object.key, reason: event.reason }, 'an event could not be recorded');
        return;
      }
    }
  }
}
