import type { Log } from '../../platform/index.js';
import type { RedisClient } from './connect.js';

/**
 * Calls listeners when a message comes on their channel: one subscription a channel, however many listeners. A message
 * that gets lost with the connection is not made up for; see `watchRun`, which looks for itself now and then.
 */
export class Watchers {
  readonly #subscriber: RedisClient;
  readonly #log: Log;
  readonly #listeners = new Map<string, Set<() => void>>();
  /** Subscriptions by channel, those under way included. */
  readonly #subscribed = new Map<string, Promise<unknown>>();

  constructor(subscriber: RedisClient, log: Log) {
    this.#subscriber = subscriber;
    this.#log = log;
    subscriber.on('message', (channel: string) => {
      for (const listener of this.#listeners.get(channel) ?? []) listener();
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

  #remove(channel: string, listener: () => void): void {
    const listeners = this.#listeners.get(channel);
    if (listeners?.delete(listener) !== true || listeners.size > 0) return;
    this.#listeners.delete(channel);
    if (!this.#subscribed.delete(channel)) return;
    this.#subscriber.unsubscribe(channel).catch((error: unknown) => {
      this.#log.debug(
        { err: error },
        'unsubscribing failed; the connection has gone and its subscriptions with it',
      );
    });
  }
}
