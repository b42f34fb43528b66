import { Cluster } from 'ioredis';
import type { RedisClient } from './connect.js';
import { isForbidden } from './refusal.js';

/** A part of a Redis Cluster does not answer, and the runs that are kept there can not be reached. */
export class ClusterPartError extends Error {
  override readonly name = 'ClusterPartError';

  constructor(options?: ErrorOptions) {
    super('a part of the Redis Cluster is away', options);
  }
}

/**
 * The text of INFO of every server that keeps runs: the one there is, or each master of a cluster, any of which may be set up in its
 * own way.
 * @param sections of INFO; none: the default ones.
 * @throws ClusterPartError when one of several does not answer; what the client throws when there is none.
 */
export async function infoOfMasters(
  redis: RedisClient,
  ...sections: readonly string[]
): Promise<readonly string[]> {
  if (!(redis instanceof Cluster)) return [await redis.info(...sections)];
  // Which nodes there are is known once one of them has answered.
  const state = await redis.cluster('INFO');
  const masters = redis.nodes('master');
  if (
    masters.length < Number(/^cluster_size:(\d+)/m.exec(state)?.[1] ?? 1) ||
    /^cluster_state:fail/m.test(state)
  )
    throw new ClusterPartError();
  return Promise.all(
    masters.map((master) =>
      master.info(...sections).catch((error: unknown) => {
        // One that answers that its user may not ask is not away.
        throw error instanceof Error && isForbidden(error) ? error : new ClusterPartError({ cause: error });
      }),
    ),
  );
}
