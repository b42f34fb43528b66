import { isAfter } from '../list-order.js';
import type { ListCursor } from '../ports.js';
import type { RedisClient } from './connect.js';

/** Ids from one index, newest first, after the cursor, which may stand among runs of the same millisecond. */
export async function newestOfIndex(
  redis: RedisClient,
  index: string,
  limit: number,
  after: ListCursor | undefined,
): Promise<ListCursor[]> {
  const max = after === undefined ? '+inf' : after.createdAtMs;
  const entries: ListCursor[] = [];
  for (let offset = 0; entries.length < limit; offset += limit) {
    const flat = await redis.zrevrangebyscore(index, max, '-inf', 'WITHSCORES', 'LIMIT', offset, limit);
    for (let place = 0; place < flat.length; place += 2) {
      const entry = { id: flat[place] ?? '', createdAtMs: Number(flat[place + 1]) };
      if (after === undefined || isAfter(entry, after)) entries.push(entry);
    }
    if (flat.length < 2 * limit) break;
  }
  return entries.slice(0, limit);
}
