import { Cluster } from 'ioredis';
import type { Cancel, Timers } from '../../platform/index.js';
import type { RedisClient } from './connect.js';

/**
 * Has the server of a connection that only listens say something now and then: a connection that carries nothing any more looks
 * like one on which nothing happens, and only one on which an answer is waited for is given up (see `endSilence`). A client for a cluster
 * listens on a connection that nobody else has, and looks for the masters now and then by itself.
 * @returns ends it.
 */
export function keepPulse(
  client: RedisClient,
  { timers, everyMs }: { readonly timers: Timers; readonly everyMs: number },
): () => void {
  if (client instanceof Cluster) return () => undefined;
  let cancel: Cancel;
  const beat = (): void => {
    cancel = timers.set(beat, everyMs);
    // That nobody answers is seen by the connection, which ends.
    if (client.status === 'ready') client.ping().catch(() => undefined);
  };
  cancel = timers.set(beat, everyMs);
  return () => {
    cancel();
  };
}
