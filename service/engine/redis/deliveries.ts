import { ARCHIVE_AFTER_DELIVERY_MS } from '../archive-due.js';
import type { DeliveryStore, StoredDelivery } from '../ports.js';
import { runScript, script } from './client-script.js';
import { decodeDelivery, encodeDelivery } from './codec.js';
import type { RedisClient } from './connect.js';
import { outboxMember, readOutboxMember, type ShardKeys } from './keys.js';
import { createLease } from './lease.js';
import * as sources from './scripts.js';

const DEFER_DELIVERY = script(sources.DEFER_DELIVERY);
const SAVE_DELIVERY = script(sources.SAVE_DELIVERY);

/** Deliveries in Redis: a hash for each run, and in each shard a sorted set of those that are pending. */
export function createRedisDeliveries(
  redis: RedisClient,
  shards: readonly ShardKeys[],
  { keysOf, archiving }: { readonly keysOf: (run: string) => ShardKeys; readonly archiving: boolean },
): DeliveryStore {
  const lease = createLease(redis, shards, ({ outbox }) => outbox);

  return {
    async lease(nowMs, leaseMs, limit) {
      const leased = await lease(nowMs, leaseMs, limit);
      return leased.map(({ member }) => readOutboxMember(member));
    },
    async deliveries(run) {
      return Object.values(await redis.hgetall(keysOf(run).deliveries(run))).map(decodeDelivery);
    },
    async delivery({ run, delivery }) {
      const text = await redis.hget(keysOf(run).deliveries(run), delivery);
      return text === null ? undefined : decodeDelivery(text);
    },
    async countPendingDeliveries() {
      const counts = await Promise.all(shards.map(({ outbox }) => redis.zcard(outbox)));
      return counts.reduce((sum, count) => sum + count, 0);
    },
    async saveDelivery(run, delivery, nowMs) {
      const keys = keysOf(run);
      const { id, version, state, nextAtMs } = delivery;
      const saved = await runScript(
        redis,
        SAVE_DELIVERY,
        [keys.deliveries(run), keys.outbox, keys.run(run), keys.archive],
        [
          ...[id, outboxMember({ run, delivery: id }), version],
          encodeDelivery({ ...delivery, version: version + 1 }),
          ...[state === 'pending' ? nextAtMs : '', run],
          archiving ? nowMs + ARCHIVE_AFTER_DELIVERY_MS : '',
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
