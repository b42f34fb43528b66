import {
  type Cancel,
  elapsedMs,
  type Log,
  type SharedClock,
  systemClock,
  type Timers,
} from '../../platform/index.js';
import { runScript, script } from './client-script.js';
import { isList, StoredDataError } from './codec.js';
import type { RedisClient } from './connect.js';

/** Time between two looks at the clock of Redis, ms. */
const EVERY_MS = 10_000;
/** A look that took longer tells the time too vaguely, ms. */
const SLOWEST_MS = 500;
/** Clocks that differ by less are right, ms: answers take their time. */
const RIGHT_MS = 20;
/** The machine's clock is called wrong in the log when it differs by more, ms. */
const WRONG_MS = 2_000;

/** By a key, so that it is the clock of one server in a cluster, the same for all. */
const TIME = script(`return redis.call('TIME')`);

/** What {@link RedisTime} needs. */
interface RedisTimeOptions {
  readonly redis: RedisClient;
  /** A key of the server whose clock counts. */
  readonly key: string;
  /** Put right from time to time. */
  readonly clock: SharedClock;
  readonly timers: Timers;
  readonly log: Log;
}

/**
 * Keeps the clock of this process with that of Redis, so that all processes have one: what is due is due for all of them at the same
 * moment, though the clock of a machine be wrong or be set while it runs.
 */
export class RedisTime {
  readonly #options: RedisTimeOptions;
  #cancel: Cancel | undefined;
  #isWrong = false;
  #stopped = false;

  constructor(options: RedisTimeOptions) {
    this.#options = options;
  }

  /** Looks once, and from then on now and then. @throws what the client throws when Redis can not be asked now. */
  async start(): Promise<void> {
    // A vague time is better than that of a machine nobody knows.
    await this.#look(Number.POSITIVE_INFINITY);
    this.#plan();
  }

  /** Looks no more; one that is under way is followed by no other. */
  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }

  #plan(): void {
    if (this.#stopped) return;
    const { timers, log } = this.#options;
    this.#cancel = timers.set(() => {
      this.#look()
        .catch((error: unknown) => {
          log.debug({ err: error }, 'the clock of Redis can not be read; ours goes on');
        })
        .finally(() => {
          this.#plan();
        });
    }, EVERY_MS);
  }

  async #look(slowestMs = SLOWEST_MS): Promise<void> {
    const { redis, key, clock, log } = this.#options;
    const sentMs = elapsedMs();
    const redisMs = readTime(await runScript(redis, TIME, [key], []));
    const tookMs = elapsedMs() - sentMs;
    if (tookMs > slowestMs) return;
    const nowMs = redisMs + tookMs / 2;
    if (Math.abs(nowMs - clock.nowMs()) > RIGHT_MS + tookMs / 2) clock.putRight(nowMs);
    const offByMs = Math.round(systemClock.nowMs() - nowMs);
    const isWrong = Math.abs(offByMs) > WRONG_MS;
    if (isWrong && !this.#isWrong)
      log.warn({ offByMs }, 'the clock of this machine and that of Redis differ; that of Redis counts');
    this.#isWrong = isWrong;
  }
}

/** Epoch ms of a reply of TIME: seconds and microseconds. */
function readTime(reply: unknown): number {
  const [seconds, microseconds] = isList(reply) ? reply.map(Number) : [];
  if (seconds === undefined || microseconds === undefined) throw new StoredDataError('TIME has no answer');
  return seconds * 1_000 + microseconds / 1_000;
}
