import { randomUUID } from 'node:crypto';
import type { Cancel, Clock, Log, Timers } from '../../platform/index.js';
import type { TimetableHealth } from '../timetable-port.js';

/** So many heartbeats may be missed before a process counts as not working. */
const MISSED = 6;

/** What {@link Heartbeats} needs. */
interface HeartbeatOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  readonly queues: number;
  /** Jobs that this process runs at once of each queue. */
  readonly places: number;
  readonly heartbeatMs: number;
}

/**
 * Proves that this process runs jobs: a connection can look alive while nothing is read from it. Each working process
 * adds a small job to each queue now and then. Redis serves the reader that has waited longest, so each process gets
 * about as many as it adds; real ticks count as well. A queue of which this process runs as many jobs as it may is not
 * stuck: it waits for a slow provider, which another process would have to wait for as well.
 */
export class Heartbeats {
  readonly #options: HeartbeatOptions;
  readonly #add: (queue: number, id: string) => Promise<unknown>;
  readonly #process = randomUUID();
  readonly #ranAtMs: number[];
  readonly #running: number[];
  #cancel: Cancel | undefined;
  #beats = 0;
  #started = false;

  /** @param add adds a job to a queue; a second one with the same id is ignored while the first waits. */
  constructor(options: HeartbeatOptions, add: (queue: number, id: string) => Promise<unknown>) {
    this.#options = options;
    this.#add = add;
    this.#ranAtMs = Array.from({ length: options.queues }, () => options.clock.nowMs());
    this.#running = Array.from({ length: options.queues }, () => 0);
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

  /** This process begins to run a job of the queue. */
  began(queue: number): void {
    this.#ran(queue, 1);
  }

  /** A job of the queue that this process ran has ended, in any way. */
  ended(queue: number): void {
    this.#ran(queue, -1);
  }

  health(): TimetableHealth {
    const { clock, heartbeatMs } = this.#options;
    if (!this.#started) return { reasons: ['no measurements are being taken yet'], lastTickAgeMs: 0 };
    const nowMs = clock.nowMs();
    const ages = this.#ranAtMs.map((ranAtMs, queue) => (this.#isFull(queue) ? 0 : nowMs - ranAtMs));
    const lastTickAgeMs = Math.max(0, ...ages);
    const stuck = lastTickAgeMs > MISSED * heartbeatMs;
    return {
      reasons: stuck ? [`no job was run for ${Math.round(lastTickAgeMs / 1000)} s`] : [],
      lastTickAgeMs,
    };
  }

  #ran(queue: number, change: 1 | -1): void {
    this.#ranAtMs[queue] = this.#options.clock.nowMs();
    this.#running[queue] = (this.#running[queue] ?? 0) + change;
  }

  #isFull(queue: number): boolean {
    return (this.#running[queue] ?? 0) >= this.#options.places;
  }

  #beat(): void {
    const { timers, log, queues, heartbeatMs } = this.#options;
    // Two by turns: one that ran while Redis died is active for its whole lock time, and none of its id can be added.
    const id = `heartbeat/${this.#process}/${this.#beats++ % 2}`;
    for (let queue = 0; queue < queues; queue++) {
      this.#add(queue, id).catch((error: unknown) => {
        log.debug({ err: error }, 'heartbeat could not be sent; its absence will show');
      });
    }
    this.#cancel = timers.set(() => {
      this.#beat();
    }, heartbeatMs);
  }
}
