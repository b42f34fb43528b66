import type { DeliveryStore, StoredDelivery } from '../ports.js';
import { runScript, script } from './client-script.js';
import { decodeDelivery, encodeDelivery, isList } from './codec.js';
import type { RedisClient } from './connect.js';
import { fromEach } from './from-each.js';
import { outboxMember, readOutboxMember, type ShardKeys } from './keys.js';
import * as sources from './scripts.js';

const DEFER_DELIVERY = script(sources.DEFER_DELIVERY);
const LEASE = script(sources.LEASE);
const SAVE_DELIVERY = script(sources.SAVE_DELIVERY);

/** Deliveries in Redis: a hash for each run, and in each shard a sorted set of those that are pending. */
export function createRedisDeliveries(
  redis: RedisClient,
  shards: readonly ShardKeys[],
  keysOf: (run: string) => ShardKeys,
): DeliveryStore {
  /** The shard that is looked at first, another one each time, so that a full one can not starve the rest. */
  let first = 0;

  return {
    async lease(nowMs, leaseMs, limit) {
      const inTurn = [...shards.slice(first), ...shards.slice(0, first)];
      first = (first + 1) % shards.length;
      // The fraction tells this lease from every other: sent again, it finds what it has hidden.
      const hiddenUntilMs = nowMs + leaseMs + Math.random();
      const members = await fromEach(inTurn, limit, async (keys, left) => {
        const reply = await runScript(redis, LEASE, [keys.outbox], [nowMs, hiddenUntilMs, left]);
        return isList(reply) ? reply.map(String) : [];
      });
      return members.map(readOutboxMember);
    },
    async deliveries(run) {
      return Object.values(await redis.hgetall(keysOf(run).deliveries(run))).map(decodeDelivery);
    },
    async delivery({ run, delivery }) {
      const text = await redis.hget(keysOf(run).deliveries(run), delivery);
      return text === null ? undefined : decodeDelivery(text);
    },
    async saveDelivery(run, delivery) {
      const keys = keysOf(run);
      const { id, version, state, nextAtMs } = delivery;
      const saved = await runScript(
        redis,
        SAVE_DELIVERY,
        [keys.deliveries(run), keys.outbox],
        [
          ...[id, outboxMember({ run, delivery: id }), version],
          encodeDelivery({ ...delivery, version: version + 1 }),
          state === 'pending' ? nextAtMs : '',
        ],
      );
      return saved === 1;
    },
    async deferDelivery(item, version, atMs) {
      const keys = keysOf(item.run);
      const args = [item.delivery, outboxMember(item), version, atMs];
      await runScript(redis, DEFER_DELIVERY, [keys.deliveries(item.run), keys.outbox], args);
    },
  };
}

/** What the scripts are told of each new delivery. */
export const deliveryArguments = (deliveries: readonly StoredDelivery[]): readonly (string | number)[] =>
  deliveries.flatMap((delivery) => [
    ...[delivery.id, delivery.nextAtMs, encodeDelivery(delivery), delivery.replaces ?? ''],
  ]);
