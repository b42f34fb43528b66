import type { ArchiveBacklog } from '../ports.js';
import { runScript, script } from './client-script.js';
import { encodeIdentity } from './codec.js';
import type { RedisClient } from './connect.js';
import type { ShardKeys } from './keys.js';
import { createLease } from './lease.js';
import * as sources from './scripts.js';

const MARK_ARCHIVED = script(sources.MARK_ARCHIVED);

/** Runs that are still to be archived: in each shard a sorted set of their ids by when they are due. */
export function createRedisBacklog(
  redis: RedisClient,
  shards: readonly ShardKeys[],
  keysOf: (run: string) => ShardKeys,
): ArchiveBacklog {
  const lease = createLease(redis, shards, ({ archive }) => archive);
  return {
    async leaseUnarchived(nowMs, leaseMs, limit) {
      const leased = await lease(nowMs, leaseMs, limit);
      return leased.map(({ member, lease }) => ({ run: member, lease }));
    },
    async markArchived({ run: id, lease }, run) {
      const keys = keysOf(id);
      const args = [id, encodeIdentity(run), lease];
      return (await runScript(redis, MARK_ARCHIVED, [keys.run(id), keys.archive], args)) === 1;
    },
    async countUnarchived() {
      const counts = await Promise.all(shards.map(({ archive }) => redis.zcard(archive)));
      return counts.reduce((sum, count) => sum + count, 0);
    },
  };
}
