import { Redis } from 'ioredis';

/** The keys of a Redis, events of the queues left out, that have one of these texts in their name or their values. */
export async function leftInRedis(url: string, texts: readonly string[]): Promise<readonly string[]> {
  const redis = new Redis(url);
  try {
    const left: string[] = [];
    for (const key of await redis.keys('*')) {
      const content = `${key}\n${await contentOf(redis, key)}`;
      if (texts.some((text) => content.includes(text))) left.push(key);
    }
    return left;
  } finally {
    redis.disconnect();
  }
}

async function contentOf(redis: Redis, key: string): Promise<string> {
  switch (await redis.type(key)) {
    case 'string':
      return (await redis.get(key)) ?? '';
    case 'hash':
      return JSON.stringify(await redis.hgetall(key));
    case 'zset':
      return (await redis.zrange(key, 0, -1)).join('\n');
    case 'set':
      return (await redis.smembers(key)).join('\n');
    case 'list':
      return (await redis.lrange(key, 0, -1)).join('\n');
    default:
      return '';
  }
}
