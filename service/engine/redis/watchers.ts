import type { Log } from '../../platform/index.js';
import type { RedisClient } from './connect.js';
import { SUBSCRIBER_LOST } from './pulse.js';

/** What tells that messages may have been lost. */
const LOSSES = ['close', SUBSCRIBER_LOST] as const;

/**
 * Calls listeners when a message comes on their channel: one subscription a channel, however many listeners. Once a
 * connection is made again all of them are called, as messages may have been lost with the one before. What is lost in
 * spite of it is not made up for; see `watchRun`, which looks for itself now and then.
 */
export class Watchers {
  readonly #subscriber: RedisClient;
  readonly #log: Log;
  readonly #listeners = new Map<string, Set<() => void>>();
  /** Subscriptions by channel, those under way included. */
  readonly #subscribed = new Map<string, Promise<unknown>>();
  /** Number of listeners by pattern. */
  readonly #patterns = new Map<string, number>();

  constructor(subscriber: RedisClient, log: Log) {
    this.#subscriber = subscriber;
    this.#log = log;
    subscriber.on('message', (channel: string) => {
      for (const listener of this.#listeners.get(channel) ?? []) listener();
    });
    // Subscriptions are made again by the client, and have been sent when it is ready.
    subscriber.on('ready', () => {
      for (const listeners of this.#listeners.values()) for (const listener of listeners) listener();
    });
  }

  /** Adds a listener until the returned function is called. Resolves once the channel is subscribed to; rejects when it can not be. */
  async add(channel: string, listener: () => void): Promise<() => void> {
    this.#listeners.set(channel, (this.#listeners.get(channel) ?? new Set()).add(listener));
    const subscribed = this.#subscribed.get(channel) ?? this.#subscriber.subscribe(channel);
    this.#subscribed.set(channel, subscribed);
    try {
      await subscribed;
    } catch (error) {
      // The next listener tries again.
      if (this.#subscribed.get(channel) === subscribed) this.#subscribed.delete(channel);
      this.#remove(channel, listener);
      throw error;
    }
    return () => {
      this.#remove(channel, listener);
    };
  }

  /**
   * Adds a listener for all channels that match a pattern, until the returned function is called. `onLost` is called once
   * when the connection was lost, and messages with it.
   */
  async addAll(
    pattern: string,
    listener: (channel: string, message: string) => void,
    onLost: () => void,
  ): Promise<() => void> {
    const hear = (matched: string, channel: string, message: string): void => {
      if (matched === pattern) listener(channel, message);
    };
    this.#subscriber.on('pmessage', hear);
    for (const event of LOSSES) this.#subscriber.once(event, onLost);
    const deafen = (): void => {
      this.#subscriber.off('pmessage', hear);
      for (const event of LOSSES) this.#subscriber.off(event, onLost);
    };
    const others = this.#patterns.get(pattern) ?? 0;
    this.#patterns.set(pattern, others + 1);
    const remove = (): void => {
      deafen();
      const left = (this.#patterns.get(pattern) ?? 1) - 1;
      this.#patterns.set(pattern, left);
      if (left === 0) this.#told(this.#subscriber.punsubscribe(pattern));
    };
    try {
      await this.#subscriber.psubscribe(pattern);
    } catch (error) {
      remove();
      throw error;
    }
    return remove;
  }

  #remove(channel: string, listener: () => void): void {
    const listeners = this.#listeners.get(channel);
    if (listeners?.delete(listener) !== true || listeners.size > 0) return;
    this.#listeners.delete(channel);
    if (!this.#subscribed.delete(channel)) return;
    this.#told(this.#subscriber.unsubscribe(channel));
  }

  #told(unsubscribing: Promise<unknown>): void {
    unsubscribing.catch((error: unknown) => {
      this.#log.debug(
        { err: error },
        'unsubscribing failed; the connection has gone and its subscriptions with it',
      );
    });
  }
}
