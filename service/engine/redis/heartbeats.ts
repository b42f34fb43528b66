import { randomUUID } from 'node:crypto';
import type { Clock, Log } from '../../platform/index.js';
import type { TimetableHealth } from '../ports.js';
import type { Cancel, Timers } from '../timers.js';

/** So many heartbeats may be missed before a process counts as not working. */
const MISSED = 6;

/** What {@link Heartbeats} needs. */
interface HeartbeatOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  readonly queues: number;
  readonly heartbeatMs: number;
}

/**
 * Proves that this process runs jobs: a connection can look alive while nothing is read from it. Each working process
 * adds a small job to each queue now and then. Redis serves the reader that has waited longest, so each process gets
 * about as many as it adds; real ticks count as well.
 */
export class Heartbeats {
  readonly #options: HeartbeatOptions;
  readonly #add: (queue: number, id: string) => Promise<unknown>;
  readonly #process = randomUUID();
  readonly #ranAtMs: number[];
  #cancel: Cancel | undefined;
  #started = false;

  /** @param add adds a job to a queue; a second one with the same id is ignored while the first waits. */
  constructor(options: HeartbeatOptions, add: (queue: number, id: string) => Promise<unknown>) {
    this.#options = options;
    this.#add = add;
    this.#ranAtMs = Array.from({ length: options.queues }, () => options.clock.nowMs());
  }

  /** Begins to send; the time before counts as worked. */
  start(): void {
    this.#started = true;
    this.#ranAtMs.fill(this.#options.clock.nowMs());
    this.#beat();
  }

  stop(): void {
    this.#started = false;
    this.#cancel?.();
  }

  /** This process runs a job of the queue. */
  ran(queue: number): void {
    this.#ranAtMs[queue] = this.#options.clock.nowMs();
  }

  health(): TimetableHealth {
    const { clock, heartbeatMs } = this.#options;
    if (!this.#started) return { reasons: ['no measurements are being taken yet'], lastTickAgeMs: 0 };
    const lastTickAgeMs = Math.max(0, clock.nowMs() - Math.min(...this.#ranAtMs));
    const stuck = lastTickAgeMs > MISSED * heartbeatMs;
    return {
      reasons: stuck ? [`no job was run for ${Math.round(lastTickAgeMs / 1000)} s`] : [],
      lastTickAgeMs,
    };
  }

  #beat(): void {
    const { timers, log, queues, heartbeatMs } = this.#options;
    for (let queue = 0; queue < queues; queue++) {
      this.#add(queue, `heartbeat/${this.#process}`).catch((error: unknown) => {
        log.debug({ err: error }, 'heartbeat could not be sent; its absence will show');
      });
    }
    this.#cancel = timers.set(() => {
      this.#beat();
    }, heartbeatMs);
  }
}
