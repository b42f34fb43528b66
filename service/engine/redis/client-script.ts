import { createHash } from 'node:crypto';
import type { RedisClient } from './connect.js';
import { asRefusal } from './refusal.js';

/** A Lua script and its digest, by which the server knows it once it has seen it. */
export interface Script {
  readonly source: string;
  readonly sha: string;
}

/** Makes a script of its source. */
export const script = (source: string): Script => ({
  source,
  sha: createHash('sha1').update(source).digest('hex'),
});

/**
 * Runs a script by its digest; a server that does not know it (restarted, failed over) is sent the source.
 * @throws StoreRefusalError when the server takes no writes; what the client throws otherwise.
 */
export async function runScript(
  redis: RedisClient,
  { source, sha }: Script,
  keys: readonly string[],
  args: readonly (string | number)[],
): Promise<unknown> {
  try {
    return await redis.evalsha(sha, keys.length, ...keys, ...args);
  } catch (error) {
    // The one place where Redis' error is known by its text: it has no code but the first word.
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw asRefusal(error);
  }
  try {
    return await redis.eval(source, keys.length, ...keys, ...args);
  } catch (error) {
    throw asRefusal(error);
  }
}
