import type { ShardKeys } from './keys.js';

/** Items of all shards, one shard after the other, at most `limit`. */
export async function fromEach<Item>(
  shards: readonly ShardKeys[],
  limit: number,
  read: (keys: ShardKeys, left: number) => Promise<readonly Item[]>,
): Promise<Item[]> {
  const items: Item[] = [];
  for (const keys of shards) {
    if (items.length >= limit) break;
    items.push(...(await read(keys, limit - items.length)));
  }
  return items;
}
