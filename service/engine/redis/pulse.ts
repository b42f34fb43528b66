import { Cluster, type Redis } from 'ioredis';
import type { Cancel, Timers } from '../../platform/index.js';
import type { RedisClient } from './connect.js';
import { endSilence } from './silence.js';

/** What {@link keepPulse} needs. */
interface PulseOptions {
  readonly timers: Timers;
  /** How long a connection may be silent, ms. */
  readonly silentMs: number;
}

/** Beats in the time that a connection may be silent. */
const BEATS = 3;

/** What a client for a cluster tells of a connection on which it listened, and listens no more. */
export const SUBSCRIBER_LOST = '-subscriber';

/**
 * Has the servers of connections that only listen say something now and then: one that carries nothing any more looks like one on
 * which nothing happens, and only one on which an answer is waited for is given up ({@link endSilence}). A client for a
 * cluster listens on a connection that it shows to nobody: it is watched here, and its loss told by {@link SUBSCRIBER_LOST}.
 * @returns ends it.
 */
export function keepPulse(clients: readonly RedisClient[], { timers, silentMs }: PulseOptions): () => void {
  let cancel: Cancel;
  const known = new Map<Cluster, Redis>();
  const listening = (cluster: Cluster): Redis | undefined => {
    const own = Reflect.get(cluster, 'subscriber') as { getInstance(): Redis | null } | undefined;
    const subscriber = own?.getInstance() ?? undefined;
    const before = known.get(cluster);
    if (subscriber === undefined || subscriber === before) return subscriber;
    known.set(cluster, subscriber);
    endSilence(subscriber, silentMs);
    subscriber.once('end', () => cluster.emit(SUBSCRIBER_LOST));
    // There may have been others since the last look, whose ends nobody saw.
    if (before !== undefined) cluster.emit(SUBSCRIBER_LOST);
    return subscriber;
  };
  const beat = (): void => {
    cancel = timers.set(beat, silentMs / BEATS);
    for (const client of clients) {
      // A master that was replaced while nothing was asked of it says so to nobody.
      if (client instanceof Cluster && client.status === 'ready') client.refreshSlotsCache();
      const connection = client instanceof Cluster ? listening(client) : client;
      // That nobody answers is seen by the connection, which ends; that it may not be asked is an answer.
      if (connection?.status === 'ready') connection.ping().catch(() => undefined);
    }
  };
  cancel = timers.set(beat, silentMs / BEATS);
  for (const client of clients)
    if (client instanceof Cluster)
      client.on('ready', () => {
        listening(client);
      });
  return () => {
    cancel();
  };
}
