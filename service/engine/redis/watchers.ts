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

  constructor(subscriber: RedisClient, log: Log) {
    this.#subscriber = subscriber;
    this.#log = log;
    subscriber.on('message', (channel: string) => {
      for (const listener of this.#listeners.get(channel) ?? []) listener();
    });
  }

  /** Adds a listener until the returned function is called. */
  async add(channel: string, listener: () => void): Promise<() => void> {
    const listeners = this.#listeners.get(channel);
    if (listeners === undefined) {
      this.#listeners.set(channel, new Set([listener]));
      await this.#subscriber.subscribe(channel);
    } else listeners.add(listener);
    return () => {
      this.#remove(channel, listener);
    };
  }

  #remove(channel: string, listener: () => void): void {
    const listeners = this.#listeners.get(channel);
    if (listeners?.delete(listener) !== true || listeners.size > 0) return;
    this.#listeners.delete(channel);
    this.#subscriber.unsubscribe(channel).catch((error: unknown) => {
      this.#log.debug(
        { err: error },
        'unsubscribing failed; the connection has gone and its subscriptions with it',
      );
    });
  }
}
