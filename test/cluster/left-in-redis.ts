import { type ChainableCommander, Redis } from 'ioredis';

/** The keys of a Redis, events of the queues left out, that have one of these texts in their name or their values. */
export async function leftInRedis(url: string, texts: readonly string[]): Promise<readonly string[]> {
  const redis = new Redis(url);
  try {
    const keys = await redis.keys('*');
    const types = await results(keys, redis.pipeline(), (pipeline, key) => pipeline.type(key));
    const contents = await results(keys, redis.pipeline(), (pipeline, key, index) =>
      read(pipeline, key, String(types[index])),
    );
    return keys.filter((key, index) => {
      const content = `${key}\n${JSON.stringify(contents[index])}`;
      return texts.some((text) => content.includes(text));
    });
  } finally {
    redis.disconnect();
  }
}

/** One command for each key, all of them at once. A key may be gone, or of another type, by then: that is nothing left. */
async function results(
  keys: readonly string[],
  pipeline: ChainableCommander,
  command: (pipeline: ChainableCommander, key: string, index: number) => ChainableCommander,
): Promise<readonly unknown[]> {
  keys.forEach((key, index) => command(pipeline, key, index));
  return ((await pipeline.exec()) ?? []).map(([, result]) => result);
}

function read(pipeline: ChainableCommander, key: string, type: string): ChainableCommander {
  switch (type) {
    case 'hash':
      return pipeline.hgetall(key);
    case 'zset':
      return pipeline.zrange(key, 0, -1);
    case 'set':
      return pipeline.smembers(key);
    case 'list':
      return pipeline.lrange(key, 0, -1);
    case 'string':
      return pipeline.get(key);
    default:
      return pipeline.exists(key);
  }
}
