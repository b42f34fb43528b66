import { runScript, script } from './client-script.js';
import { isList } from './codec.js';
import type { RedisClient } from './connect.js';
import { fromEach } from './from-each.js';
import type { ShardKeys } from './keys.js';
import { LEASE as SOURCE } from './scripts.js';

const LEASE = script(SOURCE);

/** A member of a sorted set that was handed out. `lease` is the score that hides it. */
interface Leased {
  readonly member: string;
  readonly lease: number;
}

/**
 * Hands out members of the sorted set that `keyOf` names in each shard, whose scores are the times they are due: those
 * that wait longest first, each hidden from others until `nowMs + leaseMs`.
 */
export function createLease(
  redis: RedisClient,
  shards: readonly ShardKeys[],
  keyOf: (keys: ShardKeys) => string,
): (nowMs: number, leaseMs: number, limit: number) => Promise<readonly Leased[]> {
  /** The shard that is looked at first, another one each time, so that a full one can not starve the rest. */
  let first = 0;
  return (nowMs, leaseMs, limit) => {
    const inTurn = [...shards.slice(first), ...shards.slice(0, first)];
    first = (first + 1) % shards.length;
    // The fraction tells this lease from every other: sent again, it finds what it has hidden.
    const lease = nowMs + leaseMs + Math.random();
    return fromEach(inTurn, limit, async (keys, left) => {
      const reply = await runScript(redis, LEASE, [keyOf(keys)], [nowMs, lease, left]);
      return isList(reply) ? reply.map((member) => ({ member: String(member), lease })) : [];
    });
  };
}
